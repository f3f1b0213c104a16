package pin_test

import (
	"fmt"
	"testing"

	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/internal/problem"
)

func yes(pin.PIN) bool { return true }
func no(pin.PIN) bool  { return false }

// others gives Others in which the named uses, and no others, hold.
func others(uses ...string) pin.Others {
	o := pin.Others{Privileged: no, Regular: no, Universal: no, UniversalAssigned: no, RegularAssigned: no}
	for _, u := range uses {
		switch u {
		case "privileged":
			o.Privileged = yes
		case "regular":
			o.Regular = yes
		case "universal":
			o.Universal = yes
		case "universal assigned":
			o.UniversalAssigned = yes
		case "regular assigned":
			o.RegularAssigned = yes
		default:
			panic(u)
		}
	}
	return o
}

func TestRules(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rule   string
		who    string // regular, privileged, universal
		pin    string
		in     pin.Others
		refuse bool
	}{
		{"free", "regular", "1234", others(), false},
		{"free", "privileged", "1234", others(), false},
		{"free", "universal", "1234", others(), false},
		{"P3 unique among kiosks", "universal", "1234", others("universal"), true},
		{"P4 a regular PIN is no admin's", "regular", "1234", others("privileged"), true},
		{"P4 an admin's PIN is no regular's", "privileged", "1234", others("regular"), true},
		{"P4 two regular people may share", "regular", "1234", others("regular"), false},
		{"two admins do not share", "privileged", "1234", others("privileged"), true},
		{"P5 an admin's PIN is no kiosk's", "privileged", "1234", others("universal"), true},
		{"P5 a kiosk's PIN is no admin's", "universal", "1234", others("privileged"), true},
		{"P5 a regular's may be another kiosk's", "regular", "1234", others("universal"), false},
		{"P6", "regular", "1111", others(), true},
		{"P6", "privileged", "000000", others(), true},
		{"P6", "universal", "99999999", others(), true},
		{"P6 lets a near one pass", "regular", "1112", others(), false},
		{"P6 lets a near one pass", "universal", "2111", others(), false},
		{"P10 on the person", "regular", "1234", others("universal", "universal assigned"), true},
		{"P10 on the kiosk", "universal", "1234", others("regular", "regular assigned"), true},
		{"P10 not assigned", "universal", "1234", others("regular"), false},
	} {
		var err error
		if c.who == "universal" {
			err = pin.CheckUniversal(must(t, c.pin), c.in)
		} else {
			err = pin.CheckPersonal(must(t, c.pin), c.who == "privileged", c.in)
		}
		if problem.Is(err, problem.Conflict) != c.refuse || (err != nil) != c.refuse {
			t.Errorf("%s, %s: %v", c.rule, c.who, err)
		}
	}
}

// All refusals are the same words: another text would tell the caller whose
// PIN was hit.
func TestRefusalsAreAlike(t *testing.T) {
	t.Parallel()
	p := must(t, "1234")
	first := fmt.Sprintf("%+v", problem.From(pin.CheckRepeated(must(t, "1111"))))
	for name, err := range map[string]error{
		"P3": pin.CheckUniversal(p, others("universal")), "P4": pin.CheckPersonal(p, false, others("privileged")),
		"P4 back": pin.CheckPersonal(p, true, others("regular")), "P5": pin.CheckPersonal(p, true, others("universal")),
		"P5 back": pin.CheckUniversal(p, others("privileged")), "P10": pin.CheckPersonal(p, false, others("universal assigned")),
		"P10 back": pin.CheckUniversal(p, others("regular assigned")),
	} {
		if got := fmt.Sprintf("%+v", problem.From(err)); got != first {
			t.Errorf("%s says %s, P6 says %s", name, got, first)
		}
	}
	if m := problem.From(pin.CheckRepeated(must(t, "1111"))).Message; m != "This PIN can't be used here." {
		t.Errorf("message %q", m)
	}
}

func TestUniversalLen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ personal, assignees, kiosks, want int }{
		{4, 0, 1, 4}, {4, 50, 500, 4}, {4, 51, 1, 6}, {4, 1, 501, 6}, {6, 50, 500, 6}, {6, 51, 1, 8}, {6, 0, 501, 8}, {8, 51, 501, 8},
	} {
		if got := pin.UniversalLen(c.personal, c.assignees, c.kiosks); got != c.want {
			t.Errorf("UniversalLen(%d, %d, %d) = %d, want %d", c.personal, c.assignees, c.kiosks, got, c.want)
		}
	}
}

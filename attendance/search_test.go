package attendance_test

import (
	"fmt"
	"testing"

	"github.com/timepost/timepost/attendance"
	"pgregory.net/rapid"
)

func TestSearchKey(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, want string }{
		{"", ""},
		{"  Ada   Lovelace ", "ada lovelace"},
		{"José Ñúñez", "jose nunez"},
		{"Jose\u0301", "jose"},
		{"MÜLLER-Straße", "muller strasse"},
		{"Łukasz Żółw", "lukasz zolw"},
		{"Søren Ærø", "soren aero"},
		{"İpek Işık", "ipek isik"},
		{"O'Neil d’Arc", "oneil darc"},
		{"Ångström Œuvre Þór", "angstrom oeuvre thor"},
		{"ΣΊΣΥΦΟΣ Ωμέγα", "σισυφοσ ωμεγα"},
		{"Ёлка Йод", "елка иод"},
		{"ﬁnn ＡＢＣ", "finn abc"},
		{"田中 太郎", "田中 太郎"},
		{"ガ か", "ガ か"},
		{"김민수", "김민수"},
		{"मीरा", "मीरा"},
		{"a\u2028b<c>&d", "a b c d"},
		{"bad\xffutf", "bad utf"},
		{"Zoe\u200bX", "zoex"},
	} {
		if got := attendance.SearchKey(c.name); got != c.want {
			t.Errorf("SearchKey(%q) = %q, want %q", c.name, got, c.want)
		}
	}
}

func TestMatchSearch(t *testing.T) {
	t.Parallel()
	key := attendance.SearchKey("María-José García O'Neil") + " " + attendance.SearchKey("A-1042")
	for _, c := range []struct {
		query string
		want  bool
	}{
		{"", true},
		{"  ", true},
		{"mar", true},
		{"MARÍA", true},
		{"jose", true},
		{"gar mar", true},
		{"garcia jose oneil", true},
		{"O'N", true},
		{"1042", true},
		{"a 10", true},
		{"arcia", false},
		{"maria x", false},
		{"neil", false},
		{"mariaj", false},
	} {
		if got := attendance.MatchSearch(key, c.query); got != c.want {
			t.Errorf("MatchSearch(%q, %q) = %v, want %v", key, c.query, got, c.want)
		}
	}
}

// A key is folded once at central and may be folded again at the kiosk; and
// whatever a person is called, typing the name finds them.
func TestSearchKeySettles(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		key := attendance.SearchKey(name)
		if again := attendance.SearchKey(key); again != key {
			t.Fatalf("key of %q is %q, folded again %q", name, key, again)
		}
		if !attendance.MatchSearch(key, name) {
			t.Fatalf("%q does not find its own key %q", name, key)
		}
	})
}

func FuzzSearchKey(f *testing.F) {
	for _, s := range []string{"", "Jörg", "\xff\xfe", "ﷺ", "ΐ", "İ", "ẞ", "e\u0301\u0301", "ﬃ", "ͅ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		key := attendance.SearchKey(s)
		if again := attendance.SearchKey(key); again != key {
			t.Fatalf("key of %q is %q, folded again %q", s, key, again)
		}
	})
}

func ExampleMatchSearch() {
	key := attendance.SearchKey("Zoë Müller")
	fmt.Println(key, attendance.MatchSearch(key, "mul zo"))
	// Output: zoe muller true
}

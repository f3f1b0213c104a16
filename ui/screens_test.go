package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

func TestFiveHundredPeopleArePagedAndAllReached(t *testing.T) {
	for _, g := range glasses() {
		b := newBench(t, g)
		b.s.people = nil
		for i := range 500 {
			b.s.people = append(b.s.people, local.PersonCard{ID: fmt.Sprintf("p%03d", i), Name: fmt.Sprintf("Person Number%03d", i), State: attendance.StateOut})
		}
		b.toPeople()
		seen := map[string]bool{}
		for {
			for _, c := range b.k.people.cards[:b.k.people.got] {
				seen[c.person.ID] = true
			}
			if b.k.people.next.off {
				break
			}
			b.tap("next")
		}
		if len(seen) != 500 {
			t.Errorf("%s: %d people were shown, want 500", g.name, len(seen))
		}
		b.tap("previous")
		if b.k.people.next.off {
			t.Errorf("%s: no way forward from the page before the last", g.name)
		}
	}
}

func TestSearch(t *testing.T) {
	b := wide(t)
	b.toPeople()
	b.tap("search", "key_m", "key_a", "key_r")
	b.says("Maria")
	b.says("Daniela")
	b.tap("key_i")
	var got []string
	for _, c := range b.k.people.cards[:b.k.people.got] {
		got = append(got, c.person.Name)
	}
	if diff := cmp.Diff([]string{"Maria Papadopoulou"}, got); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
	b.tap("key_x")
	b.says(b.k.say.Nobody)
	b.tap("key_erase", "key_erase", "key_erase", "key_erase", "key_erase", "search")
	if b.k.people.query.Search != "" || b.k.people.total != 40 {
		t.Errorf("the search is not over: %+v", b.k.people.query)
	}
	b.tap("back", "start")
	if b.k.people.search {
		t.Error("the next person finds the last one's search")
	}
}

func TestEnrol(t *testing.T) {
	b := wide(t)
	b.k.Update(local.State{Zone: "UTC"})
	if _, connect := b.find("connect"); !connect.off {
		t.Error("Connect can be pressed without a server")
	}
	for _, c := range "clock.example" {
		b.tap("key_" + string(c))
	}
	b.tap("code")
	for _, c := range "k7q2m4xt9e" {
		b.tap("key_" + string(c))
	}
	b.tap("key_erase", "key_d")
	var req local.EnrolRequest
	b.s.enrol = func(r local.EnrolRequest, step func(local.EnrolStep)) error {
		req = r
		step(local.EnrolStep{Name: "keys", Done: true})
		step(local.EnrolStep{Name: "find_server"})
		return problem.New(problem.Expired, "This code has expired.", "Make a new one.")
	}
	b.tap("connect")
	if diff := cmp.Diff(local.EnrolRequest{Server: "clock.example", Code: "K7Q2M4XT9D"}, req); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
	b.says("This code has expired.")
	b.says("Make a new code on the web page of this kiosk.")
	marks := []stepMark{}
	for _, r := range b.k.enrol.rows {
		marks = append(marks, r.at)
	}
	if diff := cmp.Diff([]stepMark{stepDone, stepWrong, stepAhead, stepAhead}, marks); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	b.tap("again")
	b.s.enrol = func(local.EnrolRequest, func(local.EnrolStep)) error { return nil }
	b.tap("connect")
	b.k.Update(ready())
	b.on("idle")
}

func TestIdleSaysHowItIsDoing(t *testing.T) {
	b := wide(t)
	s := ready()
	b.k.Update(s)
	b.says("All stored")
	s.Queue = 12
	b.k.Update(s)
	b.says("12 saved here, will be sent later")
	s.Cramped = true
	b.k.Update(s)
	b.says("Storage almost full. Tell your supervisor.")
	s.Dismissed = true
	b.k.Update(s)
	b.says("Taken out of service. Tell your supervisor.")
	s.Dismissed, s.Cramped = false, false
	s.ClockOK = false
	b.k.Update(s)
	b.says("12 saved here, will be sent later")
	s.Queue = 0
	b.k.Update(s)
	b.says("Clock not verified")
	b.pass(time.Minute)
	b.says("08:03")
	s.Zone = "America/New_York"
	b.k.Update(s)
	b.says("02:03")
}

func TestIdleDriftsButComesBack(t *testing.T) {
	b := wide(t)
	b.k.Update(ready())
	at := map[string]bool{}
	for range 8 {
		at[fmt.Sprint(b.k.idle.clock.box.Position())] = true
		b.pass(time.Minute)
	}
	if len(at) < 6 {
		t.Errorf("the clock stood at %d places in 8 minutes", len(at))
	}
}

func TestLengths(t *testing.T) {
	w := spoken(t).first("en")
	for d, want := range map[time.Duration]string{
		0: "0 min", 59*time.Minute + 59*time.Second: "59 min", time.Hour: "1 h 00 min",
		3*time.Hour + 12*time.Minute: "3 h 12 min", 26 * time.Hour: "26 h 00 min",
	} {
		if got := strings.ReplaceAll(w.length(d), "\u00a0", " "); got != want {
			t.Errorf("length(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestLabelsNeverLoseALetter(t *testing.T) {
	wide(t) // brings the fonts
	for _, text := range []string{"Ana", "Christopher Montgomery-Featherstonehaugh", strings.Repeat("W", 200), "李小龍", "a b c d e f g", ""} {
		for _, w := range []float32{mm(9), mm(30), mm(80)} {
			l := newLabel(style{size: capBody, lines: 2, ink: ink})
			l.set(text)
			l.put(rect{0, 0, w, mm(12)})
			if got := shownBy(l); got != strings.ReplaceAll(text, " ", "") {
				t.Errorf("%q in %v units shows %q", text, w, got)
			}
		}
	}
}

// shownBy gives what a label shows, without blanks.
func shownBy(l *label) string {
	var out strings.Builder
	for _, p := range textsOf(l.box) {
		out.WriteString(strings.ReplaceAll(p.Text, " ", ""))
	}
	return out.String()
}

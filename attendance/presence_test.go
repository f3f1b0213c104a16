package attendance_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"pgregory.net/rapid"
)

// at gives an instant of a working day, in minutes after 08:00.
func at(minutes int) time.Time {
	return time.Date(2026, 3, 2, 8, minutes, 0, 0, time.UTC)
}

func punch(minutes int, a attendance.Action) attendance.Punch {
	return attendance.Punch{Person: "p-1", Kiosk: "here", Action: a, At: at(minutes), Auth: attendance.AuthPersonal}
}

func TestActionsAndCheckAgree(t *testing.T) {
	t.Parallel()
	all := []attendance.Action{attendance.In, attendance.Out, attendance.BreakStart, attendance.BreakEnd, attendance.Switch}
	for state, want := range map[attendance.State][]attendance.Action{
		attendance.StateOut:   {attendance.In},
		attendance.StateIn:    {attendance.Out, attendance.BreakStart, attendance.Switch},
		attendance.StateBreak: {attendance.BreakEnd, attendance.Out},
		"":                    {attendance.In},
	} {
		if diff := cmp.Diff(want, state.Actions(true)); diff != "" {
			t.Errorf("%q: %s", state, diff)
		}
		if slices.Contains(state.Actions(false), attendance.Switch) {
			t.Errorf("%q: switch is offered without projects", state)
		}
		for _, a := range all {
			err := attendance.Presence{State: state}.Check(a)
			if valid := slices.Contains(want, a); (err == nil) != valid || err != nil && !problem.Is(err, problem.Conflict) {
				t.Errorf("%q %s: %v", state, a, err)
			}
		}
	}
	for _, a := range []attendance.Action{"", "dance", "IN"} {
		if err := (attendance.Presence{State: attendance.StateOut}).Check(a); !problem.Is(err, problem.Invalid) {
			t.Errorf("%q: %v", a, err)
		}
	}
	for state, want := range map[attendance.State]string{
		attendance.StateIn: "You are already clocked in.", attendance.StateBreak: "You are on a break.", attendance.StateOut: "You are not clocked in.",
	} {
		a := attendance.In
		if state == attendance.StateOut {
			a = attendance.Out
		}
		if got := problem.From(attendance.Presence{State: state}.Check(a)).Message; got != want {
			t.Errorf("%s: %q", state, got)
		}
	}
}

func TestAfter(t *testing.T) {
	t.Parallel()
	in := attendance.Presence{Person: "p-1", State: attendance.StateIn, Since: at(0), Project: "roof", Kiosk: "there"}
	rest := attendance.Presence{Person: "p-1", State: attendance.StateBreak, Since: at(10), Project: "roof", Kiosk: "there"}
	yard := punch(30, attendance.Switch)
	yard.Project = "yard"
	here := func(s attendance.State, since int, project string) attendance.Presence {
		return attendance.Presence{Person: "p-1", State: s, Since: at(since), Project: project, Kiosk: "here"}
	}
	for _, c := range []struct {
		name   string
		before attendance.Presence
		punch  attendance.Punch
		want   attendance.Presence
	}{
		{"in", attendance.Presence{}, punch(30, attendance.In), here(attendance.StateIn, 30, "")},
		{"break keeps the project", in, punch(30, attendance.BreakStart), here(attendance.StateBreak, 30, "roof")},
		{"its end resumes it", rest, punch(30, attendance.BreakEnd), here(attendance.StateIn, 30, "roof")},
		{"out closes a break", rest, punch(30, attendance.Out), here(attendance.StateOut, 30, "")},
		{"switch keeps since", in, yard, here(attendance.StateIn, 0, "yard")},
		{"switch without in is a fact", attendance.Presence{State: attendance.StateOut}, yard, here(attendance.StateIn, 30, "yard")},
		{"in twice begins anew", in, punch(30, attendance.In), here(attendance.StateIn, 30, "")},
		{"an unknown action says nothing", in, punch(30, "dance"), in},
	} {
		if diff := cmp.Diff(c.want, c.before.After(c.punch)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.name, diff)
		}
	}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	remote := attendance.Presence{Person: "p-1", State: attendance.StateIn, Since: at(60), Kiosk: "there"}
	for _, c := range []struct {
		name   string
		remote attendance.Presence
		later  []attendance.Punch
		want   attendance.State
		since  int
	}{
		{"nothing known", attendance.Presence{}, nil, attendance.StateOut, -1},
		{"only remote", remote, nil, attendance.StateIn, 60},
		{"own later punch", remote, []attendance.Punch{punch(90, attendance.Out)}, attendance.StateOut, 90},
		{"own older punch", remote, []attendance.Punch{punch(30, attendance.Out)}, attendance.StateIn, 60},
		{"the same instant counts", remote, []attendance.Punch{punch(60, attendance.Out)}, attendance.StateOut, 60},
		{"older, then later", remote, []attendance.Punch{punch(30, attendance.Out), punch(70, attendance.BreakStart)}, attendance.StateBreak, 70},
		{"own clock steps back", remote, []attendance.Punch{punch(90, attendance.BreakStart), punch(20, attendance.Out)}, attendance.StateOut, 20},
		{"own punches within one second", attendance.Presence{}, []attendance.Punch{
			punch(5, attendance.In), punch(5, attendance.BreakStart),
			punch(5, attendance.BreakEnd), punch(5, attendance.Out), punch(5, attendance.In),
		}, attendance.StateIn, 5},
	} {
		got := attendance.Merge(c.remote, c.later)
		since := time.Time{}
		if c.since >= 0 {
			since = at(c.since)
		}
		if got.State != c.want || !got.Since.Equal(since) {
			t.Errorf("%s: %s since %s", c.name, got.State, got.Since)
		}
	}
}

// clock is a person at a kiosk, pressing valid buttons; time may stand still.
type clock struct {
	now     int
	state   attendance.Presence
	punches []attendance.Punch
	model   string // out, in, break: kept by hand
}

func (c *clock) press(t *rapid.T, a attendance.Action, from, to string) {
	u := punch(c.now, a)
	u.Project = rapid.SampledFrom([]string{"", "roof"}).Draw(t, "project")
	valid := from == c.model || a == attendance.Out && c.model == "break"
	if err := c.state.Check(a); (err == nil) != valid {
		t.Fatalf("%s while %s: %v", a, c.model, err)
	}
	if !valid {
		return
	}
	c.punches, c.state, c.model = append(c.punches, u), c.state.After(u), to
}

// For every run of buttons the state is the model's, merging gives the same as
// replaying, and the open span says what the state says.
func TestPresenceMachine(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := &clock{model: "out"}
		t.Repeat(map[string]func(*rapid.T){
			"wait":        func(t *rapid.T) { c.now += rapid.IntRange(0, 90).Draw(t, "minutes") },
			"in":          func(t *rapid.T) { c.press(t, attendance.In, "out", "in") },
			"out":         func(t *rapid.T) { c.press(t, attendance.Out, "in", "out") },
			"break start": func(t *rapid.T) { c.press(t, attendance.BreakStart, "in", "break") },
			"break end":   func(t *rapid.T) { c.press(t, attendance.BreakEnd, "break", "in") },
			"switch":      func(t *rapid.T) { c.press(t, attendance.Switch, "in", "in") },
			"":            c.check,
		})
	})
}

func (c *clock) check(t *rapid.T) {
	if got := string(c.state.State); got != c.model && (got != "" || c.model != "out") {
		t.Fatalf("state %q, want %q", got, c.model)
	}
	split := rapid.IntRange(0, len(c.punches)).Draw(t, "counted by central")
	remote := attendance.Merge(attendance.Presence{}, c.punches[:split])
	if diff := cmp.Diff(attendance.Merge(attendance.Presence{}, c.punches), attendance.Merge(remote, c.punches[split:])); diff != "" {
		t.Fatalf("merged at %d (-whole +split)\n%s", split, diff)
	}
	open := "out"
	for _, s := range attendance.Spans(c.punches) {
		if s.Doubt {
			t.Fatalf("valid buttons left a doubt: %+v", s)
		}
		if s.Open() && s.Break {
			open = "break"
		} else if s.Open() {
			open = "in"
		}
	}
	if open != c.model {
		t.Fatalf("open span says %s, state %s", open, c.model)
	}
}

func ExampleMerge() {
	// Central knows of an In at the gate; this kiosk has a later break of its own.
	remote := attendance.Presence{Person: "p-1", State: attendance.StateIn, Since: at(0), Kiosk: "gate"}
	now := attendance.Merge(remote, []attendance.Punch{punch(120, attendance.BreakStart)})
	fmt.Println(now.State, now.Since.Format("15:04"), now.State.Actions(false))
	// Output: break 10:00 [break_end out]
}

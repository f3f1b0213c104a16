package device_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

func project(t testing.TB, id, name string) wire.Row {
	t.Helper()
	return row(t, wire.KindProject, id, wire.ProjectRow{ID: id, Name: name})
}

// do identifies somebody with annPIN and records an action.
func (w *world) do(person string, a attendance.Action, project string) local.Receipt {
	w.t.Helper()
	s := w.in(person, annPIN)
	r, err := w.terminal.Punch(w.t.Context(), local.PunchRequest{Session: s.ID, Action: a, Project: project})
	if err != nil {
		w.t.Fatalf("%s %s %s: %v", person, a, project, err)
	}
	w.m.pass(2 * time.Minute)
	return r
}

func ids(ps []local.Project) string {
	var out []string
	for _, p := range ps {
		out = append(out, p.ID)
	}
	return strings.Join(out, " ")
}

func TestProjectsLatelyUsedComeFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.apply(project(t, "p1", "Attic"), project(t, "p2", "Cellar"), project(t, "p3", "basin"), project(t, "p4", "Dome"),
		w.member("cy", "Cy", func(p *wire.PersonRow) { p.Projects = []string{"p4", "p2", "elsewhere"} }))
	if got := ids(w.in("ann", annPIN).Projects); got != "p1 p3 p2 p4" {
		t.Errorf("no list of her own: %s", got)
	}
	if got := ids(w.in("cy", annPIN).Projects); got != "p2 p4" {
		t.Errorf("a list of his own: %s", got)
	}
	w.do("ann", attendance.In, "p2")
	r := w.do("ann", attendance.Switch, "p4")
	if r.Project != "Dome" {
		t.Errorf("receipt = %+v", r)
	}
	s := w.in("ann", annPIN)
	if got := ids(s.Projects); got != "p4 p2 p1 p3" || s.Project != "Dome" {
		t.Errorf("lately used: %s, on %s", got, s.Project)
	}
	if diff := cmp.Diff([]attendance.Action{attendance.Out, attendance.BreakStart, attendance.Switch}, s.Actions); diff != "" {
		t.Error(diff)
	}
	w.do("ann", attendance.BreakStart, "")
	if r = w.do("ann", attendance.BreakEnd, ""); r.Project != "Dome" {
		t.Errorf("the break's end resumes the project: %+v", r)
	}
	if s = w.in("ann", annPIN); s.Project != "Dome" {
		t.Errorf("and so it is: %+v", s)
	}
	if s = w.in("cy", annPIN); ids(s.Projects) != "p2 p4" {
		t.Errorf("what others use counts nothing: %+v", s)
	}
	_, err := w.terminal.Punch(t.Context(), local.PunchRequest{Session: s.ID, Action: attendance.In, Project: "p1"})
	if !problem.Is(err, problem.NotFound) {
		t.Errorf("a project that is not on the list: %v", err)
	}
}

func TestTheDefaultProject(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.apply(project(t, "p1", "Attic"), project(t, "p2", "Cellar"),
		w.set(func(s *wire.SettingsRow) { s.Project = "p1" }),
		w.member("own", "Own", func(p *wire.PersonRow) { p.Default = "p2" }),
		w.member("other", "Other", func(p *wire.PersonRow) { p.Projects = []string{"p2"} }),
		w.member("gone", "Gone", func(p *wire.PersonRow) { p.Default = "p9" }))
	for person, want := range map[string]string{"own": "p2", "other": "", "gone": "p1"} {
		if s := w.in(person, annPIN); s.Default != want {
			t.Errorf("%s: %q", person, s.Default)
		}
		w.do(person, attendance.In, "")
		b := w.bodies(0, record.Punched)
		if got := b[len(b)-1]; got.Person != person || got.Project != want {
			t.Errorf("%s booked on %q", person, got.Project)
		}
		w.do(person, attendance.Out, "")
	}
	b := w.bodies(0, record.Punched)
	if b[len(b)-1].Project != "" {
		t.Errorf("an out has no project: %+v", b[len(b)-1])
	}
	team, err := w.tryTeam(universalPIN)
	must(t, err)
	if _, err := w.punchTeam(team, attendance.In, "own", "other"); err != nil {
		t.Fatal(err)
	}
	b = w.bodies(0, record.Punched)
	if b = b[len(b)-2:]; b[0].Project != "p2" || b[1].Project != "" {
		t.Errorf("with a team: %+v", b)
	}
}

func TestBreakRules(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.apply(w.set(func(s *wire.SettingsRow) { s.Break = wire.BreakRule{Least: 30, Due: 6 * 60} }),
		w.member("cy", "Cy", func(p *wire.PersonRow) { p.Break = &wire.BreakRule{Least: 1} }))
	is := func(person string, short time.Duration, due bool) {
		t.Helper()
		s := w.in(person, annPIN)
		if s.BreakShort != short.Milliseconds() || s.BreakDue != due {
			t.Errorf("%s: %v short, due %v", person, time.Duration(s.BreakShort)*time.Millisecond, s.BreakDue)
		}
	}
	is("ann", 0, false)
	w.do("ann", attendance.In, "")
	w.do("cy", attendance.In, "")
	is("ann", 0, false)
	w.m.pass(6*time.Hour - 4*time.Minute)
	is("ann", 0, true)
	is("cy", 0, false) // his own rule has no limit
	w.punch(w.in("ann", annPIN), attendance.BreakStart)
	w.punch(w.in("cy", annPIN), attendance.BreakStart)
	is("ann", 30*time.Minute, false)
	is("cy", time.Minute, false)
	w.m.pass(10 * time.Minute)
	is("ann", 20*time.Minute, false)
	w.m.real = w.m.real.Add(-time.Hour) // a clock that went back has seen nothing pass
	is("ann", 30*time.Minute, false)
	w.m.real = w.m.real.Add(time.Hour)
	// To leave closes the break: it is not worked.
	s := w.in("ann", annPIN)
	if diff := cmp.Diff([]attendance.Action{attendance.BreakEnd, attendance.Out}, s.Actions); diff != "" {
		t.Error(diff)
	}
	r := w.punch(s, attendance.Out)
	if want := 6*time.Hour + 0*time.Minute; r.Worked != want.Milliseconds() {
		t.Errorf("worked %v", time.Duration(r.Worked)*time.Millisecond)
	}
	if s = w.in("ann", annPIN); s.Person.State != attendance.StateOut || s.BreakShort != 0 {
		t.Errorf("after that: %+v", s)
	}
}

// A shift that was begun at another kiosk is seen and ended here.
func TestAShiftBegunElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.terminal.SetLink(true, w.m.real)
	w.elsewhere("ann", "in", w.m.real.Add(-2*time.Hour))
	s := w.in("ann", annPIN)
	if s.Person.State != attendance.StateIn || s.Unconfirmed || s.Actions[0] != attendance.Out {
		t.Errorf("session = %+v", s)
	}
	if r := w.punch(s, attendance.Out); r.Unconfirmed {
		t.Errorf("receipt = %+v", r)
	}
}

// What was worked at another kiosk counts for the total of today: from the state
// that central tells of, and better from the punches.
func TestWorkedElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hour := func(n float64) int64 { return int64(n * float64(anHour)) }
	start := w.m.real // 9:00 in Berlin
	w.m.pass(4 * time.Hour)
	w.elsewhere("ann", "in", start.Add(time.Hour))
	if s := w.in("ann", annPIN); s.Worked != hour(3) {
		t.Errorf("by the state: %d", s.Worked)
	}
	w.summary("ann", w.m.real, start.AddDate(0, 0, -7),
		wire.SummaryPunch{At: start.UnixNano(), Action: attendance.In}, wire.SummaryPunch{At: start.Add(time.Hour / 2).UnixNano(), Action: attendance.BreakStart},
		wire.SummaryPunch{At: start.Add(time.Hour).UnixNano(), Action: attendance.BreakEnd})
	s := w.in("ann", annPIN)
	if s.Worked != hour(3.5) {
		t.Errorf("by the punches: %d", s.Worked)
	}
	if r := w.punch(s, attendance.Out); r.Worked != hour(3.5) {
		t.Errorf("receipt: %d", r.Worked)
	}
	w.m.pass(time.Hour)
	w.punch(w.in("ann", annPIN), attendance.In)
	w.m.pass(time.Hour)
	if s = w.in("ann", annPIN); s.Worked != hour(4.5) {
		t.Errorf("and here: %d", s.Worked)
	}
	// Bob came here, left elsewhere, and came here again; nothing is known of his punches.
	w.punch(w.in("bob", bobPIN), attendance.In)
	came := w.m.real
	w.m.pass(3 * time.Hour)
	w.elsewhere("bob", "out", came.Add(time.Hour))
	w.punch(w.in("bob", bobPIN), attendance.In)
	w.m.pass(time.Hour)
	if s = w.in("bob", bobPIN); s.Worked != hour(2) {
		t.Errorf("out elsewhere: %d", s.Worked)
	}
}

// elsewhere has central tell where somebody stands by a punch at another kiosk.
func (w *world) elsewhere(person, state string, since time.Time) {
	w.t.Helper()
	head, err := w.journal.Head(w.t.Context())
	must(w.t, err)
	must(w.t, w.cache.ApplyPresence(w.t.Context(), wire.PresencePage{Gen: 1, Journal: head.Journal, AsOf: head.Seq, Rows: []wire.PresenceRow{
		{Person: person, State: state, Since: since.UnixNano(), Kiosk: "back"},
	}}))
}

// What is only a guess says so, and stops nobody.
func TestUnconfirmed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	both := []attendance.Action{attendance.In, attendance.Out}
	is := func(what, person string, unconfirmed bool, actions ...attendance.Action) {
		t.Helper()
		s := w.in(person, annPIN)
		if diff := cmp.Diff(actions, s.Actions); diff != "" || s.Unconfirmed != unconfirmed {
			t.Errorf("%s: unconfirmed %v %s", what, s.Unconfirmed, diff)
		}
		must(t, w.terminal.End(t.Context(), s.ID))
	}
	w.apply(w.member("cy", "Cy", nil), w.member("di", "Di", nil))
	is("nothing is known", "cy", true, both...)
	w.terminal.SetLink(true, w.m.real)
	is("central can be heard", "cy", false, attendance.In)
	w.terminal.SetLink(false, w.m.real)
	w.do("cy", attendance.In, "")
	w.m.pass(10 * time.Hour)
	is("the only kiosk", "cy", false, attendance.Out, attendance.BreakStart)
	w.elsewhere("di", "out", w.m.real)
	is("others exist, but his punch was here", "cy", false, attendance.Out, attendance.BreakStart)
	is("told of, and long not heard", "di", true, both...)
	w.terminal.SetLink(false, w.m.real) // a round of a kiosk that hangs up again
	is("heard of a moment ago", "di", false, attendance.In)
	w.m.pass(time.Hour)
	is("an hour ago", "di", false, attendance.In)
	w.m.pass(time.Second)
	is("more than an hour", "di", true, both...)
	w.m.real = w.m.real.Add(-3 * time.Hour) // setting the clock makes nothing fresher
	is("by another clock", "di", true, both...)
	s := w.in("di", annPIN)
	if r := w.punch(s, attendance.Out); !r.Unconfirmed {
		t.Errorf("receipt = %+v", r)
	}
	w.m.pass(17 * time.Hour)
	is("long ago", "cy", true, attendance.Out, attendance.BreakStart, attendance.In)
}

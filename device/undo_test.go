package device_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

func TestASecondPunchAsksBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.punch(w.in("ann", annPIN), attendance.In)
	w.m.pass(20 * time.Second)
	s := w.in("ann", annPIN)
	if s.Double == nil || s.Double.Action != attendance.In || s.Double.At != first.At || s.Double.Ticket == "" {
		t.Fatalf("double = %+v", s.Double)
	}
	if other := w.in("bob", bobPIN); other.Double != nil {
		t.Errorf("another's punch: %+v", other.Double)
	}
	// Who insists may.
	w.punch(s, attendance.BreakStart)
	w.m.pass(time.Minute - time.Second)
	if s = w.in("ann", annPIN); s.Double == nil || s.Double.Action != attendance.BreakStart {
		t.Errorf("within the minute: %+v", s.Double)
	}
	w.m.pass(time.Second)
	if s = w.in("ann", annPIN); s.Double != nil {
		t.Errorf("after a minute: %+v", s.Double)
	}
}

func TestDoubleIsASetting(t *testing.T) {
	t.Parallel()
	for seconds, want := range map[int]struct{ asks, ticket bool }{-1: {}, 0: {}, 300: {true, false}} {
		w := newWorld(t)
		w.apply(w.set(func(s *wire.SettingsRow) { s.Habits.Double = seconds }))
		w.punch(w.in("ann", annPIN), attendance.In)
		w.m.pass(90 * time.Second)
		s := w.in("ann", annPIN)
		if asks := s.Double != nil; asks != want.asks || asks && (s.Double.Ticket != "") != want.ticket {
			t.Errorf("%d s: %+v", seconds, s.Double)
		}
	}
}

// How long ago a punch was is told by the time that has passed, whatever somebody
// does to the clock.
func TestDoubleByTheTimeThatHasPassed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.punch(w.in("ann", annPIN), attendance.In)
	w.m.real = w.m.real.Add(-24 * time.Hour)
	if s := w.in("ann", annPIN); s.Double == nil {
		t.Error("the clock was set back, and nothing is asked")
	}
	w.m.real = w.m.real.Add(48 * time.Hour)
	if s := w.in("ann", annPIN); s.Double == nil {
		t.Error("the clock was set forward, and nothing is asked")
	}
	w.crash() // the daemon, not the machine
	if s := w.in("ann", annPIN); s.Double == nil || s.Double.Ticket == "" {
		t.Error("after a restart of the daemon nothing is asked")
	}
	w.m.reboot("boot-2", 2*time.Minute)
	if s := w.in("ann", annPIN); s.Double != nil {
		t.Error("after a start of the machine nobody can tell")
	}
}

func (w *world) undo(ticket string, want problem.Code) local.Undone {
	w.t.Helper()
	u, err := w.terminal.Undo(w.t.Context(), ticket)
	if problem.CodeOf(err) != want {
		w.t.Fatalf("undo: %v, want %q", err, want)
	}
	return u
}

func TestUndo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.in("ann", annPIN)
	r := w.punch(before, attendance.In)
	at := w.m.real.UnixMilli()
	w.m.pass(30 * time.Second)
	stale := w.in("ann", annPIN) // what it offers holds no more after the undo
	want := local.Undone{Person: "Ann", Action: attendance.In, At: at, State: attendance.StateOut}
	if diff := cmp.Diff(want, w.undo(r.Ticket, "")); diff != "" {
		t.Error(diff)
	}
	if _, err := w.terminal.Punch(t.Context(), local.PunchRequest{Session: stale.ID, Action: attendance.Out}); !problem.Is(err, problem.Conflict) {
		t.Errorf("out of nothing: %v", err)
	}
	voids := w.bodies(0, record.Void)
	if len(voids) != 1 || voids[0].Person != "ann" || voids[0].Seq != r.Seq || len(w.bodies(0, record.Punched)) != 1 {
		t.Errorf("records: %+v", voids)
	}
	after := w.in("ann", annPIN)
	if diff := cmp.Diff([]any{before.Person, before.Actions, before.Worked}, []any{after.Person, after.Actions, after.Worked}); diff != "" || after.Double != nil {
		t.Errorf("as if it had never been: %+v %s", after.Double, diff)
	}
	w.undo(r.Ticket, problem.Conflict) // it is taken back already
	if stale.Double == nil {
		t.Fatal("no second ticket")
	}
	w.undo(stale.Double.Ticket, problem.Conflict)
	w.undo("made up", problem.Expired)
	w.undo("", problem.Expired)
}

func TestUndoOnlyTheNewest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := w.punch(w.in("ann", annPIN), attendance.In)
	out := w.punch(w.in("ann", annPIN), attendance.Out)
	bob := w.punch(w.in("bob", bobPIN), attendance.In)
	w.undo(in.Ticket, problem.Conflict)
	if u := w.undo(out.Ticket, ""); u.State != attendance.StateIn {
		t.Errorf("undone = %+v", u)
	}
	if u := w.undo(in.Ticket, ""); u.State != attendance.StateOut {
		t.Errorf("one after the other: %+v", u)
	}
	if u := w.undo(bob.Ticket, ""); u.Person != "Bob" {
		t.Errorf("each has their own: %+v", u)
	}
}

func TestUndoEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.punch(w.in("ann", annPIN), attendance.In)
	w.m.pass(local.TicketLife - time.Second)
	again := w.in("ann", annPIN).Double.Ticket
	w.m.real = w.m.real.Add(-time.Hour)
	w.m.pass(time.Second)
	w.undo(r.Ticket, problem.Expired)
	w.m.pass(18 * time.Second)
	if u := w.undo(again, ""); u.State != attendance.StateOut {
		t.Errorf("offered a moment before the end: %+v", u)
	}
	r = w.punch(w.in("ann", annPIN), attendance.In)
	w.crash()
	w.undo(r.Ticket, problem.Expired)
	again = w.in("ann", annPIN).Double.Ticket
	must(t, w.journal.Reopen(t.Context(), "reopen"))
	w.undo(again, problem.Expired) // the new journal can't name it
	if s := w.in("ann", annPIN); s.Person.State != attendance.StateIn {
		t.Errorf("it stands: %+v", s.Person)
	}
}

// A punch of a team gives no ticket: it was not theirs alone.
func TestATeamsPunchAsksBackToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	team, err := w.tryTeam(universalPIN)
	must(t, err)
	_, err = w.punchTeam(team, attendance.In, "ann", "bob")
	must(t, err)
	s := w.in("ann", annPIN)
	if s.Double == nil || s.Double.Ticket == "" {
		t.Errorf("who comes after the team was clocked in: %+v", s.Double)
	}
}

func TestAForgottenClockOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do("ann", attendance.In, "")
	began := w.m.real.Add(-2 * time.Minute)
	w.m.pass(15 * time.Hour) // 23:02 in UTC, past midnight in Berlin
	s := w.in("ann", annPIN)
	if s.Forgotten != 0 {
		t.Errorf("a night shift: %+v", s)
	}
	if _, err := w.terminal.Unresolved(t.Context(), s.ID); !problem.Is(err, problem.Conflict) {
		t.Errorf("nothing is missing: %v", err)
	}
	w.m.pass(9 * time.Hour)
	s = w.in("ann", annPIN)
	if s.Forgotten != began.UnixMilli() || s.Actions[0] != attendance.Out {
		t.Errorf("forgotten = %+v", s)
	}
	if _, err := w.terminal.Punch(t.Context(), local.PunchRequest{Session: s.ID, Action: attendance.Unresolved}); !problem.Is(err, problem.Conflict) {
		t.Errorf("it is no button of its own: %v", err)
	}
	next, err := w.terminal.Unresolved(t.Context(), s.ID)
	must(t, err)
	if next.ID != s.ID || next.Forgotten != 0 || next.Double != nil || next.Worked != 0 ||
		!cmp.Equal(next.Actions, []attendance.Action{attendance.In}) || next.Person.State != attendance.StateOut {
		t.Errorf("session = %+v", next)
	}
	if _, err := w.terminal.Unresolved(t.Context(), s.ID); !problem.Is(err, problem.Conflict) {
		t.Errorf("twice: %v", err)
	}
	w.punch(next, attendance.In)
	b := w.bodies(0, record.Punched)
	if len(b) != 3 || b[1].Action != attendance.Unresolved || b[1].Auth != attendance.AuthPersonal || b[2].Action != attendance.In {
		t.Errorf("records = %+v", b)
	}
}

// The shift's beginning counts, not the last break; and central's word for a shift
// that was begun elsewhere.
func TestForgottenSinceTheShiftBegan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.terminal.SetLink(true, w.m.real)
	w.do("ann", attendance.In, "")
	began := w.m.real.Add(-2 * time.Minute)
	w.m.pass(8 * time.Hour)
	w.do("ann", attendance.BreakStart, "")
	w.m.pass(9 * time.Hour)
	if s := w.in("ann", annPIN); s.Forgotten != began.UnixMilli() {
		t.Errorf("on a break since then: %d", s.Forgotten)
	}
	since := w.m.real.Add(-20 * time.Hour)
	w.elsewhere("bob", "in", since)
	if s := w.in("bob", bobPIN); s.Forgotten != since.UnixMilli() {
		t.Errorf("elsewhere: %d", s.Forgotten)
	}
	w.punch(w.in("bob", bobPIN), attendance.BreakStart)
	if s := w.in("bob", bobPIN); s.Forgotten != since.UnixMilli() {
		t.Errorf("elsewhere, and a break here: %d", s.Forgotten)
	}
	w.elsewhere("bob", "in", w.m.real)
	if s := w.in("bob", bobPIN); s.Forgotten != 0 {
		t.Errorf("news: %d", s.Forgotten)
	}
}

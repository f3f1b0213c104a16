package device_test

import (
	"errors"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// deskCall is something at the desk that is one commit: all of it, or nothing.
type deskCall struct {
	does record.Type
	left func(w *world) bool // as if it had not been
	call func(w *world, s local.Session, ticket string) error
}

func deskCalls() map[string]deskCall {
	state := func(want attendance.State) func(w *world) bool {
		return func(w *world) bool { return w.in("ann", annPIN).Person.State == want }
	}
	return map[string]deskCall{
		"undo": {record.Void, state(attendance.StateIn), func(w *world, _ local.Session, ticket string) error {
			return second(w.terminal.Undo(w.t.Context(), ticket))
		}},
		"unresolved": {record.Punched, state(attendance.StateIn), func(w *world, s local.Session, _ string) error {
			return second(w.terminal.Unresolved(w.t.Context(), s.ID))
		}},
		"missed": {record.Request, state(attendance.StateIn), func(w *world, s local.Session, _ string) error {
			return second(w.terminal.Missed(w.t.Context(), local.Missed{Session: s.ID, Action: attendance.Out, At: w.m.real.UnixMilli(), Reason: "x"}))
		}},
		"read": {record.MessageRead, func(w *world) bool { return len(w.in("ann", annPIN).Answers) == 1 }, func(w *world, s local.Session, _ string) error {
			return w.terminal.Read(w.t.Context(), s.ID, "answer-1")
		}},
		"unlisted": {record.Unlisted, state(attendance.StateIn), func(w *world, _ local.Session, _ string) error {
			return second(w.terminal.NotListed(w.t.Context(), local.Newcomer{Name: "Zoë", Action: attendance.In}))
		}},
	}
}

func second[T any](_ T, err error) error { return err }

// begin has Ann clocked in, and where it is wanted a day ago.
func (w *world) begin(longAgo bool) (s local.Session, ticket string) {
	w.t.Helper()
	w.apply(w.set(func(s *wire.SettingsRow) { s.Habits.NotListed = true }), message(w.t, wire.MessageRow{ID: "answer-1", Text: "yes", Person: "ann"}))
	ticket = w.punch(w.in("ann", annPIN), attendance.In).Ticket
	if longAgo {
		w.m.pass(25 * time.Hour)
	}
	return w.in("ann", annPIN), ticket
}

func TestTheDeskIsAllOrNothing(t *testing.T) {
	t.Parallel()
	for name, c := range deskCalls() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			plug := &plugged{}
			w.wrap = func(j device.Journal) device.Journal { plug.Journal = j; return plug }
			w.crash()
			s, ticket := w.begin(name == "unresolved")
			before := len(w.bodies(0, c.does))
			plug.in = 1
			if err := c.call(w, s, ticket); !errors.Is(err, errPlug) {
				t.Fatalf("the plug was not pulled: %v", err)
			}
			w.wrap = nil
			w.crash()
			if n := len(w.bodies(0, c.does)); n != before || !c.left(w) {
				t.Errorf("%d records, %d before", n, before)
			}
		})
		t.Run(name+" once it is said", func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			s, ticket := w.begin(name == "unresolved")
			before := len(w.bodies(0, c.does))
			must(t, c.call(w, s, ticket))
			w.crash()
			if n := len(w.bodies(0, c.does)); n != before+1 {
				t.Errorf("%d records, %d before", n, before)
			}
		})
	}
}

func TestTheDeskSaysThatTheDiskIsBroken(t *testing.T) {
	t.Parallel()
	for name, c := range deskCalls() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			broken := &brokenJournal{}
			w.wrap = func(j device.Journal) device.Journal { broken.Journal = j; return broken }
			w.crash()
			s, ticket := w.begin(name == "unresolved")
			broken.err = problem.New(problem.OutOfOrder, "no", "").Because(errors.New("disk full"))
			if err := c.call(w, s, ticket); !problem.Is(err, problem.OutOfOrder) {
				t.Errorf("err = %v", err)
			}
			st, err := w.terminal.State(t.Context())
			if err != nil || st.Fault != string(problem.OutOfOrder) {
				t.Errorf("fault %q, %v", st.Fault, err)
			}
		})
	}
}

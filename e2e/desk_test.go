package e2e

import (
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/device/local"
)

// come identifies somebody by their own PIN.
func (w *clock) come(t *testing.T, person, digits string) local.Session {
	t.Helper()
	p, err := pin.Parse(digits)
	if err != nil {
		t.Fatal(err)
	}
	s, err := w.local.Identify(t.Context(), local.Attempt{Person: person, PIN: p})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// mine gives somebody's own hours.
func (w *clock) mine(t *testing.T, person, digits string) local.Hours {
	t.Helper()
	s := w.come(t, person, digits)
	h, err := w.local.Hours(t.Context(), s.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.local.End(t.Context(), s.ID); err != nil {
		t.Fatal(err)
	}
	return h
}

// TestTheDeskWithoutANetwork: nobody can be heard, and people punch, take a punch
// back, ask for one that is missing and look at their hours, over a restart. Then
// central comes: it has the same, a supervisor says yes, and the person reads so at
// the kiosk and finds the punch among their own.
func TestTheDeskWithoutANetwork(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	staff := importWithPINs(t, c, 2)
	ann, bob := staff[0], staff[1]
	w := enrolledClock(t, c, "Front Door", true)
	c.proc.kill9()
	w.up(t)

	wrong, err := w.punchWith(t, ann.ID, ann.PIN, "by mistake")
	if err != nil {
		t.Fatal(err)
	}
	if s := w.come(t, ann.ID, ann.PIN); s.Double == nil || s.Double.At != wrong.At {
		t.Errorf("a second punch asks back: %+v", s.Double)
	}
	if u, err := w.local.Undo(t.Context(), wrong.Ticket); err != nil || u.State != attendance.StateOut {
		t.Fatalf("undo: %+v, %v", u, err)
	}
	if _, err := w.punchWith(t, bob.ID, bob.PIN, "stays"); err != nil {
		t.Fatal(err)
	}
	missing := time.Now().Add(-90 * time.Minute).Truncate(time.Minute)
	plea := local.Missed{Session: w.come(t, ann.ID, ann.PIN).ID, Action: attendance.In, At: missing.UnixMilli(), Reason: "The queue was long"}
	if _, err := w.local.Missed(t.Context(), plea); err != nil {
		t.Fatal(err)
	}
	w.proc.kill9()
	w.up(t)
	if h := w.mine(t, ann.ID, ann.PIN); len(h.Last) != 0 || h.Through != 0 {
		t.Errorf("Ann's hours: %+v", h)
	}
	if h := w.mine(t, bob.ID, bob.PIN); len(h.Last) != 1 {
		t.Errorf("Bob's hours: %+v", h)
	}

	c.up(t)
	awaitDrained(t, []*clock{w})
	w.answered(t, c, ann.ID, ann.PIN, plea)
	if s := w.come(t, bob.ID, bob.PIN); s.Person.State != attendance.StateIn || len(s.Answers) != 0 {
		t.Errorf("Bob: %+v", s)
	}
	compareLogs(t, c, []*clock{w})
}

// answered has a supervisor agree to what was asked for, and follows that to the
// kiosk and back.
func (w *clock) answered(t *testing.T, c *centre, person, digits string, plea local.Missed) {
	t.Helper()
	var r client.PunchRequest
	eventually(t, 20*time.Second, "the request is at central", func() bool {
		open, err := c.api.PunchRequests(t.Context(), false, 0, 10)
		if err != nil || len(open.Requests) != 1 {
			return false
		}
		r = open.Requests[0]
		return true
	})
	if r.Person != person || r.At.UnixMilli() != plea.At || r.Reason != plea.Reason {
		t.Errorf("request: %+v", r)
	}
	if _, err := c.api.ApproveRequest(t.Context(), r.ID, client.RequestEdit{}); err != nil {
		t.Fatal(err)
	}
	var s local.Session
	eventually(t, 20*time.Second, "the answer is at the kiosk", func() bool {
		s = w.come(t, person, digits)
		if len(s.Answers) == 1 && s.Person.State == attendance.StateIn {
			return true
		}
		if err := w.local.End(t.Context(), s.ID); err != nil {
			t.Fatal(err)
		}
		return false
	})
	if err := w.local.Read(t.Context(), s.ID, s.Answers[0].Message); err != nil {
		t.Fatal(err)
	}
	eventually(t, 20*time.Second, "central knows that it was read", func() bool {
		done, err := c.api.PunchRequests(t.Context(), true, 0, 10)
		return err == nil && len(done.Requests) == 1 && !done.Requests[0].Read.IsZero()
	})
	eventually(t, 20*time.Second, "the punch is among their own", func() bool {
		h := w.mine(t, person, digits)
		return h.Through > 0 && len(h.Last) == 1 && h.Last[0].Fixed && h.Last[0].At == plea.At && h.Today+h.Week > 0
	})
}

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/problem"
)

// TestOfflineFromTheFirstSecond: central dies the moment the enrolment is
// through. The kiosk's daemon has never run and never sees the network; people
// are there, right PINs open, wrong ones do not, punches are kept, over a restart
// too. Then central comes back, and everything arrives.
func TestOfflineFromTheFirstSecond(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	staff := importWithPINs(t, c, 6)
	boss, err := c.api.AddPerson(t.Context(), client.NewPerson{Name: "Ada Admin", Role: attendance.Admin})
	if err != nil {
		t.Fatal(err)
	}
	w := enrolledClock(t, c, "Front Door", true)
	c.proc.kill9()

	w.up(t)
	if s := w.state(t); s.People != 7 || !s.RequiresPIN || s.Connected {
		t.Fatalf("offline from the first second: %+v", s)
	}
	l := newTally()
	tap := func(i int, person, digits string) {
		t.Helper()
		note := fmt.Sprintf("0.%d", i)
		if _, err := w.punchWith(t, person, digits, note); err != nil {
			t.Fatalf("punch %s: %v", note, err)
		}
		l.note(l.shown, note)
	}
	for i, p := range staff {
		w.refuses(t, p.ID, other(p.PIN, w.universal))
		tap(i, p.ID, p.PIN)
	}
	tap(6, staff[0].ID, w.universal)
	w.refuses(t, boss.ID, w.universal)
	tap(7, boss.ID, boss.PIN)

	w.proc.kill9()
	w.up(t)
	tap(8, staff[1].ID, staff[1].PIN)
	if s := w.state(t); s.Queue < 9 || s.LastContact != 0 {
		t.Errorf("never online, and yet: %+v", s)
	}

	c.up(t)
	awaitDrained(t, []*clock{w})
	awaitPunches(t, c, l)
	compare(t, c.punches(t), l)
	auths := map[attendance.Auth]int{}
	for _, p := range c.punches(t) {
		auths[p.Auth]++
	}
	if auths[attendance.AuthUniversal] != 1 || auths[attendance.AuthPersonal] != 8 {
		t.Errorf("who vouched for the punches: %v", auths)
	}
	compareLogs(t, c, []*clock{w})
}

// refuses fails the test unless the PIN is refused as a wrong one is.
func (w *clock) refuses(t *testing.T, person, digits string) {
	t.Helper()
	if _, err := w.punchWith(t, person, digits, ""); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("a wrong PIN: %v", err)
	}
}

// other gives a PIN as long as this one that is neither this one nor that.
func other(this, that string) string {
	for _, first := range "123456789" {
		p := strings.Replace(this, this[:1], string(first), 1)
		if p != this && p != that {
			return p
		}
	}
	return ""
}

// awaitHashed waits until kiosks can have every PIN.
func awaitHashed(t *testing.T, c *centre) {
	t.Helper()
	eventually(t, time.Minute, "every PIN is hashed", func() bool {
		h, err := c.api.Hashing(t.Context())
		return err == nil && h.Pending == 0 && h.Total > 0
	})
}

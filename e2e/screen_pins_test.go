package e2e

import (
	"slices"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/client"
)

// TestRealScreenWithoutOnesOwnPIN drives the real touchscreen where somebody has
// no PIN of their own at hand: they ask for one, use the Universal PIN and say
// why, and a team is clocked in. All of it is read back from central.
func TestRealScreenWithoutOnesOwnPIN(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	staff := importWithPINs(t, c, 5)
	w := newClock(t, c, "Front Door", true)
	wants := true
	if _, err := c.api.EditKiosk(t.Context(), w.id, client.KioskEdit{UniversalReason: &wants}); err != nil {
		t.Fatal(err)
	}
	eventually(t, 20*time.Second, "people and a Universal PIN are at the kiosk", func() bool {
		s, err := w.local.State(t.Context())
		return err == nil && s.People == len(staff) && s.UniversalLen == len(w.universal) && len(s.PINLengths) == 1
	})
	d := newDisplay(t, w.socket, "1280x800", "217")
	d.shown(t, 1, "idle")
	d.asksForPIN(t, c, staff[0])
	d.saysWhy(t, w, staff[1])
	d.clocksTeamIn(t, w, staff[2:])

	var got []client.Punch
	eventually(t, 20*time.Second, "four punches are at central", func() bool {
		got = c.punches(t)
		return len(got) == 4
	})
	for i, p := range got {
		note := "No PINs yet"
		if i == 0 {
			note = "Forgot my PIN"
		}
		if p.Auth != attendance.AuthUniversal || p.Action != attendance.In || p.Note != note || p.Person != staff[i+1].ID {
			t.Errorf("punch %d at central: %+v", i, p)
		}
	}
	if got[1].At != got[2].At || got[1].At != got[3].At {
		t.Errorf("a team is clocked in at one moment: %v, %v, %v", got[1].At, got[2].At, got[3].At)
	}
}

// asksForPIN taps Forgot your PIN? and reads the request back from central.
func (d *display) asksForPIN(t *testing.T, c *centre, p client.Person) {
	t.Helper()
	d.tap(t, "idle", "start")
	d.shown(t, 1, "people")
	d.tap(t, "people", "person_"+p.ID)
	d.shown(t, 1, "pin")
	d.tap(t, "pin", "forgot")
	d.shown(t, 1, "forgot")
	d.tap(t, "forgot", "again")
	d.shown(t, 1, "told")
	eventually(t, 20*time.Second, "the request is at central", func() bool {
		open, err := c.api.PINRequests(t.Context())
		return err == nil && slices.ContainsFunc(open.Requests, func(r client.PINRequest) bool { return r.Person == p.ID })
	})
	d.tap(t, "told", "start_over")
	d.shown(t, 2, "idle")
}

// saysWhy clocks somebody in with the Universal PIN.
func (d *display) saysWhy(t *testing.T, w *clock, p client.Person) {
	t.Helper()
	d.tap(t, "idle", "start")
	d.shown(t, 2, "people")
	d.tap(t, "people", "person_"+p.ID)
	d.shown(t, 2, "pin")
	d.digits(t, "pin", w.universal)
	d.shown(t, 1, "reason")
	d.tap(t, "reason", "reason_1")
	d.shown(t, 1, "choose")
	d.tap(t, "choose", string(attendance.In))
	d.shown(t, 1, "receipt")
	d.tap(t, "receipt", "close")
	d.shown(t, 3, "idle")
}

// clocksTeamIn ticks everybody of a team in turn.
func (d *display) clocksTeamIn(t *testing.T, w *clock, team []client.Person) {
	t.Helper()
	d.tap(t, "idle", "start")
	d.shown(t, 3, "people")
	d.tap(t, "people", "team")
	d.shown(t, 1, "team_pin")
	d.digits(t, "team_pin", w.universal)
	d.shown(t, 1, "team_action")
	d.tap(t, "team_action", string(attendance.In))
	d.shown(t, 1, "team")
	for _, p := range team {
		d.tap(t, "team", "person_"+p.ID)
	}
	d.picture(t, "team-ticked")
	d.tap(t, "team", "confirm")
	d.shown(t, 2, "reason")
	d.tap(t, "reason", "reason_2")
	d.shown(t, 2, "receipt")
}

func (d *display) digits(t *testing.T, screen, pin string) {
	t.Helper()
	var keys []string
	for _, digit := range pin {
		keys = append(keys, "digit_"+string(digit))
	}
	d.tap(t, screen, keys...)
}

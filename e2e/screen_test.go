package e2e

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/client"
)

// TestRealScreen drives the real touchscreen by real pointer events, from a
// machine that is nobody to a punch that is read back from central.
func TestRealScreen(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	staff := importWithPINs(t, c, 8)
	awaitHashed(t, c)
	for i, panel := range []struct{ size, mm string }{{"1280x800", "217"}, {"720x1280", "88"}} {
		t.Run(panel.size, func(t *testing.T) {
			t.Parallel()
			w, code := createdClock(t, c, "Door "+panel.size, true)
			// The system's roots are those of this test: typed servers are believed by them.
			w.launch(t, []string{"SSL_CERT_FILE=" + c.ca()})
			d := newDisplay(t, w.socket, panel.size, panel.mm)
			d.enrol(t, c, code)
			punchOnScreen(t, c, w, d, staff[i])
		})
	}
}

// enrol types server and code on the screen's own keyboard.
func (d *display) enrol(t *testing.T, c *centre, code client.Code) {
	t.Helper()
	d.shown(t, 1, "enrol")
	_, port, _ := strings.Cut(c.web, ":")
	d.tap(t, "enrol", "server")
	d.typed(t, "enrol", "localhost:"+port)
	d.tap(t, "enrol", "code")
	d.typed(t, "enrol", strings.ToLower(strings.ReplaceAll(code.Code, "-", "")))
	d.picture(t, "enrol-typed")
	d.tap(t, "enrol", "connect")
	d.shown(t, 1, "idle")
}

// punchOnScreen clocks a person in, after a wrong PIN, and reads it back.
func punchOnScreen(t *testing.T, c *centre, w *clock, d *display, p client.Person) {
	eventually(t, 20*time.Second, "one length of PIN at the kiosk", func() bool { return len(w.state(t).PINLengths) == 1 })
	d.tap(t, "idle", "start")
	d.shown(t, 1, "people")
	d.tap(t, "people", "person_"+p.ID)
	d.shown(t, 1, "pin")
	wrong := other(p.PIN, w.universal)
	for _, digit := range wrong { // each press follows the jump at once
		d.tap(t, "pin", "digit_"+string(digit))
	}
	d.shown(t, 1, "refused")
	d.tap(t, "refused", "again")
	d.shown(t, 2, "pin")
	var keys []string
	for _, digit := range p.PIN {
		keys = append(keys, "digit_"+string(digit))
	}
	d.tap(t, "pin", keys...) // and four of them as fast as X can
	d.shown(t, 1, "choose")
	d.tap(t, "choose", string(attendance.In))
	d.shown(t, 1, "receipt")
	if n := d.events(`"msg":"key_pressed"`, `"screen":"pin"`); n != len(wrong)+len(p.PIN) {
		t.Errorf("%d presses on the PIN pad counted, %d made", n, len(wrong)+len(p.PIN))
	}
	if n := matches(w.proc.log, map[string]int{"person identified": 1, "punch recorded": 1}); n != "" {
		t.Errorf("kioskd does not tell of: %s", n)
	}

	var got []client.Punch
	eventually(t, 20*time.Second, "the punch is at central", func() bool {
		page, err := c.api.Punches(t.Context(), client.PunchFilter{Kiosk: w.id})
		got = page.Punches
		return err == nil && len(got) > 0
	})
	if len(got) != 1 || got[0].Person != p.ID || got[0].Action != attendance.In || got[0].Auth != attendance.AuthPersonal {
		t.Errorf("central has %+v", got)
	}
	var told client.Punch
	line := run(t, c.env(), bin(t, "fleet"), "punches", "--kiosk", w.id, "--json")
	if err := json.Unmarshal([]byte(line), &told); err != nil || told.ID != got[0].ID || told.Person != p.ID {
		t.Errorf("fleet punches --json says %q: %v", line, err)
	}
	d.shown(t, 2, "idle")
}

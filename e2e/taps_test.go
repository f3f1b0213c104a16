package e2e

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/client"
)

// TestTapsOfAPunch counts what a punch costs with a PIN: its digits and three
// touches; one more beyond the first page of names, and one more for OK where PINs
// of several lengths are good. Counted is what the screen itself says was touched
// between Idle and the receipt; a detour over one more screen fails it.
func TestTapsOfAPunch(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	staff := importWithPINs(t, c, 40)
	w := newClock(t, c, "Front Door", true)
	awaitLengths(t, w, 4)
	d := newDisplay(t, w.socket, "1280x800", "217")
	d.shown(t, 1, "idle")
	for i, at := range []struct {
		what        string
		next, ok    bool
		person      int // of those on the page
		moreTouches int
	}{
		{"on the first page", false, false, 0, 3},
		{"beyond the first page", true, false, 0, 4},
		{"with PINs of two lengths", false, true, 1, 4},
		{"with both", true, true, 1, 5},
	} {
		if at.ok && i == 2 {
			if _, err := c.api.SetPINLength(t.Context(), 6); err != nil {
				t.Fatal(err)
			}
			awaitLengths(t, w, 4, 6)
		}
		before := len(d.touches())
		digits := d.punches(t, staff, i+1, at.next, at.ok, at.person)
		made := d.touches()[before:]
		if len(made) != digits+at.moreTouches {
			t.Errorf("a punch %s took %d touches with %d digits, want %d more than digits: %v", at.what, len(made), digits, at.moreTouches, made)
		}
		d.event(t, i+2, `"msg":"screen_shown"`, `"screen":"idle"`)
		if late := len(d.touches()) - before - len(made); late != 0 {
			t.Errorf("%d touches were needed after the receipt %s", late, at.what)
		}
	}
}

// awaitLengths waits until the kiosk takes PINs of these lengths.
func awaitLengths(t *testing.T, w *clock, want ...int) {
	t.Helper()
	eventually(t, 30*time.Second, fmt.Sprint("the kiosk takes PINs of ", want), func() bool {
		s, err := w.local.State(t.Context())
		return err == nil && slices.Equal(s.PINLengths, want)
	})
}

// punches clocks in who stands at a place of the first or the second page, as the
// n-th since the start, and gives how many digits their PIN has. It ends on the
// receipt.
func (d *display) punches(t *testing.T, staff []client.Person, n int, next, ok bool, place int) int {
	t.Helper()
	d.tap(t, "idle", "start")
	d.find(t, "people", "person_")
	if next {
		first := d.find(t, "people", "person_").Name
		d.tap(t, "people", "next")
		eventually(t, 20*time.Second, "the next page", func() bool {
			all := d.now("people")
			return slices.ContainsFunc(all, func(g target) bool { return strings.HasPrefix(g.Name, "person_") }) &&
				!slices.ContainsFunc(all, func(g target) bool { return g.Name == first })
		})
	}
	var cards []string
	for _, g := range d.now("people") {
		if strings.HasPrefix(g.Name, "person_") {
			cards = append(cards, g.Name)
		}
	}
	p := staff[slices.IndexFunc(staff, func(p client.Person) bool { return "person_"+p.ID == cards[place] })]
	d.tap(t, "people", cards[place])
	d.digits(t, "pin", p.PIN)
	if ok {
		d.tap(t, "pin", "ok")
	}
	d.tap(t, "choose", string(attendance.In))
	d.event(t, n, `"msg":"screen_shown"`, `"screen":"receipt"`)
	return len(p.PIN)
}

// touches gives the lines of the touches that counted.
func (d *display) touches() []string {
	b, err := os.ReadFile(d.proc.log)
	if err != nil {
		return nil
	}
	var out []string
	for line := range strings.Lines(string(b)) {
		if strings.Contains(line, `"msg":"key_pressed"`) {
			out = append(out, strings.TrimSpace(line))
		}
	}
	return out
}

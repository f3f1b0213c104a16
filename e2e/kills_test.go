package e2e

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
)

// TestTheScreenIsKilledWhilePeoplePunch kills the touchscreen at random while
// somebody punches, 5 times here and 50 by make day. Each time it is back on Idle,
// and the punch is either recorded and among the person's own hours, or it is not
// recorded and no receipt was shown; in the end central has the same.
func TestTheScreenIsKilledWhilePeoplePunch(t *testing.T) {
	t.Parallel()
	kills := length(t, killsVariable, 5)
	c := newCentre(t)
	staff := importWithPINs(t, c, kills)
	w := newClock(t, c, "Front Door", true)
	awaitLengths(t, w, 4)
	y := newDay(t, w, staff, bin(t, "kiosk"))
	recorded := 0
	for i := range kills {
		p := y.queue[0]
		claimed := y.killedPunch(t)
		last := w.mine(t, p.ID, p.PIN).Last
		if len(last) > 1 || len(last) == 0 && claimed {
			t.Fatalf("kill %d: a receipt was shown: %v; among %s's own: %+v", i, claimed, p.ID, last)
		}
		log, err := os.ReadFile(w.proc.log)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(log), `msg="punch recorded" program=kioskd person=`+p.ID); n != len(last) {
			t.Errorf("kill %d: kioskd recorded %d punches, and shows %d", i, n, len(last))
		}
		recorded += len(last)
	}
	t.Logf("%d kills; %d punches were recorded all the same", kills, recorded)
	eventually(t, 30*time.Second, "central has them", func() bool { return len(c.punches(t)) == recorded })
	for _, p := range c.punches(t) {
		if p.Action != attendance.In || p.Auth != attendance.AuthPersonal {
			t.Errorf("central has %+v", p)
		}
	}
}

// killedPunch has the next person punch and kills the touchscreen meanwhile. It
// says whether a receipt was shown, and starts it again.
func (y *day) killedPunch(t *testing.T) (claimed bool) {
	t.Helper()
	before := y.d.events(`"screen":"receipt"`, `"msg":"screen_shown"`)
	p := y.queue[0]
	y.queue = y.queue[1:]
	y.tap(t, "idle", "start")
	y.at(t, "people")
	for !y.has("people", "person_"+p.ID) {
		y.turn(t)
	}
	y.tap(t, "people", "person_"+p.ID)
	y.at(t, "pin")
	y.d.digits(t, "pin", p.PIN)
	if y.r.IntN(4) > 0 { // else before the choice
		y.at(t, "choose")
		y.tap(t, "choose", string(attendance.In))
	}
	pause := time.NewTimer(time.Duration(y.r.IntN(60_000)) * time.Microsecond)
	<-pause.C
	y.d.proc.kill9()
	claimed = y.d.events(`"screen":"receipt"`, `"msg":"screen_shown"`) > before
	if err := os.Remove(y.d.layout); err != nil {
		t.Fatal(err)
	}
	y.d.up(t)
	y.at(t, "idle")
	return claimed
}

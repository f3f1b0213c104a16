package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// stepsVariable says how often TestMonkeyAtTheRealScreen touches; make monkey sets it.
const (
	stepsVariable = "TIMEPOST_REAL_STEPS"
	stepsShort    = 60
	stepsRest     = 120 // touches between two looks whether it finds home by itself
)

// TestMonkeyAtTheRealScreen has a monkey at the real touchscreen over the real
// daemon: it touches keys and cards at random, glass between them, drags, and holds.
// After a while nobody touches: the screen has to be back at Idle by itself, the
// program alive, without a complaint of the toolkit's. That nothing of another
// person is shown is looked at by the monkey of package ui, which sees all texts.
// (Seen to fail with a list of names that has no time limit.)
func TestMonkeyAtTheRealScreen(t *testing.T) {
	t.Parallel()
	steps := length(t, stepsVariable, stepsShort)
	dice := seed(t)
	r := rand.New(rand.NewPCG(dice, 2))
	c := newCentre(t)
	importWithPINs(t, c, 40)
	w := newClock(t, c, "Front Door", false) // without PINs it comes further
	d := newDisplay(t, w.socket, "800x480", "154")
	d.shown(t, 1, "idle")
	seen := map[string]int{}
	for i := range steps {
		screen, all := d.shows()
		seen[screen]++
		x, y := r.IntN(800), r.IntN(480)
		if len(all) > 0 && r.IntN(5) > 0 {
			g := all[r.IntN(len(all))]
			x, y = int(g.X+g.W/2), int(g.Y+g.H/2)
		}
		at := []string{"mousemove", fmt.Sprint(x), fmt.Sprint(y)}
		switch r.IntN(12) {
		case 0: // slides away
			d.do(t, "xdotool", append(at, "mousedown", "1", "mousemove", fmt.Sprint(r.IntN(800)), fmt.Sprint(r.IntN(480)), "mouseup", "1")...)
		case 1: // twice at once
			d.do(t, "xdotool", append(at, "click", "1", "click", "1")...)
		case 2: // waits for the screen
			d.do(t, "xdotool", append(at, "sleep", "0.3", "click", "1")...)
		default:
			d.do(t, "xdotool", append(at, "sleep", "0.16", "click", "1")...)
		}
		if (i+1)%stepsRest == 0 || i+1 == steps {
			d.restsAtHome(t)
		}
	}
	t.Logf("%d touches, screens seen: %v", steps, seen)
	if len(seen) < 4 {
		t.Errorf("it came to %v only", seen)
	}
	for _, bad := range []string{"Error in Fyne call thread", "panic:", "fatal error:"} {
		if n := d.events(bad); n > 0 {
			t.Errorf("%q is in %s", bad, d.proc.log)
		}
	}
}

// restsAtHome waits, without a touch, until Idle is shown; and then once more from
// the names, so that there is a screen to come home from that does not end itself.
func (d *display) restsAtHome(t *testing.T) {
	t.Helper()
	home := func() bool {
		screen, _ := d.shows()
		return screen == "idle" || screen == "asleep"
	}
	eventually(t, 70*time.Second, "the screen is at Idle by itself", home)
	if len(d.now("idle")) > 0 {
		d.tap(t, "idle", "start")
		d.find(t, "people", "person_")
		eventually(t, 70*time.Second, "the screen is at Idle again, from the names", home)
	}
	if err := d.proc.cmd.Process.Signal(syscall.Signal(0)); err != nil {
		t.Fatalf("the touchscreen has ended: %v", err)
	}
}

// shows reads which screen is there and what can be tapped on it.
func (d *display) shows() (screen string, all []target) {
	b, err := os.ReadFile(d.layout)
	var l struct {
		Screen  string
		Targets []target
	}
	if err != nil || json.Unmarshal(b, &l) != nil {
		return "", nil
	}
	return strings.TrimSpace(l.Screen), l.Targets
}

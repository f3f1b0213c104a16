package agent_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/timepost/timepost/sync/linktest"
	"github.com/timepost/timepost/sync/wire"
)

// Central was away while the broker stayed. What waits is sent when it says that it
// is back, not when the time-outs, which have grown, are over.
func TestWhatWaitsIsSentWhenCentralIsBack(t *testing.T) {
	for name, away := range map[string]time.Duration{"soon": 5 * time.Second, "later": 25 * time.Second} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, linktest.Weather{}, true, func(t *testing.T, w *world) {
				time.Sleep(time.Second)
				w.arrived()
				w.central.set(func() { w.central.silent = true })
				w.punch(3)
				time.Sleep(away)
				w.central.set(func() { w.central.silent = false })
				w.back(t)
				time.Sleep(2*time.Second + time.Millisecond) // spread over a fleet of 200
				w.arrived()
			})
		})
	}
}

// A hello that waits for its answer is said again, too.
func TestAHelloIsSaidAgainWhenCentralIsBack(t *testing.T) {
	inBubble(t, linktest.Weather{}, true, func(t *testing.T, w *world) {
		time.Sleep(time.Second)
		w.central.set(func() { w.central.silent = true })
		w.net.Cut(kiosk)
		w.punch(1)
		time.Sleep(5 * time.Second)
		w.central.set(func() { w.central.silent = false })
		w.back(t)
		time.Sleep(2*time.Second + time.Millisecond)
		if !w.agent.Status().Connected {
			t.Error("not connected")
		}
		w.arrived()
	})
}

// A broker that repeats the hint, or a central that says it without end, makes
// nobody send without end.
func TestHintsAreFollowedNowAndThen(t *testing.T) {
	inBubble(t, linktest.Weather{}, true, func(t *testing.T, w *world) {
		time.Sleep(time.Second)
		heard := 0
		w.central.set(func() {
			w.central.deaf[wire.TypeRecords] = true
			w.central.heard = func(typ wire.Type) {
				if typ == wire.TypeRecords {
					heard++
				}
			}
		})
		w.punch(1)
		for range 600 {
			w.back(t)
			time.Sleep(100 * time.Millisecond)
		}
		w.central.set(func() {
			if heard < 4 || heard > 15 {
				t.Errorf("sent %d times in a minute of hints", heard)
			}
		})
	})
}

// back lets central say that it is there again.
func (w *world) back(t *testing.T) {
	t.Helper()
	synctest.Wait()
	w.central.set(func() {
		w.central.send(t.Context(), wire.DownPush, wire.TypeBack, "", wire.Back{Gen: w.central.gen})
	})
}

// Something may have changed while central was away, so a kiosk asks although it has
// nothing to send.
func TestHelloIsSaidWhenCentralIsBack(t *testing.T) {
	inBubble(t, linktest.Weather{}, true, func(t *testing.T, w *world) {
		time.Sleep(time.Second)
		w.arrived()
		before := 0
		w.central.set(func() { before = w.central.hellos })
		w.back(t)
		time.Sleep(2*time.Second + time.Millisecond)
		w.central.set(func() {
			if w.central.hellos != before+1 {
				t.Errorf("%d hellos, not %d", w.central.hellos, before+1)
			}
		})
	})
}

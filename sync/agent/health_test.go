package agent_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timepost/timepost/sync/agent"
	"github.com/timepost/timepost/sync/linktest"
	"github.com/timepost/timepost/sync/wire"
)

// tellingWorld is a world whose kiosk tells its health; fail makes that fail.
func tellingWorld(t *testing.T, live bool, fail *atomic.Bool) *world {
	t.Helper()
	w := newWorld(t, linktest.Weather{}, live)
	w.cfg.Health = func(ctx context.Context, s agent.Status) (wire.Health, error) {
		if fail.Load() {
			return wire.Health{}, errors.New("no such file")
		}
		h, err := w.journal.Head(ctx)
		if !s.Connected {
			t.Error("told without a connection")
		}
		return wire.Health{Software: "test", Queue: h.Queue}, err
	}
	w.agent = agent.New(w.cfg)
	return w
}

// Each round ends with the machine's health, told when the punches have gone; in
// both modes, and a machine that can't tell is no reason to stop.
func TestEachRoundTellsHealth(t *testing.T) {
	t.Parallel()
	for _, live := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			var fail atomic.Bool
			w := tellingWorld(t, live, &fail)
			w.punch(250)
			stop := w.start()
			defer stop()
			time.Sleep(3*time.Minute + 30*time.Second)
			w.central.set(func() {
				if n := len(w.central.healths); n != w.central.hellos || n < 3 {
					t.Errorf("live %v: %d times in %d rounds", live, n, w.central.hellos)
				}
				for _, h := range w.central.healths {
					if h.Queue != 0 || h.Software != "test" {
						t.Errorf("live %v: told before the work was done: %+v", live, h)
					}
				}
			})
			fail.Store(true)
			time.Sleep(2 * time.Minute)
			w.punch(1)
			time.Sleep(90 * time.Second)
			w.arrived()
		})
	}
}

// A server that takes nothing is told why the queue grows, though the round never
// comes to an end.
func TestHealthDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := tellingWorld(t, true, new(atomic.Bool))
		w.central.deaf[wire.TypeRecords] = true
		w.punch(5)
		stop := w.start()
		defer stop()
		time.Sleep(15 * time.Second)
		w.central.set(func() {
			if len(w.central.healths) != 1 || w.central.healths[0].Queue < 5 {
				t.Errorf("%+v", w.central.healths)
			}
		})
	})
}

package agent_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timepost/timepost/attendance/clocktrust"
	"github.com/timepost/timepost/sync/agent"
	"github.com/timepost/timepost/sync/linktest"
	"github.com/timepost/timepost/sync/wire"
)

// stopwatch counts from its start; broken ones can't be read.
type stopwatch struct {
	start  time.Time
	broken bool
	taken  []clocktrust.Anchor
}

func (s *stopwatch) Elapsed() (int64, bool) { return int64(time.Since(s.start)), !s.broken }
func (s *stopwatch) Take(_ context.Context, a clocktrust.Anchor) error {
	s.taken = append(s.taken, a)
	return errors.New("disk full")
}

// Each welcome ties the machine's own time to central's, within the round trip; a
// disk that does not take it, and a clock that can't be read, stop nothing.
func TestAWelcomeBringsTheTime(t *testing.T) {
	t.Parallel()
	for _, broken := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			const ahead = time.Hour // central's clock, against this machine's
			w := newWorld(t, linktest.Weather{}, true)
			own := &stopwatch{start: time.Now().Add(-time.Minute), broken: broken}
			w.cfg.Clock = own
			w.agent = agent.New(w.cfg)
			w.central.clock = func() *wire.Clock {
				now := time.Now().Add(ahead).UnixNano()
				time.Sleep(2 * time.Second) // the way back is slow
				return &wire.Clock{Source: "central a", Received: now, Sent: now, Err: int64(time.Millisecond)}
			}
			w.punch(3)
			stop := w.start()
			time.Sleep(3*time.Minute + 30*time.Second)
			stop()
			w.arrived()
			if broken {
				if len(own.taken) != 0 {
					t.Errorf("taken %+v", own.taken)
				}
				return
			}
			if len(own.taken) < 3 {
				t.Fatalf("taken %+v", own.taken)
			}
			for _, a := range own.taken {
				off := a.UTC - own.start.Add(ahead).UnixNano() - a.At
				if a.Source != "central a" || max(off, -off) > a.Err || a.Err < int64(time.Second) || a.Err > int64(2*time.Second) {
					t.Errorf("%+v is off by %v", a, time.Duration(off))
				}
			}
		})
	}
}

// NTP is the machine's own witness: no central may speak in its name.
func TestNoCentralSpeaksForNTP(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, linktest.Weather{}, true)
		own := &stopwatch{start: time.Now()}
		w.cfg.Clock = own
		w.agent = agent.New(w.cfg)
		w.central.clock = func() *wire.Clock { return &wire.Clock{Source: clocktrust.NTP, Err: 1} }
		stop := w.start()
		time.Sleep(90 * time.Second)
		stop()
		if len(own.taken) != 0 {
			t.Errorf("taken %+v", own.taken)
		}
	})
}

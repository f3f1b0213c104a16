package agent_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timepost/timepost/internal/lifecycle"
	"github.com/timepost/timepost/internal/lifecycle/lifecycletest"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/agent"
	"github.com/timepost/timepost/sync/linktest"
	"github.com/timepost/timepost/sync/wire"
)

// inBubble runs f in simulated time with a started world.
func inBubble(t *testing.T, weather linktest.Weather, live bool, f func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, weather, live)
		stop := w.start()
		defer stop()
		f(t, w)
	})
}

func TestLiveSendsEachPunchAtOnce(t *testing.T) {
	inBubble(t, linktest.Weather{}, true, func(t *testing.T, w *world) {
		synctest.Wait()
		if s := w.agent.Status(); !s.Connected || !s.LastContact.Equal(time.Now()) || !s.Stored.Equal(time.Now()) {
			t.Fatalf("not connected at once: %+v", s)
		}
		if _, v, err := w.cache.Version(t.Context()); err != nil || v != 3 {
			t.Fatalf("roster version %d, %v", v, err)
		}
		time.Sleep(time.Second)
		w.punch(1)
		synctest.Wait()
		w.arrived()
		if s := w.agent.Status(); s.Queue != 0 || w.central.hellos != 1 {
			t.Errorf("status %+v after %d hellos", s, w.central.hellos)
		}
		select {
		case <-w.agent.Changed():
		default:
			t.Error("nobody was told of the changes")
		}
	})
}

func TestScheduledClosesTheLinkAfterEachRound(t *testing.T) {
	inBubble(t, linktest.Weather{}, false, func(t *testing.T, w *world) {
		time.Sleep(5 * time.Second)
		if w.agent.Status().Connected || w.net.Stats().Dialled != 2 {
			t.Fatalf("the link stands after the round: %+v", w.net.Stats())
		}
		w.arrived()
		w.punch(3)
		time.Sleep(5 * time.Second)
		if w.head().Queue != 3 {
			t.Fatal("a punch was sent between two rounds")
		}
		time.Sleep(time.Minute)
		w.arrived()
		w.punch(2)
		w.agent.Poke()
		time.Sleep(5 * time.Second)
		w.arrived()
		w.punch(1)
		w.agent.SetPlan(agent.Plan{Schedule: minutely(t), Live: true})
		time.Sleep(time.Second)
		w.arrived()
		if !w.agent.Status().Connected {
			t.Error("live mode does not keep the link")
		}
	})
}

func TestDrainsThroughBadWeather(t *testing.T) {
	weather := linktest.Weather{Drop: 0.1, Repeat: 0.2, Reorder: 0.2, Stall: 0.1}
	inBubble(t, weather, true, func(t *testing.T, w *world) {
		for range 20 {
			w.punch(150)
			time.Sleep(20 * time.Second)
			w.net.Cut(kiosk)
		}
		time.Sleep(20 * time.Minute)
		w.net.SetWeather(linktest.Weather{})
		time.Sleep(5 * time.Minute)
		w.arrived()
		if _, v, err := w.cache.Version(t.Context()); err != nil || v != 3 {
			t.Errorf("roster version %d, %v", v, err)
		}
	})
}

func TestAMonthOffline(t *testing.T) {
	inBubble(t, linktest.Weather{}, true, func(t *testing.T, w *world) {
		time.Sleep(time.Second)
		w.arrived()
		w.net.Partition(kiosk, true)
		for range 30 {
			w.punch(100)
			time.Sleep(24 * time.Hour)
		}
		s := w.agent.Status()
		if s.Connected || s.Fault != problem.Unavailable || time.Since(s.LastContact) < 29*24*time.Hour {
			t.Errorf("status offline: %+v", s)
		}
		w.net.Partition(kiosk, false)
		time.Sleep(3 * time.Minute) // the back-off waits at most two
		w.arrived()
	})
}

// TestHalfOpen: nothing passes, and the socket says nothing. Three timeouts
// with nothing heard end the link; any signed message keeps it.
func TestHalfOpen(t *testing.T) {
	inBubble(t, linktest.Weather{}, true, func(t *testing.T, w *world) {
		time.Sleep(time.Second)
		w.central.set(func() { w.central.silent = true })
		w.punch(1)
		time.Sleep(60 * time.Second)
		if !w.agent.Status().Connected {
			t.Fatal("the link was given up too early")
		}
		time.Sleep(30 * time.Second)
		if w.net.Stats().Dialled < 3 {
			t.Fatal("the dead link was kept")
		}
		w.central.set(func() { w.central.silent = false })
		time.Sleep(3 * time.Minute)
		w.arrived()
	})
}

func TestSignsOfLifeKeepTheLink(t *testing.T) {
	inBubble(t, linktest.Weather{}, true, func(t *testing.T, w *world) {
		time.Sleep(time.Second)
		w.central.set(func() { w.central.deaf[wire.TypeRecords] = true }) // its database hangs
		w.punch(1)
		time.Sleep(30 * time.Minute)
		if w.net.Stats().Dialled != 2 || !w.agent.Status().Connected {
			t.Fatalf("dropped a link on which welcomes arrive: %+v", w.net.Stats())
		}
		w.central.set(func() { w.central.deaf = map[wire.Type]bool{} })
		time.Sleep(3 * time.Minute)
		w.arrived()
	})
}

// TestBrokenCacheStopsNoPunch: the roster can't be written; records go up.
func TestBrokenCacheStopsNoPunch(t *testing.T) {
	inBubble(t, linktest.Weather{}, true, func(t *testing.T, w *world) {
		time.Sleep(time.Second)
		w.cache.broken.Store(true)
		w.central.set(func() { w.central.roster = 4 })
		w.agent.Poke()
		w.punch(5)
		time.Sleep(time.Minute)
		w.arrived()
		if !w.agent.Status().Connected || w.net.Stats().Dialled != 2 {
			t.Errorf("the link was given up: %+v", w.net.Stats())
		}
		w.cache.broken.Store(false)
		time.Sleep(3 * time.Minute)
		if _, v, err := w.cache.Version(t.Context()); err != nil || v != 4 {
			t.Errorf("roster version %d, %v", v, err)
		}
	})
}

func TestReopenIsFollowedByAHello(t *testing.T) {
	inBubble(t, linktest.Weather{}, true, func(t *testing.T, w *world) {
		time.Sleep(time.Second)
		first := w.head().Journal
		w.central.set(func() { w.central.reopen = true })
		w.agent.Poke()
		time.Sleep(time.Second)
		if w.head().Journal == first || w.central.hellos != 3 {
			t.Fatalf("journal %v, %d hellos", w.head().Journal, w.central.hellos)
		}
		w.arrived()
	})
}

func TestReconnectIsSpreadAndBacksOff(t *testing.T) {
	inBubble(t, linktest.Weather{}, true, func(t *testing.T, w *world) {
		time.Sleep(time.Second)
		w.net.Partition(kiosk, true)
		w.net.Cut(kiosk)
		time.Sleep(time.Hour)
		// 2, 4, 8 ... 120 s, half of it by chance: about 40 tries in an hour.
		if n := w.net.Stats().Refused; n < 25 || n > 65 {
			t.Errorf("%d tries in an hour", n)
		}
		w.agent.Poke()
		before := w.net.Stats().Refused
		synctest.Wait()
		if w.net.Stats().Refused != before+1 {
			t.Error("a poke does not end the wait")
		}
	})
}

func TestStartStop(t *testing.T) {
	t.Parallel()
	w := newWorld(t, linktest.Weather{}, true)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); w.central.run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	lifecycletest.StartStop(t, func() lifecycle.Service {
		return agent.New(w.cfg)
	})
}

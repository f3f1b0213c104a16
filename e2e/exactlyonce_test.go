package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The size of a run, and how often servers and kiosks are killed in it.
const (
	manyKiosks  = 20
	manyPunches = 500 // at each
	outages     = 3
	powerCuts   = 2 // of each kioskd
)

// TestEveryPunchOnceWhileCentralIsKilled taps at 20 kiosks while central (with
// its embedded broker) and the kiosks are killed with SIGKILL at random, and
// compares what central holds with what the screens were told.
func TestEveryPunchOnceWhileCentralIsKilled(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	killAndCompare(t, c, func(t *testing.T) {
		c.proc.kill9()
		c.up(t)
	})
}

// TestEveryPunchOnceWhileMosquittoIsKilled is the same with an outside broker:
// that is killed, and central too.
func TestEveryPunchOnceWhileMosquittoIsKilled(t *testing.T) {
	t.Parallel()
	c := foundCentre(t)
	b := outsideBroker(t, c, "")
	c.up(t, "--broker", "tls://"+b.Addr)
	turn := 0
	killAndCompare(t, c, func(t *testing.T) {
		if turn++; turn == outages { // once, to see the two together
			c.proc.kill9()
			defer c.up(t)
		}
		b.Restart() // kills it first
	})
}

// killAndCompare is the run itself; outage takes one of the servers down and up
// again.
func killAndCompare(t *testing.T, c *centre, outage func(t *testing.T)) {
	random := rand.New(rand.NewPCG(seed(t), 1))
	people := importPeople(t, c, manyKiosks)
	clocks := make([]*clock, manyKiosks)
	for i := range clocks {
		clocks[i] = newClock(t, c, fmt.Sprintf("Door %d", i), false)
	}
	l := newTally()
	began := time.Now()
	var wg sync.WaitGroup
	for i, w := range clocks {
		cuts := map[int]time.Duration{}
		for range powerCuts {
			cuts[random.IntN(manyPunches)] = time.Duration(random.IntN(8000)) * time.Microsecond
		}
		wg.Go(func() { tapAway(t, w, people[i], i, manyPunches, cuts, l) })
	}
	tapped := make(chan struct{})
	go func() { defer close(tapped); wg.Wait() }()
	for i := range outages { // spread over the run
		due := manyKiosks * manyPunches * (i + 1) / (outages + 1)
		eventually(t, 3*time.Minute, "people go on tapping", func() bool { return l.count() >= due || t.Failed() })
		outage(t)
	}
	<-tapped
	t.Logf("tapped in %v, killed on the way: %d servers, %d kiosks", time.Since(began).Round(time.Millisecond), outages, manyKiosks*powerCuts)
	awaitDrained(t, clocks)
	awaitPunches(t, c, l)
	compare(t, c.punches(t), l)
	compareLogs(t, c, clocks)
	c.calm(t)
}

// calm fails the test if central had to heal what must not be ill: a kiosk that
// knows of records which central lacks, a gap, a fork, any other error.
func (c *centre) calm(t *testing.T) {
	t.Helper()
	b, err := os.ReadFile(c.proc.log)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if strings.Contains(line, "level=ERROR") || strings.Contains(line, "has gone back") {
			t.Errorf("central said: %s", line)
		}
	}
}

// tapAway makes n punches at one kiosk. At a cut it kills the daemon while the
// punch is on its way, the given time after it was sent.
func tapAway(t *testing.T, w *clock, person string, kiosk, n int, cuts map[int]time.Duration, l *tally) {
	for j := range n {
		note := fmt.Sprintf("%d.%d", kiosk, j)
		after, cut := cuts[j]
		if cut {
			time.AfterFunc(after, func() { _ = syscall.Kill(w.proc.cmd.Process.Pid, syscall.SIGKILL) })
		}
		_, err := w.punch(t, person, note)
		switch {
		case err == nil:
			l.note(l.shown, note)
		case cut:
			l.note(l.asked, note)
		default:
			t.Errorf("kiosk %d punch %d: %v", kiosk, j, err)
			return
		}
		if cut {
			<-w.proc.done
			w.up(t)
		}
	}
}

// awaitDrained waits until no kiosk has anything left to send.
func awaitDrained(t *testing.T, clocks []*clock) {
	t.Helper()
	began := time.Now()
	eventually(t, 2*time.Minute, "every kiosk has drained", func() bool {
		for _, w := range clocks {
			if s, err := w.local.State(t.Context()); err != nil || s.Queue != 0 {
				return false
			}
		}
		return true
	})
	t.Logf("drained %v later", time.Since(began).Round(time.Millisecond))
}

// awaitPunches waits until central's tables show as many punches as were shown.
func awaitPunches(t *testing.T, c *centre, l *tally) {
	t.Helper()
	eventually(t, 30*time.Second, "central shows as many punches as the screens", func() bool {
		return len(c.punches(t)) >= l.count()
	})
}

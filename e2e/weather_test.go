package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/ingest"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/linktest"
	"github.com/timepost/timepost/sync/record"
)

// TestEveryPunchOnceInBadWeather taps at 20 kiosks over a network that drops,
// repeats, reorders and stalls messages, cuts connections and goes down, while
// kiosks and central end and begin again, and compares what central holds with
// what was tapped. The cores and their tables are the real ones; time is not, so
// that hours of time-outs take seconds.
func TestEveryPunchOnceInBadWeather(t *testing.T) {
	t.Parallel()
	s := seed(t)
	synctest.Test(t, func(t *testing.T) { badWeather(t, s, 20, 500) })
}

func badWeather(t *testing.T, seed uint64, doors, each int) {
	began := time.Now()
	storm := linktest.Weather{Drop: 0.1, Repeat: 0.1, Reorder: 0.1, Stall: 0.05}
	net := linktest.New(seed, storm)
	sky := make(chan struct{})
	var air sync.WaitGroup
	air.Go(func() { ticking(net, sky) })
	c := newInProcess(t, net)
	c.start(t)
	kiosks := make([]*door, doors)
	for i := range kiosks {
		kiosks[i] = newDoor(t, c, fmt.Sprintf("door-%d", i), seed)
		kiosks[i].start(t)
	}
	l := newTally()
	var taps sync.WaitGroup
	for i, d := range kiosks {
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		taps.Go(func() { d.tapInStorm(t, i, each, random, l) })
	}
	misfortunes(t, c, net, rand.New(rand.NewPCG(seed, 1<<32)), &taps)
	eventuallySimulated(t, 2*time.Hour, "every door has drained in the storm", func() bool { return drained(t, kiosks) })
	stormy := net.Stats()
	net.SetWeather(linktest.Weather{})
	net.Settle()
	time.Sleep(5 * time.Minute)
	for _, d := range kiosks {
		d.stop(t)
	}
	c.stop()
	close(sky)
	air.Wait()
	compare(t, c.punches(t), l)
	for _, d := range kiosks {
		d.compareRecords(t, c)
	}
	counts := c.counts.All()
	t.Logf("network: %+v", stormy)
	t.Logf("central: %d duplicates, %d out of order, %d hellos in %v of simulated time", counts[ingest.Duplicates],
		counts[ingest.OutOfOrder], counts[ingest.Hellos], time.Since(began).Round(time.Second))
	if counts[ingest.Duplicates] == 0 || counts[ingest.OutOfOrder] == 0 || stormy.Dropped == 0 || stormy.Repeated == 0 {
		t.Error("the weather did not bite")
	}
	if bad := counts[ingest.Forks] + counts[ingest.Gaps] + counts[ingest.Faults] + counts[ingest.Forged] + counts[ingest.WentBack]; bad != 0 {
		t.Errorf("central counted forks, gaps, faults, forgeries, or took itself for gone back: %v", counts)
	}
}

// misfortunes cuts, parts and stops things until all taps are made.
func misfortunes(t *testing.T, c *inProcess, net *linktest.Network, random *rand.Rand, taps *sync.WaitGroup) {
	tapped := make(chan struct{})
	go func() { defer close(tapped); taps.Wait() }()
	for {
		select {
		case <-tapped:
			return
		case <-time.After(time.Duration(20+random.IntN(60)) * time.Second):
		}
		name := fmt.Sprintf("door-%d", random.IntN(20))
		switch random.IntN(4) {
		case 0:
			net.Cut(name)
		case 1:
			net.Partition(name, true)
			time.Sleep(time.Duration(random.IntN(90)) * time.Second)
			net.Partition(name, false)
		case 2:
			net.SetDown(true)
			time.Sleep(time.Duration(random.IntN(40)) * time.Second)
			net.SetDown(false)
		case 3:
			c.stop()
			time.Sleep(time.Duration(random.IntN(40)) * time.Second)
			c.start(t)
		}
	}
}

// ticking moves held messages on when nobody says anything.
func ticking(net *linktest.Network, done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		case <-time.After(time.Second):
			net.Tick()
		}
	}
}

func drained(t *testing.T, kiosks []*door) bool {
	for _, d := range kiosks {
		if h, err := d.journal.Head(t.Context()); err != nil || h.Queue != 0 {
			return false
		}
	}
	return true
}

// eventuallySimulated asks every simulated second.
func eventuallySimulated(t *testing.T, limit time.Duration, what string, so func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	for !so() {
		select {
		case <-ctx.Done():
			t.Fatalf("not within %v of simulated time: %s", limit, what)
		case <-time.After(time.Second):
		}
	}
}

// tapInStorm records n punches with pauses between, and now and then ends the
// program in between and starts it again.
func (d *door) tapInStorm(t *testing.T, number, n int, random *rand.Rand, l *tally) {
	actions := []attendance.Action{attendance.In, attendance.Out}
	restart := random.IntN(n)
	for j := range n {
		time.Sleep(time.Duration(random.IntN(4000)) * time.Millisecond)
		if j == restart {
			d.stop(t)
			d.start(t)
		}
		note := fmt.Sprintf("%d.%d", number, j)
		err := d.journal.Update(t.Context(), func(tx *devicedb.JournalTx) error {
			_, err := tx.Append(record.Body{
				Type: record.Punched, Person: "p-1", Action: actions[j%2], Auth: attendance.AuthPersonal, Note: note,
			})
			return err
		})
		if err != nil {
			t.Errorf("%s: %v", d.id, err)
			return
		}
		l.note(l.shown, note)
	}
}

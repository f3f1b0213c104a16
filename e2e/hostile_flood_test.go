package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/timepost/timepost/sync/wire"
)

// siege is how much a hostile kiosk does, and how long the others are watched.
type siege struct {
	honest   int
	calm     time.Duration // that each phase takes at least
	junk     int           // bytes
	connects int
	idle     int     // connections that say nothing meanwhile
	least    float64 // the share of their throughput that the others must keep
}

// siegeSize is short where it runs beside other tests, so that it can't promise
// much of the throughput; make hostile runs the long form by itself.
func siegeSize() siege {
	if os.Getenv("TIMEPOST_SIEGE") != "" {
		return siege{honest: 4, calm: 30 * time.Second, junk: 1 << 30, connects: 10_000, idle: 500, least: 0.25}
	}
	return siege{honest: 2, calm: 1500 * time.Millisecond, junk: 32 << 20, connects: 200, idle: 50, least: 0.02}
}

// TestOneHostileKioskAmongOthers: while a kiosk with a valid certificate sends
// junk as fast as it can, connects again and again and says what is signed and
// wrong, the others clock in: nothing of theirs is lost, read or changed, and how
// much slower it is for them is measured.
func TestOneHostileKioskAmongOthers(t *testing.T) {
	t.Parallel()
	size := siegeSize()
	c := newCentre(t)
	people := importPeople(t, c, size.honest)
	thief := newClock(t, c, "Stolen", false)
	if _, err := thief.punch(t, people[0], "9.0"); err != nil {
		t.Fatal(err)
	}
	s := &besieging{c: c, size: size, tally: newTally()}
	s.tally.note(s.tally.shown, "9.0")
	awaitDrained(t, []*clock{thief})
	thief.proc.kill9()
	for i := range size.honest {
		s.honest = append(s.honest, newClock(t, c, fmt.Sprintf("Door %d", i), false))
	}
	villain := newVillain(t, c, thief)
	s.run(t, people, villain)
	awaitDrained(t, s.honest)
	awaitPunches(t, c, s.tally)
	compare(t, c.punches(t), s.tally)
	villain.heardOnlyItsOwn(t)
	if text, err := os.ReadFile(c.proc.log); err != nil || strings.Count(string(text), "this server has gone back") > 1 {
		t.Errorf("the hostile kiosk began new generations at will (%v)", err)
	}
	compareLogs(t, c, s.honest)
	s.report(t)
}

// besieging is the others, and what they saw in each phase.
type besieging struct {
	c      *centre
	size   siege
	honest []*clock
	tally  *tally

	mu     sync.Mutex
	phases []watch
}

// watch is one phase as the others saw it.
type watch struct {
	name   string
	began  time.Time
	took   time.Duration
	acks   []time.Duration // from a punch until central's answer was written down
	memory int             // of central at its end, in KiB
	did    string
}

// run lets people clock in at every honest kiosk, one punch after the other as
// each is acknowledged, while the villain does one thing after the other.
func (s *besieging) run(t *testing.T, people []string, v *villain) {
	stop := make(chan struct{})
	var tapping sync.WaitGroup
	for i, w := range s.honest {
		tapping.Go(func() { s.tap(t, stop, w, people[i], i) })
	}
	for _, p := range []struct {
		name string
		do   func(t *testing.T) string
	}{
		{"calm", func(t *testing.T) string { pass(t, s.size.calm); return "" }},
		{"junk", func(t *testing.T) string { return v.junk(t, s.size.junk) }},
		{"connects", func(t *testing.T) string { return v.connects(t, s.honest[0].id, s.size.connects, s.size.idle) }},
		{"signed and wrong", func(t *testing.T) string { return v.lies(t, s.size.calm) }},
	} {
		s.mu.Lock()
		s.phases = append(s.phases, watch{name: p.name, began: time.Now()})
		s.mu.Unlock()
		var did []string
		for began := time.Now(); len(did) == 0 || time.Since(began) < s.size.calm; {
			did = append(did, p.do(t))
		}
		s.mu.Lock()
		now := &s.phases[len(s.phases)-1]
		now.took, now.did, now.memory = time.Since(now.began), strings.Join(did, " and "), memoryOf(t, s.c.proc.cmd.Process.Pid, "VmRSS")
		s.mu.Unlock()
	}
	close(stop)
	tapping.Wait()
}

// tap clocks one person in and out until stop.
func (s *besieging) tap(t *testing.T, stop <-chan struct{}, w *clock, person string, number int) {
	for j := 0; ; j++ {
		select {
		case <-stop:
			return
		default:
		}
		note := fmt.Sprintf("%d.%d", number, j)
		began := time.Now()
		if _, err := w.punch(t, person, note); err != nil {
			t.Errorf("punch %s: %v", note, err)
			return
		}
		s.tally.note(s.tally.shown, note)
		for {
			if st, err := w.local.State(t.Context()); err == nil && st.Queue == 0 {
				break
			}
			if time.Since(began) > time.Minute {
				t.Errorf("punch %s is not acknowledged within a minute", note)
				return
			}
			pass(t, 2*time.Millisecond)
		}
		s.mu.Lock()
		now := &s.phases[len(s.phases)-1]
		now.acks = append(now.acks, time.Since(began))
		s.mu.Unlock()
	}
}

// report logs the figures, and fails the test where the others suffered.
func (s *besieging) report(t *testing.T) {
	t.Helper()
	calm := 0.0
	for _, p := range s.phases {
		if len(p.acks) == 0 {
			t.Errorf("%s: nothing was acknowledged in %v", p.name, p.took)
			continue
		}
		rate := float64(len(p.acks)) / p.took.Seconds()
		if calm == 0 {
			calm = rate
		}
		slices.Sort(p.acks)
		n := len(p.acks)
		t.Logf("%-16s %6.1f s: %5.1f punches/s acknowledged (%.2f of calm), p50 %v, p99 %v, slowest %v; central %d MB; %s",
			p.name, p.took.Seconds(), rate, rate/calm, p.acks[n/2].Round(time.Millisecond),
			p.acks[n*99/100].Round(time.Millisecond), p.acks[n-1].Round(time.Millisecond), p.memory>>10, p.did)
		if rate < s.size.least*calm {
			t.Errorf("%s: the others have %.2f of their throughput left, less than %.2f", p.name, rate/calm, s.size.least)
		}
	}
}

// memoryOf reads a line of a process's status, in KiB.
func memoryOf(t *testing.T, pid int, line string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("/proc", fmt.Sprint(pid), "status"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\n"+line+":")
	var kib int
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return kib
}

// heardOnlyItsOwn fails the test if anything for others came to the villain.
func (v *villain) heardOnlyItsOwn(t *testing.T) {
	t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	for topic, n := range v.heard {
		if to, err := wire.ParseTopic(topic); err != nil || to.Kiosk != v.id.Kiosk {
			t.Errorf("the hostile kiosk got %d messages of %s", n, topic)
		}
	}
}

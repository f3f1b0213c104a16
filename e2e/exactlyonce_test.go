package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/timepost/timepost/central/client"
)

// tally is what a test was told: shown are the notes of punches with a receipt,
// asked those whose request got no answer, because a process was killed.
type tally struct {
	mu    sync.Mutex
	shown map[string]bool
	asked map[string]bool
}

func newTally() *tally { return &tally{shown: map[string]bool{}, asked: map[string]bool{}} }

func (l *tally) note(m map[string]bool, note string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m[note] = true
}

// seed gives the run's seed, printed so that a failure can be replayed.
func seed(t *testing.T) uint64 {
	t.Helper()
	s := uint64(time.Now().UnixNano())
	if v := os.Getenv("TIMEPOST_SEED"); v != "" {
		n, err := strconv.ParseUint(v, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		s = n
	}
	t.Logf("replay with TIMEPOST_SEED=%d", s)
	return s
}

// TestEveryPunchOnceWhileEverythingIsKilled taps at 20 kiosks while central
// (with its embedded broker) and kiosks are killed with SIGKILL at random, and
// compares what central holds with what the screens were told.
func TestEveryPunchOnceWhileEverythingIsKilled(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	killAndCompare(t, c, func(t *testing.T) {
		c.proc.kill9()
		c.up(t)
	})
}

// killAndCompare is the run itself; outage takes one of the servers down and up
// again.
func killAndCompare(t *testing.T, c *centre, outage func(t *testing.T)) {
	const kiosks, each, outages = 20, 500, 3
	random := rand.New(rand.NewPCG(seed(t), 1))
	people := importPeople(t, c, kiosks)
	clocks := make([]*clock, kiosks)
	for i := range clocks {
		clocks[i] = newClock(t, c, fmt.Sprintf("Door %d", i), false)
	}
	l := newTally()
	var wg sync.WaitGroup
	for i, w := range clocks {
		cuts := map[int]bool{random.IntN(each): true}
		wg.Go(func() { tapAway(t, w, people[i], i, each, cuts, l) })
	}
	tapped := make(chan struct{})
	go func() { defer close(tapped); wg.Wait() }()
	for range outages {
		select {
		case <-tapped:
		case <-time.After(time.Duration(1+random.IntN(3)) * time.Second):
		}
		outage(t)
	}
	<-tapped
	eventually(t, 2*time.Minute, "every kiosk has drained", func() bool {
		for _, w := range clocks {
			s, err := w.local.State(t.Context())
			if err != nil || s.Queue != 0 {
				return false
			}
		}
		return true
	})
	eventually(t, 30*time.Second, "central shows as many punches as the screens", func() bool {
		return len(c.punches(t)) >= len(l.shown)
	})
	compare(t, c.punches(t), l)
}

// tapAway makes n punches at one kiosk, killing it at the cuts.
func tapAway(t *testing.T, w *clock, person string, kiosk, n int, cuts map[int]bool, l *tally) {
	for j := range n {
		note := fmt.Sprintf("%d.%d", kiosk, j)
		if cuts[j] {
			stopped := make(chan struct{})
			go func() { defer close(stopped); w.proc.kill9() }()
			_, err := w.punch(t, person, note)
			if err == nil {
				l.note(l.shown, note)
			} else {
				l.note(l.asked, note)
			}
			<-stopped
			w.up(t)
			continue
		}
		if _, err := w.punch(t, person, note); err != nil {
			t.Errorf("kiosk %d punch %d: %v", kiosk, j, err)
			return
		}
		l.note(l.shown, note)
	}
}

// compare holds central's punches against the tally: every shown punch once,
// nothing that was never asked for, in the order of its kiosk, with no gap.
func compare(t *testing.T, got []client.Punch, l *tally) {
	t.Helper()
	seen := map[string]bool{}
	lastSeq, lastNote, journal := map[string]uint64{}, map[string]int{}, map[string]string{}
	for _, p := range got {
		if seen[p.Note] {
			t.Errorf("punch %s is doubled", p.Note)
		}
		seen[p.Note] = true
		if !l.shown[p.Note] && !l.asked[p.Note] {
			t.Errorf("punch %s was never made", p.Note)
		}
		_, number, _ := strings.Cut(p.Note, ".")
		n, err := strconv.Atoi(number)
		if err != nil {
			t.Fatal(err)
		}
		if p.Seq <= lastSeq[p.Kiosk] || lastSeq[p.Kiosk] > 0 && n <= lastNote[p.Kiosk] {
			t.Errorf("kiosk %s: punch %s at %d came after %d at %d", p.Kiosk, p.Note, p.Seq, lastNote[p.Kiosk], lastSeq[p.Kiosk])
		}
		lastSeq[p.Kiosk], lastNote[p.Kiosk] = p.Seq, n
		if journal[p.Kiosk] == "" {
			journal[p.Kiosk] = p.Journal
		}
		if journal[p.Kiosk] != p.Journal {
			t.Errorf("kiosk %s: punch %s is in another journal; none was damaged", p.Kiosk, p.Note)
		}
	}
	for note := range l.shown {
		if !seen[note] {
			t.Errorf("punch %s was shown as recorded and is lost", note)
		}
	}
	t.Logf("%d punches shown, %d unanswered, %d at central", len(l.shown), len(l.asked), len(got))
}

// importPeople makes n people and gives their ids.
func importPeople(t *testing.T, c *centre, n int) []string {
	t.Helper()
	var csv strings.Builder
	csv.WriteString("name,staff_no,team,role\n")
	for i := range n {
		fmt.Fprintf(&csv, "Person %d,%d,Team %d,regular\n", i, 1000+i, i%3)
	}
	got, err := c.api.ImportPeople(t.Context(), strings.NewReader(csv.String()), false)
	if err != nil || len(got.Errors) > 0 {
		t.Fatalf("import: %v %v", err, got.Errors)
	}
	ids := make([]string, len(got.People))
	for i, p := range got.People {
		ids[i] = p.ID
	}
	return ids
}

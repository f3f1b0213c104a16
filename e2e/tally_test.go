package e2e

import (
	"fmt"
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

// count gives how many punches were shown.
func (l *tally) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.shown)
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

// compare holds central's punches against the tally: every shown punch once,
// nothing that was never asked for, in the order of its kiosk, in one journal.
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
	lost := 0
	for note := range l.shown {
		if !seen[note] {
			lost++
			t.Errorf("punch %s was shown as recorded and is lost", note)
		}
	}
	t.Logf("%d punches shown, %d of them lost; %d unanswered, %d of them recorded; %d at central",
		len(l.shown), lost, len(l.asked), len(got)-(len(l.shown)-lost), len(got))
}

// importPeople makes n people and gives their ids.
func importPeople(t *testing.T, c *centre, n int) []string {
	t.Helper()
	ids := make([]string, n)
	for i, p := range importWithPINs(t, c, n) {
		ids[i] = p.ID
	}
	return ids
}

// importWithPINs makes n people and gives them as the answer of the import does.
func importWithPINs(t *testing.T, c *centre, n int) []client.Person {
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
	return got.People
}

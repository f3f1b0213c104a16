package e2e

import (
	"fmt"
	"testing"
)

// TestShownPunchesSurviveKills kills the daemon the moment each of 50 receipts
// has come, before it can have done anything more, and starts it again. Every
// punch that was shown must be in the journal, and arrive.
func TestShownPunchesSurviveKills(t *testing.T) {
	t.Parallel()
	const punches = 50
	c := newCentre(t)
	people := importPeople(t, c, 2)
	w := newClock(t, c, "Front Door", false)
	l := newTally()
	for i := range punches {
		note := fmt.Sprintf("0.%d", i)
		r, err := w.punch(t, people[i%2], note)
		w.proc.kill9()
		if err != nil {
			t.Fatalf("punch %d: %v", i, err)
		}
		l.note(l.shown, note)
		w.holds(t, r.Seq, note)
		w.up(t)
	}
	awaitDrained(t, []*clock{w})
	awaitPunches(t, c, l)
	compare(t, c.punches(t), l)
	compareLogs(t, c, []*clock{w})
}

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/timepost/timepost/central/client"
)

// TestAnOlderCardIsNamed: the card of a kiosk is put back to an older copy, with which
// people go on. Central says what happened and what to do, counts what came first, and
// loses nothing of the rest; it is over when somebody has said that they looked.
func TestAnOlderCardIsNamed(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	ann := hire(t, c, "Ann Able")
	w := newClock(t, c, "Side Door", false)
	tap(t, w, ann, "before")
	awaitDrained(t, []*clock{w})
	w.proc.stop(syscall.SIGTERM, 10*time.Second)
	card := filepath.Join(w.data(), "journal.db")
	old, err := os.ReadFile(card)
	if err != nil {
		t.Fatal(err)
	}
	w.up(t)
	tap(t, w, ann, "first")
	awaitDrained(t, []*clock{w})
	if all := flawsOf(t, c, w); len(all) != 0 {
		t.Fatalf("%+v", all)
	}
	w.proc.kill9()
	for _, tail := range []string{"-wal", "-shm"} {
		if err := os.Remove(card + tail); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(card, old, 0o600); err != nil {
		t.Fatal(err)
	}
	w.up(t)
	tap(t, w, ann, "second") // in the journal that central ends, whenever it hears of it
	eventually(t, 60*time.Second, "central names it", func() bool {
		all := flawsOf(t, c, w)
		return len(all) == 1 && all[0].Kind == "fork" && all[0].SeenAt.IsZero() && strings.Contains(all[0].Next, "under Review")
	})
	kiosks, err := c.api.Kiosks(t.Context())
	if err != nil || len(kiosks) != 1 || len(kiosks[0].Problems) == 0 || kiosks[0].Problems[0].Kind != "fork" || kiosks[0].Problems[0].Severity != "critical" {
		t.Errorf("%+v %v", kiosks, err)
	}
	if items := awaitReviews(t, c, 1); items["second"].Punch == nil { // what came second is not lost
		t.Errorf("%+v", items)
	}
	tap(t, w, ann, "in the new journal")
	awaitDrained(t, []*clock{w})
	eventually(t, 20*time.Second, "what came first counts, and what comes now", func() bool { return len(c.punches(t)) == 3 })
	if after, err := c.api.SeeFlaws(t.Context(), w.id); err != nil || len(after.Flaws) != 1 || after.Flaws[0].SeenBy == "" {
		t.Errorf("%+v %v", after, err)
	}
	if kiosks, err = c.api.Kiosks(t.Context()); err != nil || len(kiosks[0].Problems) != 0 {
		t.Errorf("%+v %v", kiosks, err)
	}
}

func flawsOf(t *testing.T, c *centre, w *clock) []client.Flaw {
	t.Helper()
	all, err := c.api.Flaws(t.Context(), w.id)
	if err != nil {
		t.Fatal(err)
	}
	return all.Flaws
}

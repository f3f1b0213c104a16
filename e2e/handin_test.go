package e2e

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/store"
)

// TestWhatARevokedKioskHeldIsNotLost: a kiosk is revoked while punches wait on it.
// When it reports again they come in all the same, count for nobody until somebody
// has said so, and the kiosk says what happened.
func TestWhatARevokedKioskHeldIsNotLost(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	ann := hire(t, c, "Ann Able")
	w := newClock(t, c, "Side Door", false)
	tap(t, w, ann, "sent")
	awaitDrained(t, []*clock{w})
	c.proc.kill9()
	tap(t, w, ann, "waits 1")
	tap(t, w, ann, "waits 2")
	w.proc.kill9()
	c.up(t)
	if _, err := c.api.RevokeKiosk(t.Context(), w.id); err != nil {
		t.Fatal(err)
	}
	w.up(t)
	items := awaitReviews(t, c, 2)
	for n, note := range []string{"waits 1", "waits 2"} {
		i := items[note]
		if i.Kind != "deposited" || i.Punch.PersonName != "Ann Able" || i.KioskName != "Side Door" {
			t.Errorf("%d: %+v", n, i)
		}
	}
	eventually(t, 20*time.Second, "the kiosk says so", func() bool {
		f, err := w.local.Facts(t.Context())
		return err == nil && f.Refused && f.Queue == 0 && f.HandedIn >= 2
	})
	eventually(t, 20*time.Second, "the touchscreen says so", func() bool {
		s, err := w.local.State(t.Context())
		return err == nil && s.Dismissed
	})
	if got := len(c.punches(t)); got != 1 {
		t.Errorf("%d punches count", got)
	}
	_, err := c.api.Decide(t.Context(), "deposited", items["waits 1"].Subject, client.Verdict{Decision: "accept", Reason: "Ann was there"})
	if err != nil {
		t.Fatal(err)
	}
	awaitReviews(t, c, 1)
	// What is recorded from now on is handed in, too.
	tap(t, w, ann, "after")
	awaitReviews(t, c, 2)
}

// TestADamagedJournalComesInLate: the journal of a kiosk is damaged with punches in it
// that were not sent. They come in from the file that was set aside.
func TestADamagedJournalComesInLate(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	ann := hire(t, c, "Ann Able")
	w := newClock(t, c, "Side Door", false)
	tap(t, w, ann, "sent")
	awaitDrained(t, []*clock{w})
	c.proc.kill9()
	tap(t, w, ann, "waits 1")
	tap(t, w, ann, "waits 2")
	w.proc.kill9()
	damage(t, filepath.Join(w.data(), "journal.db"))
	c.up(t)
	w.up(t)
	tap(t, w, ann, "in the new journal")
	items := awaitReviews(t, c, 2)
	if i := items["waits 1"]; i.Kind != "salvaged" || i.Punch.PersonName != "Ann Able" {
		t.Errorf("%+v", i)
	}
	awaitDrained(t, []*clock{w})
	eventually(t, 20*time.Second, "the new journal's punch counts", func() bool { return len(c.punches(t)) == 2 })
	kept, err := filepath.Glob(filepath.Join(w.data(), "journal.db.corrupt-*"))
	if err != nil || len(kept) < 2 { // the file, and the note that it is handed in
		t.Errorf("kept: %v %v", kept, err)
	}
}

func hire(t *testing.T, c *centre, name string) string {
	t.Helper()
	p, err := c.api.AddPerson(t.Context(), client.NewPerson{Name: name, Role: attendance.Regular})
	if err != nil {
		t.Fatal(err)
	}
	return p.ID
}

func tap(t *testing.T, w *clock, person, note string) {
	t.Helper()
	if _, err := w.punch(t, person, note); err != nil {
		t.Fatalf("punch %s: %v", note, err)
	}
}

// awaitReviews waits for n open reviews that tell of a punch, and gives them by note.
func awaitReviews(t *testing.T, c *centre, n int) map[string]client.Review {
	t.Helper()
	out := map[string]client.Review{}
	eventually(t, 60*time.Second, fmt.Sprint(n, " punches under review"), func() bool {
		page, err := c.api.Reviews(t.Context(), false, 0, 100)
		clear(out)
		for _, r := range page.Reviews {
			if r.Punch != nil {
				out[r.Punch.Note] = r
			}
		}
		return err == nil && len(out) == n
	})
	return out
}

// damage changes the last record behind the chain's back: its file is set aside.
func damage(t *testing.T, path string) {
	t.Helper()
	db, err := store.OpenDamaged(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), `UPDATE records SET sig = zeroblob(64) WHERE seq = (SELECT max(seq) FROM records)`)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

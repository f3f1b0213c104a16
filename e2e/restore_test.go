package e2e

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/client"
)

// TestARestoredServerHeals: a backup is made beside the running server. After it a PIN is
// changed, somebody comes, a kiosk is enrolled, and people punch everywhere. Then the
// server is lost and restored. Every punch is there, once; the kiosk that the backup does
// not know is back; PINs are those of the backup, and new ones go through as ever.
func TestARestoredServerHeals(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	ann, err := c.api.AddPerson(t.Context(), client.NewPerson{Name: "Ann Able", Role: attendance.Regular})
	if err != nil {
		t.Fatal(err)
	}
	front := newClock(t, c, "Front Door", true)
	by := func(w *clock, pin, note string) {
		t.Helper()
		eventually(t, 20*time.Second, "the PIN holds for "+note, func() bool {
			_, err := w.punchWith(t, ann.ID, pin, note)
			return err == nil
		})
	}
	by(front, ann.PIN, "before")
	awaitDrained(t, []*clock{front})

	file := filepath.Join(c.dir, "backup.tar.gz")
	run(t, nil, bin(t, "central"), "backup", "--data", c.data, "--out", file)

	after, err := c.api.SetPIN(t.Context(), ann.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	by(front, after.PIN, "with the new PIN")
	cat := hire(t, c, "Cat Cole")
	side := newClock(t, c, "Side Door", false)
	tap(t, side, ann.ID, "at the new kiosk")
	tap(t, side, cat, "of somebody new")
	awaitDrained(t, []*clock{front, side})

	// The server is lost. Its kiosks go on.
	c.proc.stop(syscall.SIGKILL, 10*time.Second)
	by(front, after.PIN, "while the server is lost")
	tap(t, side, ann.ID, "there, too")
	run(t, nil, bin(t, "central"), "restore", file, "--data", c.data, "--force")
	c.up(t)
	c.all = nil // ids begin anew

	allBack(t, c, []*clock{front, side}, "before", "with the new PIN", "at the new kiosk", "of somebody new", "while the server is lost", "there, too")
	bothThere(t, c)

	// The PIN of the backup holds again, and the one after it does not.
	by(front, ann.PIN, "after the restore")
	if _, err := front.punchWith(t, ann.ID, after.PIN, "must not be"); err == nil {
		t.Error("a PIN that the server does not know holds")
	}
	next, err := c.api.SetPIN(t.Context(), ann.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	by(front, next.PIN, "with the next PIN")
	run(t, nil, bin(t, "central"), "verify", "--data", c.data)
}

// allBack waits until every punch is at central, and holds that each is there once.
func allBack(t *testing.T, c *centre, clocks []*clock, notes ...string) {
	t.Helper()
	eventually(t, time.Minute, "every punch is back", func() bool { return len(c.punches(t)) >= len(notes) })
	awaitDrained(t, clocks)
	want, got := map[string]int{}, map[string]int{}
	for _, n := range notes {
		want[n]++
	}
	for _, p := range c.punches(t) {
		got[p.Note]++
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func bothThere(t *testing.T, c *centre) {
	t.Helper()
	kiosks, err := c.api.Kiosks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for _, k := range kiosks {
		names[k.Name] = k.Status
	}
	if d := cmp.Diff(map[string]string{"Front Door": "enrolled", "Side Door": "enrolled"}, names); d != "" {
		t.Error(d)
	}
}

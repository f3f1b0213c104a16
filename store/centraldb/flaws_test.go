package centraldb_test

import (
	"path/filepath"
	"testing"

	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

// What was looked into is over until it comes again; what goes on is one flaw.
func TestFlawsAreOpenUntilSomebodyLooks(t *testing.T) {
	t.Parallel()
	db, err := centraldb.Open(t.Context(), filepath.Join(t.TempDir(), "central.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	note := func(kind string, from, to uint64, at int64) {
		t.Helper()
		f := centraldb.Flaw{Kiosk: "gate", Journal: record.JournalID{1}, Kind: kind, From: from, To: to, LastAt: at}
		if err := db.NoteFlaw(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	open := func(want ...centraldb.Flaw) {
		t.Helper()
		all, err := db.OpenFlaws(t.Context())
		if err != nil || len(all["gate"]) != len(want) {
			t.Fatalf("%+v %v", all, err)
		}
		for n, f := range all["gate"] {
			f.Kiosk, f.Journal = "", record.JournalID{}
			if f != want[n] {
				t.Errorf("%+v, want %+v", f, want[n])
			}
		}
	}
	note(centraldb.FlawAltered, 5, 7, 10)
	note(centraldb.FlawAltered, 3, 4, 20)
	note(centraldb.FlawFork, 9, 9, 30)
	open(centraldb.Flaw{Kind: "altered", From: 3, To: 7, FirstAt: 10, LastAt: 20}, centraldb.Flaw{Kind: "fork", From: 9, To: 9, FirstAt: 30, LastAt: 30})
	err = db.Update(t.Context(), func(tx *centraldb.Tx) error {
		seen, err := tx.SeeFlaws(t.Context(), "gate", "ada", 40)
		if len(seen) != 2 {
			t.Errorf("%+v", seen)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	open()
	note(centraldb.FlawFork, 12, 13, 50)
	open(centraldb.Flaw{Kind: "fork", From: 12, To: 13, FirstAt: 50, LastAt: 50})
	all, err := db.KioskFlaws(t.Context(), "gate")
	if err != nil || len(all) != 2 || all[0].Kind != "fork" || all[1].SeenBy != "ada" || all[1].SeenAt != 40 {
		t.Errorf("%+v %v", all, err)
	}
	flood(t, db)
	note(centraldb.FlawGap, 1, 2, 70) // of another
	if all, err := db.OpenFlaws(t.Context()); err != nil || len(all["yard"]) != 50 || len(all["gate"]) != 2 {
		t.Errorf("%d and %d: %v", len(all["yard"]), len(all["gate"]), err)
	}
}

// flood is what a kiosk in bad hands does.
func flood(t *testing.T, db *centraldb.DB) {
	t.Helper()
	for n := range 100 {
		f := centraldb.Flaw{Kiosk: "yard", Journal: record.JournalID{2, byte(n)}, Kind: centraldb.FlawGap, LastAt: 60}
		if err := db.NoteFlaw(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
}

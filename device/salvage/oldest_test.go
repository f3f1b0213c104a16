package salvage_test

import (
	"testing"

	"github.com/timepost/timepost/store/devicedb"
)

// A restored central has everything up to right before the oldest record that the kiosk
// still holds: that record is handed in too.
func TestTheOldestRecordIsHandedIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.punch(8)
	recs, err := w.journal.After(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	id, last := recs[0].Journal, uint64(len(recs))
	must(w.journal.Release(t.Context(), id, last-2, recs[last-3].Hash, 4))
	for range 2 {
		must(w.journal.Update(t.Context(), func(tx *devicedb.JournalTx) error { return tx.Retain(devicedb.KeepFor, 2*devicedb.KeepFor) }))
	}
	must(w.journal.Release(t.Context(), id, last-3, recs[last-4].Hash, 5))
	w.central.gen = 5
	if n, err := w.sender.Deposit(t.Context()); err != nil || n != 3 {
		t.Errorf("%d records handed in, %v", n, err)
	}
	if got := w.central.got[id]; len(got) != 3 || got[last-2] != recs[last-3].Hash {
		t.Errorf("central got %v", got)
	}
}

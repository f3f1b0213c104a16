package centraldb_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

// Teams without people are offered too; people who left count in none. What a
// kiosk sent wrongly is counted for it alone.
func TestKioskCare(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	db, err := centraldb.Open(ctx, filepath.Join(t.TempDir(), "central.db"))
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	must(t, db.Update(ctx, func(tx *centraldb.Tx) error {
		if err := tx.AddKiosk(ctx, attendance.Kiosk{ID: "gate", Name: "Gate", Zone: "UTC"}, 1); err != nil {
			return err
		}
		return tx.AddPeople(ctx, []attendance.Person{
			{ID: "p-1", Name: "Ada", Team: "Bakery", Role: attendance.Regular, Active: true},
			{ID: "p-2", Name: "Ben", Team: "Bakery", Role: attendance.Regular, Active: true},
			{ID: "p-3", Name: "Cleo", Team: "Shop", Role: attendance.Regular},
			{ID: "p-4", Name: "Dora", Role: attendance.Regular, Active: true},
		}, 1)
	}))
	got, err := db.TeamSizes(ctx)
	must(t, err)
	if diff := cmp.Diff([]centraldb.TeamSize{{Name: "Bakery", People: 2}, {Name: "Shop"}}, got); diff != "" {
		t.Error(diff)
	}
	log, err := db.Records(ctx)
	must(t, err)
	journal, at := record.JournalID{7}, time.Unix(1, 0)
	must(t, log.Divert(ctx, "gate", journal, at, []centraldb.Aside{
		{Record: record.Record{Journal: journal, Seq: 1}, Kind: centraldb.Fork, Reason: "test"},
		{Record: record.Record{Journal: journal, Seq: 2}, Kind: centraldb.Fork, Reason: "test"},
	}))
	if moved, err := log.Gap(ctx, centraldb.Gap{Kiosk: "gate", Journal: record.JournalID{8}, To: 4, NoticedAt: at}); err != nil || !moved {
		t.Fatal(moved, err)
	}
	bad, err := db.KioskTroubles(ctx)
	must(t, err)
	if diff := cmp.Diff(map[string]centraldb.Trouble{"gate": {Quarantined: 2, Gaps: 1}}, bad); diff != "" {
		t.Error(diff)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

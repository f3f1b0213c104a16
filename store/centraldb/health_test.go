package centraldb_test

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

func healthDB(t *testing.T) (*centraldb.DB, func(func(context.Context, *centraldb.Tx) error)) {
	t.Helper()
	db, err := centraldb.Open(t.Context(), filepath.Join(t.TempDir(), "central.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	update := func(f func(context.Context, *centraldb.Tx) error) {
		t.Helper()
		if err := db.Update(t.Context(), func(tx *centraldb.Tx) error { return f(t.Context(), tx) }); err != nil {
			t.Fatal(err)
		}
	}
	update(func(ctx context.Context, tx *centraldb.Tx) error {
		return tx.AddKiosk(ctx, attendance.Kiosk{ID: "gate", Name: "Gate", Zone: "UTC"}, 1)
	})
	return db, update
}

// The last word is kept whole, of the past a bounded number of samples, and of a
// kiosk that does not exist nothing.
func TestHealthIsKeptAndBounded(t *testing.T) {
	t.Parallel()
	db, update := healthDB(t)
	heat, minute := 51000, int64(time.Minute)
	last := centraldb.KioskHealth{}
	update(func(ctx context.Context, tx *centraldb.Tx) error {
		for i := range 4 * 24 * 6 { // four days, one each ten minutes
			last = centraldb.KioskHealth{Kiosk: "gate", At: int64(i+1) * 10 * minute, Health: wire.Health{Software: "kioskd 1", Queue: i, Heat: &heat}}
			if i == 3 {
				last.Screens = 1
			}
			if err := tx.PutHealth(ctx, last); err != nil {
				return err
			}
		}
		return tx.PutHealth(ctx, centraldb.KioskHealth{Kiosk: "nowhere", At: 1})
	})
	last.HadScreen = true
	got, ok, err := db.Health(t.Context(), "gate")
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if d := cmp.Diff(last, got); d != "" {
		t.Error(d)
	}
	all, err := db.Healths(t.Context())
	if err != nil || len(all) != 1 {
		t.Errorf("%v, %v", all, err)
	}
	past, err := db.HealthPast(t.Context(), "gate")
	if err != nil || len(past) < 96 || len(past) > 192 {
		t.Fatalf("%d samples, %v", len(past), err)
	}
	if past[0].At < last.At-int64(48*time.Hour) || past[0].Heat == nil || *past[0].Heat != heat {
		t.Errorf("oldest sample: %+v", past[0])
	}
	update(func(ctx context.Context, tx *centraldb.Tx) error {
		return tx.PutHealth(ctx, centraldb.KioskHealth{Kiosk: "gate", At: 1}) // older than what is known
	})
	k, err := db.Kiosk(t.Context(), "gate")
	if err != nil || k.LastSeen != last.At || k.LastQueue != last.Queue {
		t.Errorf("%+v, %v", k, err)
	}
	if _, ok, err := db.Health(t.Context(), "nowhere"); ok || err != nil {
		t.Error(ok, err)
	}
}

// One alert of a kind goes on at a kiosk at a time.
func TestAlertsAreOneOfAKind(t *testing.T) {
	t.Parallel()
	db, update := healthDB(t)
	var ids []int64
	add := func(since int64) {
		update(func(ctx context.Context, tx *centraldb.Tx) error {
			id, err := tx.AddAlert(ctx, centraldb.Alert{Kiosk: "gate", Kind: "silent", Severity: "warning", Words: "quiet", Since: since, Told: true})
			ids = append(ids, id)
			return err
		})
	}
	add(1)
	add(2)
	update(func(ctx context.Context, tx *centraldb.Tx) error {
		if err := tx.SetAlert(ctx, ids[0], "critical", "very quiet"); err != nil {
			return err
		}
		return tx.EndAlert(ctx, ids[0], 5)
	})
	add(6)
	if !slices.Equal([]bool{ids[0] > 0, ids[1] == 0, ids[2] > ids[0]}, []bool{true, true, true}) {
		t.Errorf("ids %v", ids)
	}
	open, err := db.OpenAlerts(t.Context())
	if err != nil || len(open) != 1 || open[0].Since != 6 || !open[0].Told {
		t.Errorf("%+v, %v", open, err)
	}
	all, err := db.KioskAlerts(t.Context(), "gate", 10)
	if err != nil || len(all) != 2 || all[0].EndedAt != 0 || all[1].Words != "very quiet" {
		t.Errorf("%+v, %v", all, err)
	}
	update(func(ctx context.Context, tx *centraldb.Tx) error {
		ended, err := tx.EndedAlerts(ctx, 5)
		if err != nil || len(ended) != 1 {
			t.Errorf("%+v, %v", ended, err)
		}
		return tx.ForgetAlerts(ctx, 6)
	})
	if all, err := db.KioskAlerts(t.Context(), "gate", 10); err != nil || len(all) != 1 {
		t.Errorf("%+v, %v", all, err)
	}
}

package health_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/health"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

func open(t *testing.T, kiosks ...string) *centraldb.DB {
	t.Helper()
	db, err := centraldb.Open(t.Context(), filepath.Join(t.TempDir(), "central.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Create(t.Context(), centraldb.Organisation{ID: "acme", Name: "Acme", Zone: "UTC", Gen: 1, PINLen: 4}); err != nil {
		t.Fatal(err)
	}
	for _, id := range kiosks {
		err := db.Update(t.Context(), func(tx *centraldb.Tx) error {
			k := attendance.Kiosk{ID: id, Name: "Kiosk " + id, Zone: "UTC"}
			if err := tx.AddKiosk(t.Context(), k, 1); err != nil {
				return err
			}
			return tx.SetKioskIdentity(t.Context(), centraldb.Kiosk{Kiosk: k, Status: centraldb.KioskEnrolled, EnrolledAt: now.Add(-time.Hour).UnixNano()})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return db
}

// counted counts commits and fails on demand.
type counted struct {
	*centraldb.DB
	commits int
	err     error
}

func (c *counted) Update(ctx context.Context, f func(*centraldb.Tx) error) error {
	if c.commits++; c.err != nil {
		return c.err
	}
	return c.DB.Update(ctx, f)
}

// However much a kiosk tells, one commit writes down the last of it.
func TestABookWritesOnce(t *testing.T) {
	t.Parallel()
	db := &counted{DB: open(t, "a", "b")}
	b := health.NewBook(db, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	for i := range 1000 {
		b.Take("a", wire.Health{Queue: i})
	}
	b.Take("b", wire.Health{Queue: 5})
	if err := b.Write(t.Context()); err != nil || db.commits != 1 {
		t.Fatalf("%d commits, %v", db.commits, err)
	}
	got, err := db.Healths(t.Context())
	if err != nil || len(got) != 2 || got["a"].Queue != 999 || got["a"].At != now.UnixNano() {
		t.Fatalf("%+v, %v", got, err)
	}
	if err := b.Write(t.Context()); err != nil || db.commits != 1 {
		t.Errorf("nothing came in: %d commits, %v", db.commits, err)
	}
	db.err = errors.New("disk full")
	b.Take("a", wire.Health{})
	if err := b.Write(t.Context()); err == nil {
		t.Error("a failed write is not told")
	}
}

package audit_test

import (
	"context"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/store/centraldb"
)

// counted counts the rows that are read.
type counted struct {
	audit.Store
	rows atomic.Int64
}

func (c *counted) Audit(ctx context.Context, after int64, limit int) ([]centraldb.AuditRow, error) {
	rows, err := c.Store.Audit(ctx, after, limit)
	c.rows.Add(int64(len(rows)))
	return rows, err
}

// altered is a log in which somebody changes rows.
type altered struct {
	*centraldb.DB
	row int64
}

func (a *altered) Audit(ctx context.Context, after int64, limit int) ([]centraldb.AuditRow, error) {
	rows, err := a.DB.Audit(ctx, after, limit)
	rows = slices.Clone(rows)
	for i := range rows {
		if rows[i].ID == a.row {
			rows[i].Actor = "eve"
		}
	}
	return rows, err
}

// Only new rows are read each time, and once a day all of them.
func TestWatchReadsNewRowsOnly(t *testing.T) {
	t.Parallel()
	db, log := filled(t, 20)
	now := fixed()
	c := &counted{Store: db}
	w := audit.NewWatch(audit.New(c, func() time.Time { return now }), db, slog.New(slog.DiscardHandler))
	for i, step := range []struct {
		later time.Duration
		add   bool
		reads int64
		rows  int64
	}{{0, false, 20, 20}, {time.Minute, false, 0, 20}, {time.Minute, true, 1, 21}, {24 * time.Hour, true, 22, 22}, {time.Minute, false, 0, 22}} {
		now = now.Add(step.later)
		if step.add {
			err := db.Update(t.Context(), func(tx *centraldb.Tx) error { return log.Record(t.Context(), tx, "a", "login", "a", nil) })
			if err != nil {
				t.Fatal(err)
			}
		}
		c.rows.Store(0)
		w.Once(t.Context())
		if got := w.Watched(); c.rows.Load() != step.reads || got.Rows != step.rows || got.Broken != 0 || !got.At.Equal(now) {
			t.Errorf("step %d: read %d rows, %+v", i, c.rows.Load(), got)
		}
	}
}

// A row that was altered is found, said, and told to the owners once.
func TestWatchTellsOfADamagedLog(t *testing.T) {
	t.Parallel()
	db, _ := filled(t, 20)
	now := fixed()
	a := &altered{DB: db}
	w := audit.NewWatch(audit.New(a, func() time.Time { return now }), db, slog.New(slog.DiscardHandler))
	w.Once(t.Context())
	a.row = 7 // long verified: the next day shows it
	now = now.Add(24 * time.Hour)
	for range 3 {
		w.Once(t.Context())
		now = now.Add(time.Minute)
	}
	if got := w.Watched(); got.Broken != 7 || got.Rows != 6 {
		t.Errorf("%+v", got)
	}
	err := db.Update(t.Context(), func(tx *centraldb.Tx) error {
		_, told, err := tx.Unmailed(t.Context(), 10)
		if len(told) != 1 || told[0].Kind != "audit.broken" || told[0].Audience != centraldb.ToOwners {
			t.Errorf("%+v", told)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	a.row = 0 // a copy of the log was put back
	now = now.Add(24 * time.Hour)
	w.Once(t.Context())
	if got := w.Watched(); got.Broken != 0 || got.Rows != 20 {
		t.Errorf("after it was put right: %+v", got)
	}
}

// nobody's log is empty.
type nobody struct{ looks atomic.Int64 }

func (n *nobody) Audit(context.Context, int64, int) ([]centraldb.AuditRow, error) {
	n.looks.Add(1)
	return nil, nil
}

func (n *nobody) Update(context.Context, func(*centraldb.Tx) error) error { return nil }

func TestWatchRunsUntilItIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &nobody{}
		w := audit.NewWatch(audit.New(n, time.Now), n, slog.New(slog.DiscardHandler))
		ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute+time.Second)
		defer stop()
		if err := w.Run(ctx); err != nil || n.looks.Load() != 6 {
			t.Errorf("%d looks, %v", n.looks.Load(), err)
		}
	})
}

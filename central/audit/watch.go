package audit

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// How often rows that are new are verified, and how often all of them again: a
// row that was altered long ago shows then at the latest.
const (
	newRows = time.Minute
	allRows = 24 * time.Hour
)

// Watched is how far the log was verified by a Watch.
type Watched struct {
	Rows   int64     // that hold
	At     time.Time // of the last look; zero: there has been none
	Broken int64     // the first row that does not hold; 0: all do
}

// Teller tells owners of a log that does not hold.
type Teller interface {
	Update(ctx context.Context, f func(tx *centraldb.Tx) error) error
}

// Watch verifies the log while the server runs, so that no page has to.
type Watch struct {
	log    *Log
	teller Teller
	logger *slog.Logger

	mu   sync.Mutex
	head Head
	seen Watched
	full time.Time // when the whole log was last begun with
}

// NewWatch gives a Watch.
func NewWatch(log *Log, teller Teller, logger *slog.Logger) *Watch {
	return &Watch{log: log, teller: teller, logger: logger}
}

// Watched tells how far the log was verified.
func (w *Watch) Watched() Watched {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen
}

// Run verifies the whole log, and then new rows every minute and the whole log
// once a day, until ctx ends.
func (w *Watch) Run(ctx context.Context) error {
	tick := time.NewTicker(newRows)
	defer tick.Stop()
	for {
		w.Once(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Once verifies what is due, and tells the owners where the log does not hold.
// It is not called twice at a time.
func (w *Watch) Once(ctx context.Context) {
	now := w.log.now()
	from := w.from(now)
	head, err := w.log.verify(ctx, from, Head{})
	if err != nil && !problem.Is(err, problem.Damaged) {
		if ctx.Err() == nil {
			w.logger.Error("verify audit log", "err", err)
		}
		return
	}
	if !w.note(now, head, err) {
		return
	}
	w.logger.Error("audit log does not hold", "row", head.Rows+1, "err", err)
	if err := w.teller.Update(ctx, func(tx *centraldb.Tx) error { return tx.AddNotice(ctx, brokenNotice(head, now)) }); err != nil {
		w.logger.Error("tell of the audit log", "err", err)
	}
}

// from gives where to begin: the last good row, or nothing once a day.
func (w *Watch) from(now time.Time) Head {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now.Sub(w.full) >= allRows {
		w.full = now
		return Head{}
	}
	return w.head
}

// note keeps the outcome, and says whether a break is news.
func (w *Watch) note(now time.Time, head Head, broken error) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	before := w.seen.Broken
	w.head, w.seen = head, Watched{Rows: head.Rows, At: now}
	if broken == nil {
		return false
	}
	w.seen.Broken = head.Rows + 1
	return before != w.seen.Broken
}

func brokenNotice(head Head, now time.Time) centraldb.Notice {
	return centraldb.Notice{
		At: now.UnixNano(), Kind: "audit.broken", Key: fmt.Sprintf("audit.broken:%d", head.Rows+1), Audience: centraldb.ToOwners,
		Title: "The audit log does not hold",
		Body: fmt.Sprintf("Row %d of the audit log is not what was written, or is missing. Somebody changed the database directly,\n"+
			"or the disk is failing. Keep a copy of the database and look into it.\n\n"+
			"On the server, this checks it again: central audit verify", head.Rows+1),
		Path: "/audit",
	}
}

// Exported records that the log was handed out, before it is: by whom, what was
// chosen of it, and as what. The rows that were handed out don't have this one.
func (w *Watch) Exported(ctx context.Context, actor string, detail any) error {
	return w.teller.Update(ctx, func(tx *centraldb.Tx) error {
		return w.log.Record(ctx, tx, actor, "audit.export", "", detail)
	})
}

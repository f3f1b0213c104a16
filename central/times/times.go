package times

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/timepost/timepost/attendance/clocktrust"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

// Store is the log and the tables. Untimed gives what is projected and not yet looked
// at, in order of arrival, and the cursor.
type Store interface {
	Untimed(ctx context.Context, limit int) ([]centraldb.Logged, int64, error)
	Update(ctx context.Context, f func(*centraldb.Tx) error) error
}

// Auditor writes a row of the audit log in the transaction of what it tells of.
type Auditor interface {
	Record(ctx context.Context, tx *centraldb.Tx, actor, action, subject string, detail any) error
}

// Config is what a Times stands on. All fields are needed.
type Config struct {
	Store   Store
	Audit   Auditor
	Changed func(people []string) // called after a commit with whom it moved; must not block
	Now     func() time.Time
	Log     *slog.Logger
}

// How much is looked at in one step, and how long is waited: for more of a burst, and
// after a failure.
const (
	chunk = 500
	calm  = 200 * time.Millisecond
	again = 5 * time.Second
)

// anchorsApart is how far apart anchors of one source are kept, in nanoseconds: the
// doubt that grows in ten minutes is 90 ms.
const anchorsApart = int64(10 * time.Minute)

// Times is a service; Wake may be called at any time.
type Times struct {
	Config
	wake chan struct{}
}

// New gives a Times.
func New(c Config) *Times { return &Times{c, make(chan struct{}, 1)} }

// Wake says that records were projected. It never blocks.
func (t *Times) Wake() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// Run looks at what was projected, until ctx ends.
func (t *Times) Run(ctx context.Context) error {
	for {
		wait := calm
		n, err := t.Once(ctx)
		if err != nil && ctx.Err() == nil {
			t.Log.Error("times of punches wait", "err", err)
			wait = again
		}
		if n == 0 && err == nil {
			select {
			case <-ctx.Done():
				return nil
			case <-t.wake:
			}
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}

// Once looks at the next records and gives how many there were.
func (t *Times) Once(ctx context.Context) (int, error) {
	rows, upto, err := t.Store.Untimed(ctx, chunk)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	s := step{t: t, boots: map[string]map[int64]int64{}, moved: map[string]bool{}}
	err = t.Store.Update(ctx, func(tx *centraldb.Tx) error {
		clear(s.boots) // Update may run this again
		clear(s.moved)
		if done, err := tx.MoveTimes(ctx, upto, rows[len(rows)-1].ID); err != nil || !done {
			return err
		}
		for _, l := range rows {
			if err := s.take(ctx, tx, l); err != nil {
				return fmt.Errorf("record %d: %w", l.ID, err)
			}
		}
		for _, kiosk := range slices.Sorted(maps.Keys(s.boots)) {
			if err := s.resolve(ctx, tx, kiosk); err != nil {
				return fmt.Errorf("times of %s: %w", kiosk, err)
			}
		}
		return nil
	})
	if err == nil && len(s.moved) > 0 {
		t.Changed(slices.Sorted(maps.Keys(s.moved)))
	}
	return len(rows), err
}

// step is one look at records.
type step struct {
	t     *Times
	boots map[string]map[int64]int64 // by kiosk: boots with new anchors, and the first one's At; a kiosk with something new is there
	moved map[string]bool            // people whose punches were put right
}

// take notes what one record says of times. What can't be read says nothing.
func (s *step) take(ctx context.Context, tx *centraldb.Tx, l centraldb.Logged) error {
	b, err := record.Decode(l.Body)
	if err != nil {
		return nil //nolint:nilerr // the projector has counted it
	}
	if b.Type == record.Opened && b.PrevJournal != (record.JournalID{}) {
		if err := tx.LinkJournal(ctx, l.Kiosk, l.Journal, b.PrevJournal); err != nil {
			return err
		}
	}
	at, ok := clocktrust.Elapsed(b.Stamp)
	if !ok || b.Stamp.BootID == "" || at > clocktrust.Longest {
		return nil
	}
	boot, err := tx.SeeBoot(ctx, centraldb.Boot{Kiosk: l.Kiosk, BootID: b.Stamp.BootID, Journal: l.Journal, Seq: l.Seq, Lasted: at})
	if err != nil {
		return err
	}
	if s.boots[l.Kiosk] == nil {
		s.boots[l.Kiosk] = map[int64]int64{}
	}
	if _, ok := b.Punch(l.Kiosk); ok {
		if err := tx.AddTime(ctx, l.ID, boot, at); err != nil {
			return err
		}
	}
	for _, a := range anchorsOf(b) {
		kept, err := tx.AddAnchor(ctx, boot, a, anchorsApart)
		if err != nil {
			return err
		}
		if before, ok := s.boots[l.Kiosk][boot]; kept && (!ok || a.At < before) {
			s.boots[l.Kiosk][boot] = a.At
		}
	}
	return nil
}

// anchorsOf gives what a record says of the true time.
func anchorsOf(b record.Body) []clocktrust.Anchor {
	var out []clocktrust.Anchor
	if a, ok := clocktrust.OfStamp(0, b.Stamp); ok {
		out = append(out, a)
	}
	if a := b.Anchor; b.Type == record.Clock && a != nil && a.Source != "" {
		out = append(out, clocktrust.Anchor{At: a.At, UTC: a.UTC, Err: a.Err, Source: a.Source})
	}
	return slices.DeleteFunc(out, func(a clocktrust.Anchor) bool { return !a.Sane() })
}

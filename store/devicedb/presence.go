package devicedb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// Remote is where central says a person stands, and up to which record of this
// kiosk's own journal it had counted when it said so.
type Remote struct {
	attendance.Presence
	Journal record.JournalID
	AsOf    uint64
}

// Presence gives what central last said of a person; ok is false where it has
// said nothing.
func (c *Cache) Presence(ctx context.Context, person string) (r Remote, ok bool, err error) {
	var since int64
	var journal []byte
	r.Person = person
	err = c.here.QueryRowContext(ctx, person).Scan(&r.State, &since, &r.Project, &r.Kiosk, &journal, &r.AsOf)
	if errors.Is(err, sql.ErrNoRows) {
		return Remote{}, false, nil
	}
	if err != nil {
		return Remote{}, false, faulted(fmt.Errorf("read presence: %w", err))
	}
	copy(r.Journal[:], journal)
	if since != 0 {
		r.Since = time.Unix(0, since).UTC()
	}
	return r, true, nil
}

// ApplyPresence takes what central says of people whose last punch was made
// elsewhere. A page of an older generation fails with problem.Untrusted; a row
// that had counted less of this kiosk's journal than the one we have is old news
// and skipped. A row without a known state is refused with the whole page.
func (c *Cache) ApplyPresence(ctx context.Context, page wire.PresencePage) error {
	if page.Gen > math.MaxInt64 || page.AsOf > math.MaxInt64 {
		return invalidPage("a number too large")
	}
	for _, r := range page.Rows {
		switch attendance.State(r.State) {
		case attendance.StateIn, attendance.StateOut, attendance.StateBreak:
		default:
			return invalidPage("an unknown state")
		}
	}
	err := c.db.Write(context.WithoutCancel(ctx), func(tx *sql.Tx) error {
		var gen uint64
		if err := tx.QueryRowContext(ctx, `SELECT gen FROM roster`).Scan(&gen); err != nil {
			return fmt.Errorf("read generation: %w", err)
		}
		if page.Gen < gen {
			return problem.New(problem.Untrusted, "The server sent older news than this kiosk has.", "")
		}
		return putPresence(ctx, tx, page)
	})
	if err != nil {
		return faulted(fmt.Errorf("apply presence: %w", err))
	}
	if len(page.Rows) > 0 {
		c.others.Store(true)
	}
	c.changed()
	return nil
}

// Elsewhere says whether central has ever told of punches made at other kiosks:
// where it never has, what was recorded here is all there is.
func (c *Cache) Elsewhere() bool { return c.others.Load() }

func (c *Cache) lookElsewhere(ctx context.Context) error {
	var some bool
	if err := c.db.Reader().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM presence)`).Scan(&some); err != nil {
		return fmt.Errorf("read presence: %w", err)
	}
	c.others.Store(some)
	return nil
}

func putPresence(ctx context.Context, tx *sql.Tx, page wire.PresencePage) error {
	put, err := tx.PrepareContext(ctx, `INSERT INTO presence (person, state, since, project, kiosk, gen, journal, as_of)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (person) DO UPDATE SET state = excluded.state, since = excluded.since, project = excluded.project,
			kiosk = excluded.kiosk, gen = excluded.gen, journal = excluded.journal, as_of = excluded.as_of
		WHERE excluded.gen > gen OR excluded.gen = gen AND (excluded.journal <> journal OR excluded.as_of >= as_of)`)
	if err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	for _, r := range page.Rows {
		_, err := put.ExecContext(ctx, r.Person, r.State, r.Since, r.Project, r.Kiosk,
			int64(page.Gen), page.Journal[:], int64(page.AsOf))
		if err != nil {
			return fmt.Errorf("write presence: %w", err)
		}
	}
	return put.Close()
}

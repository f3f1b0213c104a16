package devicedb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// Summary is what a person has recorded lately, wherever it was, and up to which
// record of this kiosk's own journal central had counted when it said so.
type Summary struct {
	Since   time.Time // the punches begin here
	Punches []wire.SummaryPunch
	Came    time.Time // when it was heard, by this kiosk's clock
	Journal record.JournalID
	AsOf    uint64
}

// Summary gives what central last said of a person's own punches; ok is false
// where it has said nothing.
func (c *Cache) Summary(ctx context.Context, person string) (s Summary, ok bool, err error) {
	var since, came int64
	var punches, journal []byte
	err = c.sums.QueryRowContext(ctx, person).Scan(&since, &punches, &came, &journal, &s.AsOf)
	if errors.Is(err, sql.ErrNoRows) {
		return s, false, nil
	}
	if err != nil {
		return s, false, faulted(fmt.Errorf("read summary: %w", err))
	}
	if err := json.Unmarshal(punches, &s.Punches); err != nil {
		return s, false, problem.New(problem.Damaged, "This kiosk's list is damaged.", "Ask your supervisor.").Because(errors.Join(errRow, err))
	}
	copy(s.Journal[:], journal)
	s.Since, s.Came = time.Unix(0, since).UTC(), time.Unix(0, came).UTC()
	return s, true, nil
}

// ApplySummary takes what central says of people's own punches, heard at now. A
// page of an older generation fails with problem.Untrusted; a row that had counted
// less of this kiosk's journal than the one we have is old news and skipped. A row
// without a person or with too many punches is refused with the whole page.
func (c *Cache) ApplySummary(ctx context.Context, now time.Time, page wire.SummaryPage) error {
	if page.Gen > math.MaxInt64 || page.AsOf > math.MaxInt64 {
		return invalidPage("a number too large")
	}
	for _, r := range page.Rows {
		if r.Person == "" || len(r.Punches) > wire.MaxSummary {
			return invalidPage("a summary of nobody, or too long")
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
		return putSummaries(ctx, tx, now, page)
	})
	if err != nil {
		return faulted(fmt.Errorf("apply summary: %w", err))
	}
	return nil
}

func putSummaries(ctx context.Context, tx *sql.Tx, now time.Time, page wire.SummaryPage) error {
	put, err := tx.PrepareContext(ctx, `INSERT INTO summaries (person, since, punches, came, gen, journal, as_of)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (person) DO UPDATE SET since = excluded.since, punches = excluded.punches, came = excluded.came,
			gen = excluded.gen, journal = excluded.journal, as_of = excluded.as_of
		WHERE excluded.gen > gen OR excluded.gen = gen AND (excluded.journal <> journal OR excluded.as_of >= as_of)`)
	if err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	for _, r := range page.Rows {
		punches, err := json.Marshal(r.Punches)
		if err != nil {
			return fmt.Errorf("encode summary: %w", err)
		}
		_, err = put.ExecContext(ctx, r.Person, r.From, punches, now.UnixNano(), int64(page.Gen), page.Journal[:], int64(page.AsOf))
		if err != nil {
			return fmt.Errorf("write summary: %w", err)
		}
	}
	return put.Close()
}

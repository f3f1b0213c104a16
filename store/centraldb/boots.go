package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/timepost/timepost/attendance/clocktrust"
	"github.com/timepost/timepost/sync/record"
)

// Boot is one life of a kiosk's machine, from its start to its end.
type Boot struct {
	ID       int64
	Kiosk    string
	BootID   string           // the kernel's
	Journal  record.JournalID // where it was seen first
	Seq      uint64
	Lasted   int64 // nanoseconds by its crystal, at least
	Anchored bool  // something vouches for the time in it
}

// timesProjection names the cursor of what is known of times.
const timesProjection = "times"

// Untimed gives records that are projected and not yet looked at for what they say of
// times, in order of arrival, at most limit, and the cursor.
func (d *DB) Untimed(ctx context.Context, limit int) (_ []Logged, upto int64, err error) {
	err = d.db.Reader().QueryRowContext(ctx, `SELECT COALESCE((SELECT upto FROM projections WHERE name = $1), 0)`, timesProjection).Scan(&upto)
	if err != nil {
		return nil, 0, fmt.Errorf("read cursor of times: %w", err)
	}
	var out []Logged
	err = each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var l Logged
		var journal []byte
		err := r.Scan(&l.ID, &l.Kiosk, &journal, &l.Seq, &l.Body, &l.ReceivedAt)
		copy(l.Journal[:], journal)
		out = append(out, l)
		return err
	}, `SELECT id, kiosk, journal, seq, body, received_at FROM records
		WHERE id > $1 AND id <= (SELECT upto FROM projections WHERE name = $2) ORDER BY id LIMIT $3`, upto, projection, limit)
	if err != nil {
		return nil, 0, fmt.Errorf("read log: %w", err)
	}
	return out, upto, nil
}

// MoveTimes moves the cursor of times; false where it is not at from any more.
func (t *Tx) MoveTimes(ctx context.Context, from, to int64) (bool, error) {
	return moveProjection(ctx, t.tx, timesProjection, from, to)
}

// SeeBoot notes that a machine was up for at least b.Lasted in a boot, and gives its id.
// Where a boot was seen first stays.
func (t *Tx) SeeBoot(ctx context.Context, b Boot) (id int64, err error) {
	err = t.tx.QueryRowContext(ctx, `INSERT INTO boots (kiosk, boot_id, journal, seq, lasted) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (kiosk, boot_id) DO UPDATE SET lasted = max(boots.lasted, excluded.lasted) RETURNING id`,
		b.Kiosk, b.BootID, b.Journal[:], int64(b.Seq), b.Lasted).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("note boot: %w", err)
	}
	return id, nil
}

// LinkJournal notes which journal a kiosk's goes on from.
func (t *Tx) LinkJournal(ctx context.Context, kiosk string, journal, prev record.JournalID) error {
	_, err := t.tx.ExecContext(ctx, `INSERT INTO journal_links (kiosk, journal, prev) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, kiosk, journal[:], prev[:])
	if err != nil {
		return fmt.Errorf("link journal: %w", err)
	}
	return nil
}

// JournalLinks gives for each journal of a kiosk the one it goes on from, where it does.
func (t *Tx) JournalLinks(ctx context.Context, kiosk string) (map[record.JournalID]record.JournalID, error) {
	out := map[record.JournalID]record.JournalID{}
	err := each(ctx, t.tx, func(r *sql.Rows) error {
		var a, b []byte
		err := r.Scan(&a, &b)
		var journal, prev record.JournalID
		copy(journal[:], a)
		copy(prev[:], b)
		out[journal] = prev
		return err
	}, `SELECT journal, prev FROM journal_links WHERE kiosk = $1`, kiosk)
	if err != nil {
		return nil, fmt.Errorf("read journal links: %w", err)
	}
	return out, nil
}

// Boots reads all boots of a kiosk's machines, in no order.
func (t *Tx) Boots(ctx context.Context, kiosk string) ([]Boot, error) {
	var out []Boot
	err := each(ctx, t.tx, func(r *sql.Rows) error {
		b := Boot{Kiosk: kiosk}
		var journal []byte
		err := r.Scan(&b.ID, &b.BootID, &journal, &b.Seq, &b.Lasted, &b.Anchored)
		copy(b.Journal[:], journal)
		out = append(out, b)
		return err
	}, `SELECT b.id, b.boot_id, b.journal, b.seq, b.lasted, EXISTS (SELECT 1 FROM clock_anchors a WHERE a.boot = b.id) FROM boots b WHERE b.kiosk = $1`, kiosk)
	if err != nil {
		return nil, fmt.Errorf("read boots: %w", err)
	}
	return out, nil
}

// AddAnchor keeps what vouches for the time in a boot, unless the same source did so
// less than apart before, nanoseconds, with an error that is not worth more. It says
// whether it was kept. a.Boot does not count.
func (t *Tx) AddAnchor(ctx context.Context, boot int64, a clocktrust.Anchor, apart int64) (bool, error) {
	var one int
	err := t.tx.QueryRowContext(ctx, `SELECT 1 FROM clock_anchors WHERE boot = $1 AND source = $2 AND at > $3 AND at <= $4 AND err <= $5 + $6 LIMIT 1`,
		boot, a.Source, a.At-apart, a.At, a.Err, a.Err/4).Scan(&one)
	if err == nil {
		return false, nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return false, fmt.Errorf("look for anchor: %w", err)
	}
	_, err = t.tx.ExecContext(ctx, `INSERT INTO clock_anchors (boot, at, utc, err, source) VALUES ($1, $2, $3, $4, $5)`, boot, a.At, a.UTC, a.Err, a.Source)
	if err != nil {
		return false, fmt.Errorf("keep anchor: %w", err)
	}
	return true, nil
}

// Anchors reads what vouches for the time in a boot: its first anchor, its last one, and
// those with from <= At <= to. Their Boot is 0.
func (t *Tx) Anchors(ctx context.Context, boot, from, to int64) ([]clocktrust.Anchor, error) {
	var out []clocktrust.Anchor
	err := each(ctx, t.tx, func(r *sql.Rows) error {
		var a clocktrust.Anchor
		err := r.Scan(&a.At, &a.UTC, &a.Err, &a.Source)
		out = append(out, a)
		return err
	}, `SELECT at, utc, err, source FROM clock_anchors WHERE boot = $1 AND (at BETWEEN $2 AND $3
		OR at = (SELECT min(at) FROM clock_anchors WHERE boot = $1) OR at = (SELECT max(at) FROM clock_anchors WHERE boot = $1)) ORDER BY at`, boot, from, to)
	if err != nil {
		return nil, fmt.Errorf("read anchors: %w", err)
	}
	return out, nil
}

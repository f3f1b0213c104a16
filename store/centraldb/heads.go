package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/timepost/timepost/sync/record"
)

// JournalHead is a record as far as the chain of its journal needs it. ID is its order
// of arrival among all records.
type JournalHead struct {
	JournalKey
	Seq  uint64
	Hash record.Hash
	ID   int64
}

func scanHead(r *sql.Rows, h *JournalHead, more ...any) error {
	var journal, hash []byte
	if err := r.Scan(append([]any{&h.Kiosk, &journal, &h.Seq, &hash, &h.ID}, more...)...); err != nil {
		return err
	}
	copy(h.Journal[:], journal)
	copy(h.Hash[:], hash) // of another length: it is wrong, and shows as such
	return nil
}

// HeadsNow gives the last record of every journal, by kiosk and journal, all as of one
// moment, and the last record that had come in then; 0: none.
func (d *DB) HeadsNow(ctx context.Context) (heads []JournalHead, upto int64, err error) {
	err = each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var h JournalHead
		err := scanHead(r, &h, &upto)
		heads = append(heads, h)
		return err
	}, `SELECT c.kiosk, c.journal, r.seq, r.hash, r.id, m.top FROM cursors c
		JOIN records r ON r.kiosk = c.kiosk AND r.journal = c.journal AND r.seq =
			(SELECT MAX(x.seq) FROM records x WHERE x.kiosk = c.kiosk AND x.journal = c.journal)
		CROSS JOIN (SELECT MAX(id) AS top FROM records) m ORDER BY c.kiosk, c.journal`)
	if err != nil {
		return nil, 0, fmt.Errorf("read heads of journals: %w", err)
	}
	return heads, upto, nil
}

// HeadsAfter reads up to limit records by kiosk, journal and number, after one; the
// zero JournalHead stands before the first.
func (d *DB) HeadsAfter(ctx context.Context, after JournalHead, limit int) ([]JournalHead, error) {
	out := make([]JournalHead, 0, limit)
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var h JournalHead
		err := scanHead(r, &h)
		out = append(out, h)
		return err
	}, `SELECT kiosk, journal, seq, hash, id FROM records WHERE (kiosk, journal, seq) > ($1, $2, $3)
		ORDER BY kiosk, journal, seq LIMIT $4`, after.Kiosk, after.Journal[:], after.Seq, limit)
	if err != nil {
		return nil, fmt.Errorf("read log of all journals: %w", err)
	}
	return out, nil
}

// AuditEnd reads the last row of the audit log; problem.NotFound where there is none.
func (d *DB) AuditEnd(ctx context.Context) (AuditRow, error) {
	var a AuditRow
	err := d.db.Reader().QueryRowContext(ctx, `SELECT id, at, actor, action, subject, detail, hash FROM audit ORDER BY id DESC LIMIT 1`).
		Scan(&a.ID, &a.At, &a.Actor, &a.Action, &a.Subject, &a.Detail, &a.Hash)
	if errors.Is(err, sql.ErrNoRows) {
		return a, notFound("row in the audit log")
	}
	if err != nil {
		return a, fmt.Errorf("read end of audit log: %w", err)
	}
	return a, nil
}

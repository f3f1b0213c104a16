package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/timepost/timepost/sync/record"
)

// Records is the log: what kiosks have sent, insert-only. It is safe for
// concurrent use.
type Records struct {
	d    *DB
	many *sql.Stmt // rowsPerInsert records in one statement
	one  *sql.Stmt
}

// rowsPerInsert is a full batch: one statement costs a third of a hundred.
const rowsPerInsert = 100

// Records prepares the statements of the log. They live as long as the DB.
func (d *DB) Records(ctx context.Context) (*Records, error) {
	r := &Records{d: d}
	var err error
	if r.many, err = d.db.Prepare(ctx, insertRecords(rowsPerInsert)); err != nil {
		return nil, fmt.Errorf("open records: %w", err)
	}
	if r.one, err = d.db.Prepare(ctx, insertRecords(1)); err != nil {
		return nil, errors.Join(fmt.Errorf("open records: %w", err), r.many.Close())
	}
	return r, nil
}

// insertRecords gives one INSERT of n rows that share kiosk, journal and
// received_at ($1 to $3).
func insertRecords(n int) string {
	var b strings.Builder
	b.WriteString(`INSERT INTO records (kiosk, journal, received_at, seq, body, hash, sig) VALUES `)
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("($1, $2, $3")
		for j := range 4 {
			b.WriteString(", $" + strconv.Itoa(4+4*i+j))
		}
		b.WriteString(")")
	}
	return b.String()
}

// The kinds of Aside.
const (
	Fault = "fault" // unusable; its seq is passed
	Fork  = "fork"  // the seq was taken by other content
)

// Aside is a record that is kept but not counted.
type Aside struct {
	Kind   string
	Reason string
	Record record.Record
}

// Batch is a run of consecutive records and where it leaves the cursor.
type Batch struct {
	Kiosk      string
	Journal    record.JournalID
	Before     Cursor // what the run was judged against
	Good       []record.Record
	Asides     []Aside // of kind Fault
	Through    uint64
	Hash       record.Hash // the carried hash at Through
	ReceivedAt time.Time
	Flaws      []Flaw // what its first record tells of the journal before, in a new one
}

// Append stores several batches in one durable commit. stored[i] is false where
// the cursor had moved since batch i was judged; nothing of that batch is
// stored then. On an error nothing is stored at all.
func (r *Records) Append(ctx context.Context, batches []Batch) (stored []bool, err error) {
	stored = make([]bool, len(batches))
	err = r.d.db.Write(ctx, func(tx *sql.Tx) error {
		for i, b := range batches {
			if stored[i], err = moveCursor(ctx, tx, b); err != nil {
				return err
			}
			if !stored[i] {
				continue
			}
			if err := r.insert(ctx, tx, b); err != nil {
				return err
			}
			if err := setAside(ctx, tx, b.Kiosk, b.ReceivedAt, b.Asides); err != nil {
				return err
			}
			if err := addFlaws(ctx, tx, b.Flaws); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("append records: %w", err)
	}
	return stored, nil
}

func (r *Records) insert(ctx context.Context, tx *sql.Tx, b Batch) error {
	args := make([]any, 0, 3+4*rowsPerInsert)
	args = append(args, b.Kiosk, b.Journal[:], b.ReceivedAt.UnixNano())
	rows := b.Good
	for len(rows) > 0 {
		n, st := 1, r.one
		if len(rows) >= rowsPerInsert {
			n, st = rowsPerInsert, r.many
		}
		args = args[:3]
		for i := range rows[:n] {
			args = append(args, rows[i].Seq, blob(rows[i].Body), rows[i].Hash[:], blob(rows[i].Sig))
		}
		if _, err := tx.StmtContext(ctx, st).ExecContext(ctx, args...); err != nil {
			return fmt.Errorf("insert records: %w", err)
		}
		rows = rows[n:]
	}
	return nil
}

// Divert keeps asides of a journal without moving its cursor. When one of them
// is a fork the journal is closed. Repeating it changes nothing.
func (r *Records) Divert(ctx context.Context, kiosk string, journal record.JournalID, at time.Time, asides []Aside) error {
	return r.d.db.Write(ctx, func(tx *sql.Tx) error {
		if err := setAside(ctx, tx, kiosk, at, asides); err != nil {
			return err
		}
		for _, a := range asides {
			if a.Kind != Fork {
				continue
			}
			_, err := tx.ExecContext(ctx, `UPDATE cursors SET state = 'closed' WHERE kiosk = $1 AND journal = $2`, kiosk, journal[:])
			if err != nil {
				return fmt.Errorf("close journal: %w", err)
			}
			return nil
		}
		return nil
	})
}

// setAside keeps asides; those that were not there yet are flaws of the chain.
func setAside(ctx context.Context, tx *sql.Tx, kiosk string, at time.Time, asides []Aside) error {
	var fresh []Aside
	for _, a := range asides {
		res, err := tx.ExecContext(ctx,
			`INSERT INTO quarantine (kiosk, journal, seq, kind, reason, body, hash, sig, received_at)
			 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
			kiosk, a.Record.Journal[:], a.Record.Seq, a.Kind, a.Reason, blob(a.Record.Body), a.Record.Hash[:], blob(a.Record.Sig), at.UnixNano())
		if err != nil {
			return fmt.Errorf("set record aside: %w", err)
		}
		n, err := res.RowsAffected()
		if err != nil {
			return fmt.Errorf("set record aside: %w", err)
		}
		if n > 0 {
			fresh = append(fresh, a)
		}
	}
	return noteAsides(ctx, tx, kiosk, at.UnixNano(), fresh)
}

// Hashes gives the carried hashes central has for seqs from to to of a journal,
// of records and of faults; a seq inside a gap has none.
func (r *Records) Hashes(ctx context.Context, kiosk string, journal record.JournalID, from, to uint64) (_ map[uint64]record.Hash, err error) {
	rows, err := r.d.db.Reader().QueryContext(ctx,
		`SELECT seq, hash FROM records WHERE kiosk = $1 AND journal = $2 AND seq BETWEEN $3 AND $4
		 UNION ALL
		 SELECT seq, hash FROM quarantine WHERE kind = 'fault' AND kiosk = $1 AND journal = $2 AND seq BETWEEN $3 AND $4`,
		kiosk, journal[:], from, to)
	if err != nil {
		return nil, fmt.Errorf("read hashes: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	out := map[uint64]record.Hash{}
	for rows.Next() {
		var seq uint64
		var b []byte
		if err := rows.Scan(&seq, &b); err != nil {
			return nil, fmt.Errorf("read hashes: %w", err)
		}
		if out[seq], err = record.ParseHash(b); err != nil {
			return nil, fmt.Errorf("read hashes: %w", err)
		}
	}
	return out, rows.Err()
}

// Of gives the good records of a journal, in order of seq.
func (r *Records) Of(ctx context.Context, kiosk string, journal record.JournalID) ([]record.Record, error) {
	var out []record.Record
	err := each(ctx, r.d.db.Reader(), func(rows *sql.Rows) error {
		rec := record.Record{Journal: journal}
		var hash []byte
		if err := rows.Scan(&rec.Seq, &rec.Body, &hash, &rec.Sig); err != nil {
			return err
		}
		var err error
		rec.Hash, err = record.ParseHash(hash)
		out = append(out, rec)
		return err
	}, `SELECT seq, body, hash, sig FROM records WHERE kiosk = $1 AND journal = $2 ORDER BY seq`, kiosk, journal[:])
	if err != nil {
		return nil, fmt.Errorf("read records: %w", err)
	}
	return out, nil
}

// Asides gives what was set aside of a journal, in order of seq.
func (r *Records) Asides(ctx context.Context, kiosk string, journal record.JournalID) ([]Aside, error) {
	var out []Aside
	err := each(ctx, r.d.db.Reader(), func(rows *sql.Rows) error {
		a := Aside{Record: record.Record{Journal: journal}}
		var hash []byte
		if err := rows.Scan(&a.Kind, &a.Reason, &a.Record.Seq, &a.Record.Body, &hash, &a.Record.Sig); err != nil {
			return err
		}
		var err error
		a.Record.Hash, err = record.ParseHash(hash)
		out = append(out, a)
		return err
	}, `SELECT kind, reason, seq, body, hash, sig FROM quarantine WHERE kiosk = $1 AND journal = $2 ORDER BY seq, kind, hash`, kiosk, journal[:])
	if err != nil {
		return nil, fmt.Errorf("read records set aside: %w", err)
	}
	return out, nil
}

// blob gives b, never nil: the driver writes a nil slice as NULL.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

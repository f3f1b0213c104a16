package centraldb

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/record"
)

// Cursor is how far central has got in one journal of one kiosk: everything up
// to Through is in records, in quarantine or in a gap.
type Cursor struct {
	Through uint64
	Hash    record.Hash // the carried hash at Through; zero: not known, because a gap ends there
	Closed  bool        // the journal has forked: nothing of it is counted any more
	Known   bool        // there is a row; false only with Through 0
}

// Cursor reads the cursor of one journal; a journal nobody has seen gives the
// zero Cursor.
func (r *Records) Cursor(ctx context.Context, kiosk string, journal record.JournalID) (Cursor, error) {
	var c Cursor
	var hash []byte
	var state string
	err := r.d.db.Reader().QueryRowContext(ctx,
		`SELECT through, hash, state FROM cursors WHERE kiosk = $1 AND journal = $2`, kiosk, journal[:]).
		Scan(&c.Through, &hash, &state)
	if errors.Is(err, sql.ErrNoRows) {
		return Cursor{}, nil
	}
	if err != nil {
		return Cursor{}, fmt.Errorf("read cursor: %w", err)
	}
	if c.Hash, err = record.ParseHash(hash); err != nil {
		return Cursor{}, fmt.Errorf("read cursor: %w", err)
	}
	c.Closed, c.Known = state == "closed", true
	return c, nil
}

// moveCursor takes the cursor from before to (through, hash). It reports false
// when somebody else has moved it since before was read.
func moveCursor(ctx context.Context, tx *sql.Tx, b Batch) (bool, error) {
	var res sql.Result
	var err error
	if b.Before.Known {
		res, err = tx.ExecContext(ctx,
			`UPDATE cursors SET through = $1, hash = $2 WHERE kiosk = $3 AND journal = $4 AND through = $5 AND hash = $6 AND state = 'open'`,
			b.Through, b.Hash[:], b.Kiosk, b.Journal[:], b.Before.Through, b.Before.Hash[:])
	} else {
		res, err = tx.ExecContext(ctx,
			`INSERT INTO cursors (kiosk, journal, through, hash, first_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
			b.Kiosk, b.Journal[:], b.Through, b.Hash[:], b.ReceivedAt.UnixNano())
	}
	if err != nil {
		return false, fmt.Errorf("move cursor: %w", err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return false, fmt.Errorf("move cursor: %w", err)
	}
	return n == 1, nil
}

// Gap is a stretch of a journal that its kiosk no longer holds.
type Gap struct {
	Kiosk     string
	Journal   record.JournalID
	Before    Cursor // what it was judged against
	To        uint64 // the last lost seq; the first is Before.Through+1
	NoticedAt time.Time
}

// Gap writes the gap down and moves the cursor behind it. It reports false when
// the cursor has moved since it was read; nothing has happened then.
func (r *Records) Gap(ctx context.Context, g Gap) (moved bool, err error) {
	err = r.d.db.Write(ctx, func(tx *sql.Tx) error {
		b := Batch{Kiosk: g.Kiosk, Journal: g.Journal, Before: g.Before, Through: g.To, ReceivedAt: g.NoticedAt}
		if moved, err = moveCursor(ctx, tx, b); err != nil || !moved {
			return err
		}
		_, err := tx.ExecContext(ctx,
			`INSERT INTO gaps (kiosk, journal, from_seq, to_seq, noticed_at) VALUES ($1, $2, $3, $4, $5)`,
			g.Kiosk, g.Journal[:], g.Before.Through+1, g.To, g.NoticedAt.UnixNano())
		if err != nil {
			return fmt.Errorf("write gap: %w", err)
		}
		return putFlaw(ctx, tx, Flaw{
			Kiosk: g.Kiosk, Journal: g.Journal, Kind: FlawGap, From: g.Before.Through + 1, To: g.To, LastAt: g.NoticedAt.UnixNano(),
		})
	})
	return moved, err
}

// Gaps gives the gaps in a kiosk's journals, the oldest first. Of Before only
// Through is known.
func (r *Records) Gaps(ctx context.Context, kiosk string) ([]Gap, error) {
	var out []Gap
	err := each(ctx, r.d.db.Reader(), func(rows *sql.Rows) error {
		g := Gap{Kiosk: kiosk}
		var journal []byte
		var from, at int64
		if err := rows.Scan(&journal, &from, &g.To, &at); err != nil {
			return err
		}
		copy(g.Journal[:], journal)
		g.Before.Through, g.NoticedAt = uint64(from-1), time.Unix(0, at).UTC()
		out = append(out, g)
		return nil
	}, `SELECT journal, from_seq, to_seq, noticed_at FROM gaps WHERE kiosk = $1 ORDER BY noticed_at, journal, from_seq`, kiosk)
	if err != nil {
		return nil, fmt.Errorf("read gaps: %w", err)
	}
	return out, nil
}

// KioskKey gives the key a kiosk's messages are signed with: problem.NotFound
// for a kiosk that is unknown or not enrolled, problem.Forbidden for a revoked one.
func (d *DB) KioskKey(ctx context.Context, kiosk string) (ed25519.PublicKey, error) {
	var key []byte
	var status string
	err := d.db.Reader().QueryRowContext(ctx, `SELECT record_key, status FROM kiosks WHERE id = $1`, kiosk).Scan(&key, &status)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, problem.New(problem.NotFound, "There is no such kiosk.", "")
	case err != nil:
		return nil, fmt.Errorf("read kiosk key: %w", err)
	case status == "revoked":
		return nil, problem.New(problem.Forbidden, "This kiosk has been revoked.", "")
	case status != "enrolled" || len(key) != ed25519.PublicKeySize:
		return nil, problem.New(problem.NotFound, "This kiosk is not enrolled.", "")
	}
	return key, nil
}

// Seen is what a kiosk said of itself in a hello.
type Seen struct {
	Kiosk    string
	At       time.Time
	Queue    int // records not yet acknowledged
	Roster   uint64
	Keyset   uint64 // version of the one in force there
	Software string
}

// Seen notes that a kiosk was heard of.
func (d *DB) Seen(ctx context.Context, s Seen) error {
	return d.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx,
			`UPDATE kiosks SET last_seen = $1, last_queue = $2, last_roster = $3, last_keyset = $4, software = $5 WHERE id = $6`,
			s.At.UnixNano(), s.Queue, s.Roster, s.Keyset, s.Software, s.Kiosk)
		if err != nil {
			return fmt.Errorf("note kiosk seen: %w", err)
		}
		return nil
	})
}

// FleetSize counts the enrolled kiosks.
func (d *DB) FleetSize(ctx context.Context) (int, error) {
	var n int
	if err := d.db.Reader().QueryRowContext(ctx, `SELECT count(*) FROM kiosks WHERE status = 'enrolled'`).Scan(&n); err != nil {
		return 0, fmt.Errorf("count kiosks: %w", err)
	}
	return n, nil
}

// Generation gives the generation of this server's data.
func (d *DB) Generation(ctx context.Context) (uint64, error) {
	var text string
	if err := d.db.Reader().QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'gen'`).Scan(&text); err != nil {
		return 0, fmt.Errorf("read generation: %w", err)
	}
	gen, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read generation: %w", err)
	}
	return gen, nil
}

// RaiseGeneration begins generation gen unless the data is there or further
// already, and gives the one in force.
func (d *DB) RaiseGeneration(ctx context.Context, gen uint64) (uint64, error) {
	err := d.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE meta SET value = $1 WHERE key = 'gen' AND CAST(value AS BIGINT) < $2`,
			strconv.FormatUint(gen, 10), gen)
		if err != nil {
			return fmt.Errorf("raise generation: %w", err)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return d.Generation(ctx)
}

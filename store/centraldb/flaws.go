package centraldb

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/timepost/timepost/sync/record"
)

// The kinds of Flaw.
const (
	FlawAltered   = "altered"   // records whose bytes or signatures do not hold
	FlawGap       = "gap"       // numbers that the kiosk no longer holds and central never got
	FlawRollback  = "rollback"  // the kiosk holds an older copy of what it has sent
	FlawFork      = "fork"      // the journal goes on in two ways from one record
	FlawRewritten = "rewritten" // the kiosk holds other content than what it has sent before
)

// Flaw is a place where the chain of a kiosk's journal does not hold. Instants are
// unix nanoseconds.
type Flaw struct {
	Kiosk    string
	Journal  record.JournalID
	Kind     string
	From, To uint64 // the numbers that it is about
	FirstAt  int64
	LastAt   int64
	SeenAt   int64  // 0: nobody has looked into it
	SeenBy   string // who has
}

// mostFlaws bounds how many of a kind are open of one kiosk: a kiosk in bad hands can
// begin a journal with every message.
const mostFlaws = 50

const noteFlaw = `INSERT INTO chain_flaws (kiosk, journal, kind, from_seq, to_seq, first_at, last_at)
	SELECT $1, $2, $3, $4, $5, $6, $6 WHERE EXISTS (SELECT 1 FROM chain_flaws x WHERE x.kiosk = $1 AND x.journal = $2 AND x.kind = $3)
		OR (SELECT COUNT(*) FROM chain_flaws x WHERE x.kiosk = $1 AND x.kind = $3 AND x.seen_at = 0) < $7
	ON CONFLICT (kiosk, journal, kind) DO UPDATE SET
	from_seq = CASE WHEN seen_at <> 0 OR excluded.from_seq < from_seq THEN excluded.from_seq ELSE from_seq END,
	to_seq = CASE WHEN seen_at <> 0 OR excluded.to_seq > to_seq THEN excluded.to_seq ELSE to_seq END,
	first_at = CASE WHEN seen_at <> 0 THEN excluded.first_at ELSE first_at END,
	last_at = excluded.last_at, seen_at = 0, seen_by = ''`

// NoteFlaw writes a flaw down, as of b.LastAt. One that was looked into and comes
// again is open again. Beyond many of a kind that are open no more are written.
func (d *DB) NoteFlaw(ctx context.Context, b Flaw) error {
	return d.db.Write(ctx, func(tx *sql.Tx) error { return putFlaw(ctx, tx, b) })
}

// NoteFlaw is DB.NoteFlaw in a transaction.
func (t *Tx) NoteFlaw(ctx context.Context, b Flaw) error { return putFlaw(ctx, t.tx, b) }

func putFlaw(ctx context.Context, tx *sql.Tx, b Flaw) error {
	_, err := tx.ExecContext(ctx, noteFlaw, b.Kiosk, b.Journal[:], b.Kind, b.From, b.To, b.LastAt, mostFlaws)
	if err != nil {
		return fmt.Errorf("note flaw of a journal: %w", err)
	}
	return nil
}

// addFlaws writes down what a new journal tells of the one before. Where that is known
// to be rewritten, that says it all.
func addFlaws(ctx context.Context, tx *sql.Tx, all []Flaw) error {
	for _, f := range all {
		known, err := exists(ctx, tx, `SELECT 1 FROM chain_flaws WHERE kiosk = $1 AND journal = $2 AND kind = 'rewritten'`, f.Kiosk, f.Journal[:])
		if err != nil {
			return fmt.Errorf("look for flaws of a journal: %w", err)
		}
		if known {
			continue
		}
		if err := putFlaw(ctx, tx, f); err != nil {
			return err
		}
	}
	return nil
}

// flawOf names the flaw that an aside is; "" where it is none.
func flawOf(a Aside) string {
	if a.Kind == Fork {
		return FlawFork
	}
	switch record.Fault(a.Reason) {
	case record.Altered, record.Unsigned, record.Malformed:
		return FlawAltered
	}
	return "" // it came late, and is whole
}

// noteAsides writes down what records that were newly set aside mean for the chain.
func noteAsides(ctx context.Context, tx *sql.Tx, kiosk string, at int64, asides []Aside) error {
	found := map[string]Flaw{}
	for _, a := range asides {
		kind, seq := flawOf(a), a.Record.Seq
		if kind == "" {
			continue
		}
		b, ok := found[kind]
		if !ok {
			b = Flaw{Kiosk: kiosk, Journal: a.Record.Journal, Kind: kind, From: seq, LastAt: at}
		}
		b.From, b.To = min(b.From, seq), max(b.To, seq)
		found[kind] = b
	}
	for _, b := range found {
		if err := putFlaw(ctx, tx, b); err != nil {
			return err
		}
	}
	return nil
}

const flawColumns = `kiosk, journal, kind, from_seq, to_seq, first_at, last_at, seen_at, seen_by`

func readFlaws(ctx context.Context, q querier, where string, args ...any) ([]Flaw, error) {
	var out []Flaw
	err := each(ctx, q, func(r *sql.Rows) error {
		var b Flaw
		var journal []byte
		err := r.Scan(&b.Kiosk, &journal, &b.Kind, &b.From, &b.To, &b.FirstAt, &b.LastAt, &b.SeenAt, &b.SeenBy)
		copy(b.Journal[:], journal)
		out = append(out, b)
		return err
	}, `SELECT `+flawColumns+` FROM chain_flaws WHERE `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read flaws of journals: %w", err)
	}
	return out, nil
}

// OpenFlaws reads the flaws that nobody has looked into, by kiosk, oldest first.
func (d *DB) OpenFlaws(ctx context.Context) (map[string][]Flaw, error) {
	all, err := readFlaws(ctx, d.db.Reader(), `seen_at = 0 ORDER BY kiosk, first_at, kind, journal`)
	out := map[string][]Flaw{}
	for _, b := range all {
		out[b.Kiosk] = append(out[b.Kiosk], b)
	}
	return out, err
}

// KioskFlaws reads the flaws of a kiosk, open ones first, then the newest.
func (d *DB) KioskFlaws(ctx context.Context, kiosk string) ([]Flaw, error) {
	return readFlaws(ctx, d.db.Reader(), `kiosk = $1 ORDER BY seen_at <> 0, last_at DESC, kind, journal LIMIT 200`, kiosk)
}

// SeeFlaws says that somebody has looked into the open flaws of a kiosk, and gives
// those.
func (t *Tx) SeeFlaws(ctx context.Context, kiosk, by string, at int64) ([]Flaw, error) {
	open, err := readFlaws(ctx, t.tx, `kiosk = $1 AND seen_at = 0 ORDER BY first_at, kind, journal`, kiosk)
	if err != nil {
		return nil, err
	}
	return open, exec(ctx, t.tx, nil, `UPDATE chain_flaws SET seen_at = $1, seen_by = $2 WHERE kiosk = $3 AND seen_at = 0`, at, by, kiosk)
}

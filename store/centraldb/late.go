package centraldb

import (
	"context"
	"fmt"

	"github.com/timepost/timepost/sync/record"
)

// The kinds of what came in late, at the device listener. They are kinds of a review too.
const (
	Deposited = "deposited" // from a kiosk whose keys were revoked or replaced
	Salvaged  = "salvaged"  // from a journal that was closed, damaged or left behind
)

// LateTakenBack begins the reason of a punch that its person took back at the
// kiosk; the number of the record that says so follows.
const LateTakenBack = "taken back by record "

// Late is a record that came in late. It is kept and does not count by itself. Asks
// says that a person has to decide about it.
type Late struct {
	Record record.Record
	Reason string
	Asks   bool
}

// AddLate keeps records of a kiosk that came in late, and says how many of them
// are new. What the log or what was set aside has already, with the same hash, is
// left out; other content under a number that is taken is kept apart. At is unix
// nanoseconds.
func (t *Tx) AddLate(ctx context.Context, kiosk, kind string, at int64, rows []Late) (added int, err error) {
	for _, l := range rows {
		r := l.Record
		res, err := t.tx.ExecContext(ctx, `INSERT INTO late_records (kiosk, journal, seq, hash, kind, reason, asks, body, sig, received_at)
			SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
			WHERE NOT EXISTS (SELECT 1 FROM records r WHERE r.kiosk = $1 AND r.journal = $2 AND r.seq = $3 AND r.hash = $4)
				AND NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.kiosk = $1 AND q.journal = $2 AND q.seq = $3 AND q.hash = $4)
			ON CONFLICT DO NOTHING`,
			kiosk, r.Journal[:], r.Seq, r.Hash[:], kind, l.Reason, flag(l.Asks), blob(r.Body), blob(r.Sig), at)
		if err != nil {
			return 0, fmt.Errorf("keep late record: %w", err)
		}
		n, err := res.RowsAffected()
		if err != nil {
			return 0, fmt.Errorf("keep late record: %w", err)
		}
		added += int(n)
	}
	return added, nil
}

// CountLate counts what has come in late from a kiosk.
func (t *Tx) CountLate(ctx context.Context, kiosk string) (int, error) {
	n, err := count(ctx, t.tx, `SELECT COUNT(*) FROM late_records WHERE kiosk = $1`, kiosk)
	if err != nil {
		return 0, fmt.Errorf("count late records: %w", err)
	}
	return n, nil
}

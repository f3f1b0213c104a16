package centraldb

import (
	"context"
	"database/sql"
	"fmt"
	"sort"

	"github.com/timepost/timepost/sync/record"
)

// Chain is one journal of one kiosk as central has it. Through and Hash are its cursor.
type Chain struct {
	Kiosk   string
	Journal record.JournalID
	Through uint64
	Hash    record.Hash // zero: not known, a gap ends there
	Absent  []Stretch   // gaps, and records that were set aside as unusable, by From
}

// Stretch is consecutive numbers of a journal that are not in the log. Hash is the
// carried hash at To, where it is known.
type Stretch struct {
	From, To uint64
	Hash     record.Hash
}

// Chains reads every journal that central has anything of.
func (d *DB) Chains(ctx context.Context) ([]Chain, error) {
	var out []Chain
	at := map[JournalKey]int{}
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var c Chain
		var journal, hash []byte
		if err := r.Scan(&c.Kiosk, &journal, &c.Through, &hash); err != nil {
			return err
		}
		copy(c.Journal[:], journal)
		var err error
		c.Hash, err = record.ParseHash(hash)
		at[JournalKey{c.Kiosk, c.Journal}] = len(out)
		out = append(out, c)
		return err
	}, `SELECT kiosk, journal, through, hash FROM cursors ORDER BY kiosk, first_at, journal`)
	if err != nil {
		return nil, fmt.Errorf("read journals: %w", err)
	}
	err = each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var k JournalKey
		var s Stretch
		var journal, hash []byte
		if err := r.Scan(&k.Kiosk, &journal, &s.From, &s.To, &hash); err != nil {
			return err
		}
		copy(k.Journal[:], journal)
		copy(s.Hash[:], hash)
		if n, ok := at[k]; ok {
			out[n].Absent = append(out[n].Absent, s)
		}
		return nil
	}, `SELECT kiosk, journal, from_seq, to_seq, x'' FROM gaps
		UNION ALL SELECT kiosk, journal, seq, seq, hash FROM quarantine WHERE kind = 'fault'`)
	if err != nil {
		return nil, fmt.Errorf("read what journals lack: %w", err)
	}
	for _, c := range out {
		sort.Slice(c.Absent, func(a, b int) bool { return c.Absent[a].From < c.Absent[b].From })
	}
	return out, nil
}

// JournalKey names one journal of one kiosk.
type JournalKey struct {
	Kiosk   string
	Journal record.JournalID
}

// RecordsAfter reads up to limit records of a journal with a seq above after, in order.
func (d *DB) RecordsAfter(ctx context.Context, kiosk string, journal record.JournalID, after uint64, limit int) ([]record.Record, error) {
	var out []record.Record
	err := each(ctx, d.db.Reader(), func(rows *sql.Rows) error {
		rec := record.Record{Journal: journal}
		var hash []byte
		if err := rows.Scan(&rec.Seq, &rec.Body, &hash, &rec.Sig); err != nil {
			return err
		}
		var err error
		rec.Hash, err = record.ParseHash(hash)
		out = append(out, rec)
		return err
	}, `SELECT seq, body, hash, sig FROM records WHERE kiosk = $1 AND journal = $2 AND seq > $3 ORDER BY seq LIMIT $4`,
		kiosk, journal[:], after, limit)
	if err != nil {
		return nil, fmt.Errorf("read records: %w", err)
	}
	return out, nil
}

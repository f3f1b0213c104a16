package devicedb

import (
	"errors"
	"fmt"
	"time"

	"github.com/timepost/timepost/sync/record"
)

const (
	// KeepFor is how long a record that central has acknowledged is kept, in running time
	// of the machine: as long a server that is restored from a backup may ask for it again.
	KeepFor   = 35 * 24 * time.Hour
	markEvery = 24 * time.Hour
	pruneMost = 200 // records in one commit, so that nobody waits long for theirs
)

// Retain notes how far central has acknowledged when the machine has been running for
// run in all, and removes some of the records that were acknowledged KeepFor before heard,
// the running time when central last said how much it has; call it again for more. While
// it does not say so it may have been restored, from a backup that lacks them: they stay. A clock that was set
// to anything has no part in it: running time is never more than time. What is not
// acknowledged stays, and so does the last record that is; of what a restored central does
// not have the time begins anew. The newest punch of each person stays in the index, for
// where they stand.
func (t *JournalTx) Retain(run, heard time.Duration) error {
	if err := t.mark(run); err != nil {
		return fmt.Errorf("note what is acknowledged: %w", err)
	}
	if err := t.prune(heard - t.j.keepFor()); err != nil {
		return fmt.Errorf("remove old records: %w", err)
	}
	return nil
}

func (j *Journal) keepFor() time.Duration {
	if j.o.KeepFor > 0 {
		return j.o.KeepFor
	}
	return KeepFor
}

// mark notes once a day where each journal stands.
func (t *JournalTx) mark(run time.Duration) error {
	_, err := t.tx.ExecContext(t.ctx, `INSERT INTO marks (journal, seq, run) SELECT n, acked, $1 FROM journals WHERE acked > 0
		AND NOT EXISTS (SELECT 1 FROM marks WHERE journal = n AND (seq >= acked OR run > $2))`, int64(run), int64(run-markEvery))
	return err
}

// unmark forgets what was noted of records that a restored central does not have: it may
// be backed up, and restored again, before it has them.
func (t *JournalTx) unmark() error {
	_, err := t.tx.ExecContext(t.ctx, `DELETE FROM marks WHERE seq > (SELECT acked FROM journals WHERE n = journal)`)
	return err
}

// prune removes some of the records that were acknowledged at running time upto.
func (t *JournalTx) prune(upto time.Duration) error {
	if upto <= 0 {
		return nil
	}
	due, err := t.due(upto)
	if err != nil || len(due) == 0 {
		return err
	}
	for _, d := range due {
		if err := t.unindex(d); err != nil {
			return err
		}
	}
	first, last := due[0], due[len(due)-1]
	_, err = t.tx.ExecContext(t.ctx, `DELETE FROM records WHERE id BETWEEN $1 AND $2`, first.id, last.id)
	if err != nil {
		return err
	}
	if first.id>>40 == t.head.n {
		t.head.Oldest = last.seq() + 1
	}
	// The newest note of each journal that is old enough says it all.
	_, err = t.tx.ExecContext(t.ctx, `DELETE FROM marks AS m WHERE run <= $1
		AND EXISTS (SELECT 1 FROM marks x WHERE x.journal = m.journal AND x.seq > m.seq AND x.run <= $1)`, int64(upto))
	return err
}

// old is a record that is to be removed.
type old struct {
	id   int64 // see the migration 0005_append
	body []byte
}

func (o old) seq() uint64 { return uint64(o.id & (1<<40 - 1)) }

// due gives the next records to remove, all of one journal.
func (t *JournalTx) due(upto time.Duration) (out []old, err error) {
	rows, err := t.tx.QueryContext(t.ctx, `WITH most AS (
			SELECT j.n << 40 AS begin, (j.n << 40) + min(max(m.seq), j.acked - 1) AS upto
			FROM marks m JOIN journals j ON j.n = m.journal WHERE m.run <= $1 GROUP BY j.n),
		next AS (
			SELECT begin, upto FROM most WHERE EXISTS (SELECT 1 FROM records WHERE id > begin AND id <= upto) ORDER BY begin LIMIT 1)
		SELECT r.id, r.body FROM next JOIN records r ON r.id > next.begin AND r.id <= next.upto ORDER BY r.id LIMIT $2`, int64(upto), pruneMost)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var o old
		if err := rows.Scan(&o.id, &o.body); err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, rows.Err()
}

// unindex removes the punch that a record tells of from the index, unless it is the
// newest of that person.
func (t *JournalTx) unindex(o old) error {
	b, err := record.Decode(o.body)
	if err != nil {
		return nil //nolint:nilerr // of another version: it is in no index
	}
	u, ok := b.Punch(t.j.id.Kiosk)
	if !ok {
		return nil
	}
	n, seq := o.id>>40, int64(o.seq())
	_, err = t.tx.ExecContext(t.ctx, `DELETE FROM punches WHERE person = $1 AND journal = $2 AND seq = $3
		AND EXISTS (SELECT 1 FROM punches WHERE person = $1 AND (journal, seq) > ($2, $3) AND voided = 0)`, u.Person, n, seq)
	return err
}

package devicedb

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/record"
)

// After gives up to limit records of the current journal above seq, in order. A
// signature that has suffered on the disk since it was made is made again, in the
// file too, as long as a later one vouches for the record.
func (j *Journal) After(ctx context.Context, seq uint64, limit int) ([]record.Record, error) {
	out, sound, err := j.after(ctx, seq, limit)
	if err != nil || sound {
		return out, err
	}
	if err := j.mendSignatures(ctx); err != nil {
		return nil, err
	}
	again, sound, err := j.after(ctx, seq, limit)
	if err == nil && (!sound || len(again) > 0 && again[0].Journal != out[0].Journal) {
		return nil, problem.New(problem.Damaged, "The records of this kiosk were damaged.", "") // and set aside: who asks begins anew
	}
	return again, err
}

// after reads for After; sound is false where a signature is not ours.
func (j *Journal) after(ctx context.Context, seq uint64, limit int) (_ []record.Record, sound bool, err error) {
	_, release, err := j.use()
	if err != nil {
		return nil, false, err
	}
	defer release()
	rows, err := j.st.after.QueryContext(ctx, j.head.n, int64(seq), limit)
	if err != nil {
		return nil, false, j.readFault(fmt.Errorf("read records: %w", err))
	}
	out, err := scanRecords(rows, j.head.Journal, limit)
	return out, err == nil && j.allSigned(out), j.readFault(err)
}

// readFault remembers damage among the records that are to be sent: the next
// write verifies them, else nothing would go up before a restart.
func (j *Journal) readFault(err error) error {
	if damaged(err) {
		j.suspect.Store(true)
	}
	return faulted(err)
}

// Release marks the records of a journal up to through as committed by central
// in its generation gen. hash must be our own hash there (the genesis hash at 0),
// else it fails with problem.Untrusted and changes nothing. An answer of an older
// generation, or one that goes back within the same, is old news and changes
// nothing either; under a newer generation through may go down, also to right before
// the oldest record that is still held, of which the zero hash says that nobody has
// what came before. What was acknowledged of closed journals under an older generation
// is for Closed again. It fails with
// problem.NotFound for a journal this database does not hold.
func (j *Journal) Release(ctx context.Context, journal record.JournalID, through uint64, hash record.Hash, gen uint64) error {
	changed := false
	err := j.Update(ctx, func(t *JournalTx) (err error) {
		changed, err = t.release(journal, through, hash, gen)
		return err
	})
	if err != nil {
		return fmt.Errorf("release records: %w", err)
	}
	if changed {
		j.changes.tick()
	}
	return nil
}

func (t *JournalTx) release(journal record.JournalID, through uint64, hash record.Hash, gen uint64) (bool, error) {
	if through > math.MaxInt64 || gen > math.MaxInt64 {
		return false, problem.New(problem.Untrusted, "The server acknowledged records this kiosk has not written.", "")
	}
	var n int64
	var acked, ackGen uint64
	err := t.tx.QueryRowContext(t.ctx, `SELECT n, acked, ack_gen FROM journals WHERE id = $1`, journal[:]).Scan(&n, &acked, &ackGen)
	if errors.Is(err, sql.ErrNoRows) {
		return false, problem.New(problem.NotFound, "The server acknowledged a journal this kiosk does not have.", "")
	}
	if err != nil {
		return false, fmt.Errorf("read journal: %w", err)
	}
	own, err := t.hashAt(journal, n, through)
	if problem.Is(err, problem.Untrusted) && n == t.head.n && through+1 == t.head.Oldest && (gen > ackGen || hash != (record.Hash{})) {
		own, err = t.before(journal, n, through, hash)
	}
	if err != nil {
		return false, err
	}
	if own != hash {
		return false, problem.New(problem.Untrusted, "The server acknowledged records this kiosk has not written.", "")
	}
	if gen < ackGen || gen == ackGen && through <= acked {
		return false, nil
	}
	_, err = t.tx.ExecContext(t.ctx, `UPDATE journals SET acked = $1, ack_gen = $2 WHERE n = $3`, int64(through), int64(gen), n)
	if err != nil {
		return false, fmt.Errorf("mark acknowledged: %w", err)
	}
	// A server that was restored may lack what came before, too, and nobody sends a closed
	// journal again but who hands it in; what it has it recognises.
	_, err = t.tx.ExecContext(t.ctx, `UPDATE journals SET acked = 0, ack_gen = $1 WHERE n < $2 AND ack_gen < $1`, int64(gen), t.head.n)
	if err != nil {
		return false, fmt.Errorf("ask for closed journals: %w", err)
	}
	if gen > ackGen {
		if err := t.unmark(); err != nil {
			return false, fmt.Errorf("forget notes: %w", err)
		}
	}
	if n == t.head.n {
		t.head.Acked, t.head.AckedHash = through, own
		if through == 0 {
			t.head.AckedHash = record.Hash{}
		}
		t.head.Queue = int(t.head.Seq - through)
	}
	return true, nil
}

// before gives the hash right before the oldest record, as a restored server says it is:
// the zero hash where it passes over what is not here any more, else one that the oldest
// record was chained to.
func (t *JournalTx) before(journal record.JournalID, n int64, through uint64, said record.Hash) (record.Hash, error) {
	if said == (record.Hash{}) {
		return said, nil
	}
	var body, hash []byte
	err := t.tx.QueryRowContext(t.ctx, `SELECT body, hash FROM records WHERE id = ($1 << 40) + $2`, n, int64(through+1)).Scan(&body, &hash)
	if err != nil {
		return record.Hash{}, fmt.Errorf("read oldest record: %w", err)
	}
	if next := t.j.chain(journal).Next(through+1, said, body); !bytes.Equal(next[:], hash) {
		return record.Hash{}, problem.New(problem.Untrusted, "The server acknowledged records this kiosk has not written.", "")
	}
	return said, nil
}

// hashAt gives our own hash at seq. A seq that is not ours is Untrusted.
func (t *JournalTx) hashAt(journal record.JournalID, n int64, seq uint64) (record.Hash, error) {
	if seq == 0 {
		return t.j.chain(journal).Genesis(t.j.id.public()), nil
	}
	var b []byte
	err := t.tx.QueryRowContext(t.ctx, `SELECT hash FROM records WHERE id = ($1 << 40) + $2`, n, int64(seq)).Scan(&b)
	if errors.Is(err, sql.ErrNoRows) {
		return record.Hash{}, problem.New(problem.Untrusted, "The server acknowledged records this kiosk has not written.", "")
	}
	if err != nil {
		return record.Hash{}, fmt.Errorf("read hash: %w", err)
	}
	return record.ParseHash(b)
}

package devicedb

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store"
	"github.com/timepost/timepost/sync/record"
)

const (
	insertRecord = `INSERT INTO records (id, body, hash, sig) VALUES (($1 << 40) + $2, $3, $4, $5)`
	insertPunch  = `INSERT INTO punches (person, journal, seq, at, action, project, note, auth, boot_id, boot) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	upsertGuard  = `INSERT INTO guards (key, state) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET state = excluded.state`
)

// JournalTx is one commit in the making. It is good only inside the function it
// was given to, and for one goroutine.
type JournalTx struct {
	ctx      context.Context // of this one transaction
	j        *Journal
	tx       *sql.Tx
	head     head
	appended int
}

// Update runs f and commits all it did as one durable transaction: when Update
// returns nil it is on disk, when it returns an error nothing has happened. A
// caller that gives up while the commit runs does not undo it. An error of f
// comes back as it is; problem.OutOfOrder means that the disk did not take it.
func (j *Journal) Update(ctx context.Context, f func(tx *JournalTx) error) error {
	j.writing.Lock()
	defer j.writing.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	if err := j.heal(ctx); err != nil {
		return faulted(err)
	}
	t, err := j.write(ctx, f)
	if err != nil {
		// After a failed fsync nobody knows what is on disk: verify before going on.
		j.broken = store.Fault(err) != ""
		return faulted(err)
	}
	j.moveTo(t.head)
	if t.appended > 0 {
		tickOne(j.appended)
		j.changes.tick()
	}
	return nil
}

// write runs f in one transaction. The caller holds writing.
func (j *Journal) write(ctx context.Context, f func(tx *JournalTx) error) (*JournalTx, error) {
	db, release, err := j.use()
	if err != nil {
		return nil, err
	}
	defer release() // also when f panics
	t := &JournalTx{ctx: ctx, j: j, head: j.head}
	return t, db.Write(ctx, func(tx *sql.Tx) error {
		t.tx = tx
		return f(t)
	})
}

// moveTo moves the memory of the head to where the commit left it.
func (j *Journal) moveTo(h head) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.head = h
}

// heal reopens and verifies the database after a write that failed in the disk
// or the file. The caller holds writing.
func (j *Journal) heal(ctx context.Context) error {
	if j.suspect.Swap(false) {
		j.broken = true
	}
	if !j.broken {
		return nil
	}
	if err := j.shut(); err != nil {
		j.log.Warn("journal close failed", "err", err)
	}
	if err := j.begin(ctx); err != nil {
		return fmt.Errorf("reopen journal: %w", err)
	}
	j.log.Info("journal reopened", "seq", j.head.Seq)
	return nil
}

// Append chains, signs and inserts the record that b tells of, and indexes it
// where it is a punch, takes one back, or says that a message was read. A stamp without clocks is read now; the boot's number is
// always the journal's own.
func (t *JournalTx) Append(b record.Body) (record.Record, error) {
	if b.Stamp.BootID == "" && b.Stamp.Real == 0 {
		b.Stamp = t.j.o.Stamp()
	}
	b.Stamp.BootSeq = t.head.bootSeq
	body, err := record.Encode(b)
	if err != nil {
		return record.Record{}, err
	}
	seq := t.head.Seq + 1
	rec, err := record.Append(t.j.chain(t.head.Journal), t.j.id.Key, seq, t.head.Hash, body)
	if err != nil {
		return record.Record{}, err
	}
	if err := t.insert(rec); err != nil {
		return record.Record{}, err
	}
	if err := t.index(b, seq); err != nil {
		return record.Record{}, err
	}
	t.head.Seq, t.head.Hash = seq, rec.Hash
	t.head.Queue = int(seq - t.head.Acked)
	if t.head.Oldest == 0 {
		t.head.Oldest = seq
	}
	t.appended++
	return rec, nil
}

func (t *JournalTx) insert(rec record.Record) error {
	_, err := t.exec(t.j.st.record, insertRecord,
		t.head.n, int64(rec.Seq), rec.Body, rec.Hash[:], rec.Sig)
	if err != nil {
		return fmt.Errorf("insert record: %w", err)
	}
	return nil
}

// exec runs the prepared statement, or the text while there is none yet.
func (t *JournalTx) exec(st *sql.Stmt, query string, args ...any) (sql.Result, error) {
	if st == nil {
		return t.tx.ExecContext(t.ctx, query, args...)
	}
	return t.tx.StmtContext(t.ctx, st).ExecContext(t.ctx, args...)
}

// Guard gives the guess counter kept under key, nil where there is none.
func (t *JournalTx) Guard(key string) ([]byte, error) {
	var state []byte
	err := t.tx.StmtContext(t.ctx, t.j.st.getGuard).QueryRowContext(t.ctx, key).Scan(&state)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("read guard: %w", err)
	}
	return state, nil
}

// PutGuard keeps a guess counter under key.
func (t *JournalTx) PutGuard(key string, state []byte) error {
	if _, err := t.exec(t.j.st.putGuard, upsertGuard, key, state); err != nil {
		return fmt.Errorf("write guard: %w", err)
	}
	return nil
}

// GuardsLost says whether the guess counters were lost with an earlier database.
func (t *JournalTx) GuardsLost() bool { return t.head.lost }

// LoseGuards notes that guess counters were lost: GuardsLost says so from now on,
// for good once this is committed.
func (t *JournalTx) LoseGuards() error {
	if t.head.lost {
		return nil
	}
	t.head.lost = true
	return putMeta(t.ctx, t.tx, "guards_lost", []byte{1})
}

// create begins the first journal of this database.
func (t *JournalTx) create(reason string, prev previous) error {
	if err := putMeta(t.ctx, t.tx, "owner", t.j.owner()); err != nil {
		return err
	}
	if reason != ReasonEnrolled {
		if err := t.LoseGuards(); err != nil {
			return err
		}
	}
	return t.openJournal(reason, prev)
}

// openJournal draws a new journal id and appends its `opened` record.
func (t *JournalTx) openJournal(reason string, prev previous) error {
	id, err := record.NewJournalID(t.j.o.Random)
	if err != nil {
		return err
	}
	n := t.head.n + 1
	if _, err := t.tx.ExecContext(t.ctx, `INSERT INTO journals (n, id) VALUES ($1, $2)`, n, id[:]); err != nil {
		return fmt.Errorf("insert journal: %w", err)
	}
	t.head = head{
		Head: Head{Journal: id, Hash: t.j.chain(id).Genesis(t.j.id.public())},
		n:    n, bootSeq: t.head.bootSeq, lost: t.head.lost,
	}
	_, err = t.Append(record.Body{
		Type: record.Opened, Reason: reason,
		PrevJournal: prev.journal, PrevSeq: prev.seq, PrevHash: prev.hash,
	})
	return err
}

// noteBoot persists the boot's number and appends the `boot` record.
func (t *JournalTx) noteBoot(bootID string) error {
	if err := putMeta(t.ctx, t.tx, "boot_id", []byte(bootID)); err != nil {
		return err
	}
	if err := putMeta(t.ctx, t.tx, "boot_seq", binary.BigEndian.AppendUint64(nil, t.head.bootSeq)); err != nil {
		return err
	}
	_, err := t.Append(record.Body{Type: record.Boot})
	return err
}

// Reopen begins a new journal in the same database; its `opened` record names
// the one before, whose records are kept.
func (j *Journal) Reopen(ctx context.Context, reason string) error {
	if reason == "" {
		return problem.New(problem.Invalid, "A journal is reopened for a reason.", "")
	}
	err := j.Update(ctx, func(t *JournalTx) error {
		return t.openJournal(reason, previous{t.head.Journal, t.head.Seq, t.head.Hash})
	})
	if err != nil {
		return fmt.Errorf("reopen journal: %w", err)
	}
	return nil
}

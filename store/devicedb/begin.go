package devicedb

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store"
	"github.com/timepost/timepost/sync/record"
)

// previous is what is known of a journal that was set aside.
type previous struct {
	journal record.JournalID
	seq     uint64
	hash    record.Hash
}

// errSetAside is why an existing database can't be continued: reason names it.
type errSetAside struct {
	reason string
	prev   previous
	err    error
}

func (e *errSetAside) Error() string { return e.reason + ": " + e.err.Error() }
func (e *errSetAside) Unwrap() error { return e.err }

// begin opens the database and stands at its head, setting aside what can't be
// continued. The caller holds writing; the database is closed.
func (j *Journal) begin(ctx context.Context) error {
	boot := j.o.Stamp().BootID
	if err := finishAside(j.path, boot); err != nil {
		return err
	}
	reason := ReasonEnrolled
	switch {
	case wasSetAside(j.path, ReasonCorrupt):
		reason = ReasonCorrupt // only said where the file is missing: see create
	case j.o.Lost:
		reason = ReasonLost
	}
	err := j.tryBegin(ctx, reason, previous{})
	var aside *errSetAside
	if errors.As(err, &aside) && aside.reason == ReasonCorrupt {
		// SQLite takes a read that fails (EIO) for damage: what is damaged is so twice.
		err = j.tryBegin(ctx, reason, previous{})
	}
	if !errors.As(err, &aside) {
		return err
	}
	to, rerr := setAside(j.path, aside.reason, boot)
	if rerr != nil {
		return errors.Join(err, rerr)
	}
	j.log.Error("journal set aside", "reason", aside.reason, "file", to, "err", aside.err)
	reason = ReasonCorrupt
	if aside.reason == asideFormer {
		reason = ReasonEnrolled
	}
	return j.tryBegin(ctx, reason, aside.prev)
}

// asideFormer marks the journal of an identity this kiosk no longer has.
const asideFormer = "former"

func (j *Journal) tryBegin(ctx context.Context, reason string, prev previous) error {
	db, err := openDatabase(ctx, j.path, journalMigrations, "migrations/journal", 2048)
	if store.Fault(err) == problem.Damaged {
		return &errSetAside{reason: ReasonCorrupt, err: err}
	}
	if err != nil {
		return err
	}
	h, err := j.stand(ctx, db, reason, prev)
	if err != nil {
		if store.Fault(err) == problem.Damaged {
			err = &errSetAside{reason: ReasonCorrupt, err: err}
		}
		return closing(db, err)
	}
	st, err := prepareJournal(ctx, db)
	if err != nil {
		return closing(db, err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.db, j.st, j.head, j.broken = db, st, h, false
	j.signed.Store(h.Acked)
	return nil
}

// stand loads and verifies the head, creates the first journal where there is
// none, and notes a new boot.
func (j *Journal) stand(ctx context.Context, db *store.DB, reason string, prev previous) (head, error) {
	h, found, err := j.load(ctx, db)
	if err != nil {
		return h, err
	}
	var mended []record.Record
	if found {
		if h, mended, err = j.verifyTail(ctx, db, h, j.unsigned.Swap(false)); err != nil {
			return h, err
		}
	}
	if len(mended) > 0 {
		j.log.Warn("damaged signatures made again", "records", len(mended))
	}
	stamp := j.o.Stamp()
	err = db.Write(ctx, func(tx *sql.Tx) error {
		known, err := readMeta(ctx, tx, "boot_id")
		if err != nil {
			return err
		}
		newBoot := string(known) != stamp.BootID
		if newBoot {
			h.bootSeq++
		}
		t := &JournalTx{ctx: ctx, j: j, tx: tx, head: h}
		if err := t.mend(mended); err != nil {
			return err
		}
		if !found {
			if err := t.create(reason, prev); err != nil {
				return err
			}
		}
		if newBoot {
			if err := t.noteBoot(stamp.BootID); err != nil {
				return err
			}
		}
		h = t.head
		return nil
	})
	return h, err
}

// load reads where the newest journal stands.
func (j *Journal) load(ctx context.Context, db *store.DB) (h head, found bool, err error) {
	r := db.Reader()
	boot, err := readMeta(ctx, r, "boot_seq")
	if err != nil {
		return h, false, err
	}
	if len(boot) == 8 {
		h.bootSeq = binary.BigEndian.Uint64(boot)
	}
	lost, err := readMeta(ctx, r, "guards_lost")
	if err != nil {
		return h, false, err
	}
	h.lost = len(lost) > 0
	var id []byte
	err = r.QueryRowContext(ctx, `SELECT n, id, acked FROM journals ORDER BY n DESC LIMIT 1`).Scan(&h.n, &id, &h.Acked)
	if errors.Is(err, sql.ErrNoRows) {
		return h, false, nil
	}
	if store.IsMisfit(ctx, err) {
		return h, false, &errSetAside{reason: ReasonCorrupt, err: fmt.Errorf("read journal: %w", err)}
	}
	if err != nil {
		return h, false, fmt.Errorf("read journal: %w", err)
	}
	if len(id) != len(h.Journal) {
		return h, false, &errSetAside{reason: ReasonCorrupt, err: errors.New("journal id has a wrong length")}
	}
	copy(h.Journal[:], id)
	owner, err := readMeta(ctx, r, "owner")
	if err != nil {
		return h, false, err
	}
	if !bytes.Equal(owner, j.owner()) {
		return h, false, &errSetAside{reason: asideFormer, err: errors.New("journal of another identity")}
	}
	return h, true, nil
}

// owner is what a journal database is bound to.
func (j *Journal) owner() []byte {
	g := record.Chain{Org: j.id.Org, Kiosk: j.id.Kiosk}.Genesis(j.id.public())
	return g[:]
}

func (j *Journal) chain(id record.JournalID) record.Chain {
	return record.Chain{Org: j.id.Org, Kiosk: j.id.Kiosk, Journal: id}
}

type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// readMeta gives the value, nil where there is none.
func readMeta(ctx context.Context, q queryer, key string) ([]byte, error) {
	var v []byte
	err := q.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = $1`, key).Scan(&v)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("read meta %s: %w", key, err)
	}
	return v, nil
}

func putMeta(ctx context.Context, tx *sql.Tx, key string, value []byte) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ($1, $2)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
	if err != nil {
		return fmt.Errorf("write meta %s: %w", key, err)
	}
	return nil
}

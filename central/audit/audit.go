package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Log writes and verifies the audit log.
type Log struct {
	store Store
	now   func() time.Time
}

// String gives the head as ParseHead reads it: ROWS:HASH.
func (h Head) String() string { return fmt.Sprintf("%d:%x", h.Rows, h.Hash) }

// ParseHead reads ROWS:HASH; problem.Invalid.
func ParseHead(text string) (Head, error) {
	rows, hash, _ := strings.Cut(text, ":")
	n, err := strconv.ParseInt(rows, 10, 64)
	sum, herr := hex.DecodeString(hash)
	if err = errors.Join(err, herr); err != nil || n < 0 || (n > 0) != (len(sum) == sha256.Size) || (n == 0 && len(sum) > 0) {
		return Head{}, problem.New(problem.Invalid, "“"+text+"” is no head of an audit log.", "Give ROWS:HASH as central audit verify prints it.").
			Because(err)
	}
	return Head{Rows: n, Hash: sum}, nil
}

// Store reads the log. Audit gives up to limit rows with an id above after,
// oldest first.
type Store interface {
	Audit(ctx context.Context, after int64, limit int) ([]centraldb.AuditRow, error)
}

// Tx appends to the log inside the transaction of the thing that is told of.
type Tx interface {
	LastAudit(ctx context.Context) (centraldb.AuditRow, error)
	AddAudit(ctx context.Context, row centraldb.AuditRow) error
}

// New gives a Log over a store, with a clock.
func New(store Store, now func() time.Time) *Log { return &Log{store: store, now: now} }

// Record appends one row in tx. Actor is an account's address or a program's
// name, action a constant such as "person.create", subject an id. Detail is
// anything JSON; it must hold no secret: nobody can remove it afterwards.
func (l *Log) Record(ctx context.Context, tx *centraldb.Tx, actor, action, subject string, detail any) error {
	return l.record(ctx, tx, actor, action, subject, detail)
}

func (l *Log) record(ctx context.Context, tx Tx, actor, action, subject string, detail any) error {
	text, err := json.Marshal(detail)
	if err != nil {
		return fmt.Errorf("encode audit detail: %w", err)
	}
	last, err := tx.LastAudit(ctx)
	if err != nil {
		return err
	}
	row := centraldb.AuditRow{
		ID: last.ID + 1, At: l.now().UTC().UnixNano(),
		Actor: actor, Action: action, Subject: subject, Detail: string(text),
	}
	row.Hash = hash(last.Hash, row)
	return tx.AddAudit(ctx, row)
}

// Head is how far a verified log goes: keep it elsewhere to notice a cut tail.
type Head struct {
	Rows int64
	Hash []byte
}

// Verify recomputes the whole chain. It fails with problem.Damaged, naming the
// first row that does not hold.
func (l *Log) Verify(ctx context.Context) (Head, error) { return l.VerifyFrom(ctx, Head{}) }

// VerifyFrom also holds the log to a head that was kept elsewhere: it fails where
// the log ends before it, or was another one up to there. The zero Head asks for
// nothing. What it returns is how far the log was found to hold.
func (l *Log) VerifyFrom(ctx context.Context, kept Head) (Head, error) {
	return l.verify(ctx, Head{}, kept)
}

// verify begins after a row that is known to hold.
func (l *Log) verify(ctx context.Context, head, kept Head) (Head, error) {
	const page = 1000
	for {
		rows, err := l.store.Audit(ctx, head.Rows, page)
		if err != nil {
			return head, err
		}
		for _, row := range rows {
			if row.ID != head.Rows+1 {
				return head, damaged(head.Rows+1, "a row is missing")
			}
			if !bytes.Equal(row.Hash, hash(head.Hash, row)) {
				return head, damaged(row.ID, "the row is not what was written")
			}
			if row.ID == kept.Rows && !bytes.Equal(row.Hash, kept.Hash) {
				return head, damaged(row.ID, "the log was written anew: the kept head is another one")
			}
			head = Head{Rows: row.ID, Hash: row.Hash}
		}
		if len(rows) < page && head.Rows < kept.Rows {
			return head, damaged(head.Rows+1, "the end is missing: the kept head has more rows")
		}
		if len(rows) < page {
			return head, nil
		}
	}
}

func damaged(row int64, why string) error {
	return problem.New(problem.Damaged, fmt.Sprintf("The audit log does not hold at row %d.", row),
		"Somebody changed the database directly. Keep a copy of it and look into it.").
		With("row", row).Because(fmt.Errorf("verify audit row %d: %s", row, why))
}

// hash is SHA-256("timepost/audit/v1\0" + 32 bytes previous hash (zeros at first)
// + be64(id) + be64(at) + be32(len) and bytes of actor, action, subject, detail).
func hash(previous []byte, row centraldb.AuditRow) []byte {
	b := []byte("timepost/audit/v1\x00")
	if len(previous) == 0 {
		previous = make([]byte, sha256.Size)
	}
	b = append(b, previous...)
	b = binary.BigEndian.AppendUint64(b, uint64(row.ID))
	b = binary.BigEndian.AppendUint64(b, uint64(row.At))
	for _, s := range []string{row.Actor, row.Action, row.Subject, row.Detail} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	sum := sha256.Sum256(b)
	return sum[:]
}

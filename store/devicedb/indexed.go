package devicedb

import (
	"context"
	"errors"
	"fmt"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/record"
)

// index keeps what questions are asked of, in the transaction of the record.
func (t *JournalTx) index(b record.Body, seq uint64) error {
	switch b.Type {
	case record.Void:
		return t.void(b, seq)
	case record.MessageRead:
		return t.markRead(b)
	}
	u, ok := b.Punch(t.j.id.Kiosk)
	if !ok {
		return nil
	}
	_, err := t.exec(t.j.st.punch, insertPunch, u.Person, t.head.n, int64(seq), b.Stamp.Real,
		string(u.Action), u.Project, u.Note, string(u.Auth), b.Stamp.BootID, b.Stamp.Boot)
	if err != nil {
		return fmt.Errorf("index punch: %w", err)
	}
	return nil
}

// void marks the punch that a record takes back. It fails with problem.Conflict
// where the current journal has no such punch of this person that still holds:
// then nothing is written at all.
func (t *JournalTx) void(b record.Body, seq uint64) error {
	res, err := t.tx.ExecContext(t.ctx, `UPDATE punches SET voided = $1 WHERE person = $2 AND journal = $3 AND seq = $4 AND voided = 0`,
		int64(seq), b.Person, t.head.n, int64(b.Seq))
	if err != nil {
		return fmt.Errorf("void punch: %w", err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return fmt.Errorf("void punch: %w", err)
	}
	if n == 0 {
		return problem.New(problem.Conflict, "There is nothing to take back.", "Look at your hours.")
	}
	return nil
}

func (t *JournalTx) markRead(b record.Body) error {
	_, err := t.tx.ExecContext(t.ctx, `INSERT INTO read_messages (person, message) VALUES ($1, $2) ON CONFLICT DO NOTHING`, b.Person, b.Message)
	if err != nil {
		return fmt.Errorf("note message: %w", err)
	}
	return nil
}

// Seen gives the ids of the messages that a person has read here.
func (j *Journal) Seen(ctx context.Context, person string) (_ map[string]bool, err error) {
	_, release, err := j.use()
	if err != nil {
		return nil, err
	}
	defer release()
	rows, err := j.st.seen.QueryContext(ctx, person)
	if err != nil {
		return nil, faulted(fmt.Errorf("read messages seen: %w", err))
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	out := map[string]bool{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, faulted(fmt.Errorf("read messages seen: %w", err))
		}
		out[id] = true
	}
	return out, faulted(rows.Err())
}

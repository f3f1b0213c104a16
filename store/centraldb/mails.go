package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
)

// Letter is one mail to one person. Instants are unix nanoseconds.
type Letter struct {
	ID        int64
	Notice    int64
	Recipient string
	Subject   string
	Body      string
	CreatedAt int64
	DueAt     int64 // not tried before
	Tries     int
	SentAt    int64  // 0: not sent
	DeadAt    int64  // 0: it is still tried
	Fault     string // of the last try, for people
}

// MailState is where a mail stands.
type MailState string

// The states.
const (
	MailQueued MailState = "queued"
	MailSent   MailState = "sent"
	MailDead   MailState = "dead"
)

// mailWhere and mailOrder are constants of this package, never what was typed.
func mailWhere(s MailState) (where, order string) {
	switch s {
	case MailSent:
		return `sent_at <> 0`, `id DESC`
	case MailDead:
		return `dead_at <> 0 AND sent_at = 0`, `id DESC`
	}
	return `sent_at = 0 AND dead_at = 0`, `due_at, id`
}

const letterColumns = `id, notice, recipient, subject, body, created_at, due_at, tries, sent_at, dead_at, fault`

func scanLetter(r interface{ Scan(...any) error }) (Letter, error) {
	var l Letter
	err := r.Scan(&l.ID, &l.Notice, &l.Recipient, &l.Subject, &l.Body, &l.CreatedAt, &l.DueAt, &l.Tries, &l.SentAt, &l.DeadAt, &l.Fault)
	return l, err
}

// AddLetter queues a mail; the same notice to the same address changes nothing.
func (t *Tx) AddLetter(ctx context.Context, l Letter) error {
	err := exec(ctx, t.tx, nil, `INSERT INTO mails (notice, recipient, subject, body, created_at, due_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (notice, recipient) DO NOTHING`, l.Notice, l.Recipient, l.Subject, l.Body, l.CreatedAt, l.DueAt)
	if err != nil {
		return fmt.Errorf("queue mail: %w", err)
	}
	return nil
}

// NextLetter gives the queued mail that is due first, which may be later than
// now; ok is false where none is queued.
func (d *DB) NextLetter(ctx context.Context) (l Letter, ok bool, err error) {
	l, err = scanLetter(d.db.Reader().QueryRowContext(ctx, `SELECT `+letterColumns+` FROM mails
		WHERE sent_at = 0 AND dead_at = 0 ORDER BY due_at, id LIMIT 1`))
	if errors.Is(err, sql.ErrNoRows) {
		return l, false, nil
	}
	if err != nil {
		return l, false, fmt.Errorf("read mail: %w", err)
	}
	return l, true, nil
}

// Letters reads a page of the mails in a state, and how many there are.
func (d *DB) Letters(ctx context.Context, s MailState, offset, limit int) (page []Letter, total int, err error) {
	where, order := mailWhere(s)
	if total, err = count(ctx, d.db.Reader(), `SELECT count(*) FROM mails WHERE `+where); err != nil {
		return nil, 0, fmt.Errorf("count mails: %w", err)
	}
	err = each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		l, err := scanLetter(r)
		page = append(page, l)
		return err
	}, `SELECT `+letterColumns+` FROM mails WHERE `+where+` ORDER BY `+order+` LIMIT `+strconv.Itoa(limit)+` OFFSET `+strconv.Itoa(offset))
	if err != nil {
		return nil, 0, fmt.Errorf("read mails: %w", err)
	}
	return page, total, nil
}

// SetTried writes down how a try went: the letter's DueAt, Tries, SentAt, DeadAt
// and Fault. One that was dropped meanwhile changes nothing.
func (t *Tx) SetTried(ctx context.Context, l Letter) error {
	err := exec(ctx, t.tx, nil, `UPDATE mails SET due_at = $1, tries = $2, sent_at = $3, dead_at = $4, fault = $5 WHERE id = $6`,
		l.DueAt, l.Tries, l.SentAt, l.DeadAt, l.Fault, l.ID)
	if err != nil {
		return fmt.Errorf("write down mail: %w", err)
	}
	return nil
}

// RetryLetter has a dead mail tried again from the beginning; problem.NotFound
// where there is no dead one with the id.
func (t *Tx) RetryLetter(ctx context.Context, id, now int64) error {
	return exec(ctx, t.tx, notFound("undelivered mail"), `UPDATE mails SET due_at = $1, tries = 0, dead_at = 0
		WHERE id = $2 AND dead_at <> 0 AND sent_at = 0`, now, id)
}

// DropLetter removes a mail that was not sent, and gives it; problem.NotFound.
func (t *Tx) DropLetter(ctx context.Context, id int64) (Letter, error) {
	l, err := scanLetter(t.tx.QueryRowContext(ctx, `DELETE FROM mails WHERE id = $1 AND sent_at = 0 RETURNING `+letterColumns, id))
	if errors.Is(err, sql.ErrNoRows) {
		return l, notFound("undelivered mail")
	}
	if err != nil {
		return l, fmt.Errorf("drop mail: %w", err)
	}
	return l, nil
}

// HurryLetters makes all queued mails due, as after the settings have changed.
func (t *Tx) HurryLetters(ctx context.Context, now int64) error {
	return exec(ctx, t.tx, nil, `UPDATE mails SET due_at = $1 WHERE sent_at = 0 AND dead_at = 0 AND due_at > $1`, now)
}

// ForgetMails removes mails that were sent before an instant, and the notices from
// before it of which no mail is left: where there is no mail server none is made.
func (t *Tx) ForgetMails(ctx context.Context, before int64) error {
	for _, query := range []string{
		`DELETE FROM mails WHERE sent_at <> 0 AND sent_at < $1`,
		`DELETE FROM notices WHERE at < $1 AND NOT EXISTS (SELECT 1 FROM mails m WHERE m.notice = notices.id)`,
	} {
		if err := exec(ctx, t.tx, nil, query, before); err != nil {
			return fmt.Errorf("forget mails: %w", err)
		}
	}
	return nil
}

package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"github.com/timepost/timepost/internal/problem"
)

// Whom a Bulletin is for.
const (
	ForAll    = "all"
	ForKiosk  = "kiosk"
	ForTeam   = "team"
	ForPerson = "person"
)

// Bulletin is a message on the touchscreens.
type Bulletin struct {
	ID       int64
	Audience string
	Subject  string // a kiosk's id, a team's name, a person's id; "" for all
	Text     string
	From     int64 // unix seconds; 0: at once
	Until    int64 // unix seconds; 0: until it is ended
	MadeAt   int64 // unix nanoseconds
	MadeBy   string
	EndedAt  int64 // unix nanoseconds; 0: nobody has ended it
	EndedBy  string
}

// BulletinLine is a message as lists show it.
type BulletinLine struct {
	Bulletin
	SubjectName string // of a kiosk or a person
	Reads       int    // people who have seen it
}

// AddBulletin stores a message and gives its id.
func (t *Tx) AddBulletin(ctx context.Context, b Bulletin) (id int64, err error) {
	err = t.tx.QueryRowContext(ctx, `INSERT INTO bulletins (audience, subject, text, from_at, until_at, made_at, made_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`, b.Audience, b.Subject, b.Text, b.From, b.Until, b.MadeAt, b.MadeBy).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("add message: %w", err)
	}
	return id, nil
}

// EndBulletin ends a message at now, unix nanoseconds. Errors: problem.NotFound,
// problem.Conflict where somebody has ended it.
func (t *Tx) EndBulletin(ctx context.Context, id, now int64, by string) error {
	var ended int64
	err := t.tx.QueryRowContext(ctx, `SELECT ended_at FROM bulletins WHERE id = $1`, id).Scan(&ended)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return notFound("message")
	case err != nil:
		return fmt.Errorf("read message: %w", err)
	case ended != 0:
		return problem.New(problem.Conflict, "This message has ended already.", "There is nothing left to do.")
	}
	return exec(ctx, t.tx, nil, `UPDATE bulletins SET ended_at = $1, ended_by = $2 WHERE id = $3`, now, by, id)
}

const running = `b.ended_at = 0 AND (b.until_at = 0 OR b.until_at > $1)`

// RunningBulletins counts those that are not over at now, unix seconds; also those
// that have not begun.
func (t *Tx) RunningBulletins(ctx context.Context, now int64) (int, error) {
	n, err := count(ctx, t.tx, `SELECT COUNT(*) FROM bulletins b WHERE `+running, now)
	if err != nil {
		return 0, fmt.Errorf("count messages: %w", err)
	}
	return n, nil
}

// Bulletins reads a page of those that run at now, unix seconds, or of those that are
// over, the newest first.
func (d *DB) Bulletins(ctx context.Context, now int64, over bool, offset, limit int) ([]BulletinLine, error) {
	which := running
	if over {
		which = "NOT (" + running + ")"
	}
	var out []BulletinLine
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		l, err := scanBulletin(r)
		out = append(out, l)
		return err
	}, bulletinLines+` WHERE `+which+` ORDER BY b.id DESC LIMIT `+strconv.Itoa(limit)+` OFFSET `+strconv.Itoa(offset), now)
	if err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	return out, nil
}

const bulletinLines = `SELECT b.id, b.audience, b.subject, b.text, b.from_at, b.until_at, b.made_at, b.made_by, b.ended_at, b.ended_by,
	COALESCE(k.name, p.name, ''), (SELECT COUNT(*) FROM message_reads m WHERE m.message = 'note-' || b.id)
	FROM bulletins b LEFT JOIN kiosks k ON b.audience = 'kiosk' AND k.id = b.subject LEFT JOIN people p ON b.audience = 'person' AND p.id = b.subject`

func scanBulletin(r interface{ Scan(...any) error }) (BulletinLine, error) {
	var l BulletinLine
	return l, r.Scan(&l.ID, &l.Audience, &l.Subject, &l.Text, &l.From, &l.Until, &l.MadeAt, &l.MadeBy, &l.EndedAt, &l.EndedBy, &l.SubjectName, &l.Reads)
}

// Bulletin reads one message; problem.NotFound.
func (d *DB) Bulletin(ctx context.Context, id int64) (BulletinLine, error) {
	l, err := scanBulletin(d.db.Reader().QueryRowContext(ctx, bulletinLines+` WHERE b.id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return l, notFound("message")
	}
	if err != nil {
		return l, fmt.Errorf("read message: %w", err)
	}
	return l, nil
}

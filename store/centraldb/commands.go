package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
)

// How a Command ended.
const (
	CommandDone      = "done"
	CommandFailed    = "failed"
	CommandExpired   = "expired"   // nothing came of it in time
	CommandCancelled = "cancelled" // somebody took it back before it began
)

// Command is something that a kiosk is told to do. Instants are unix nanoseconds, 0
// where it has not happened.
type Command struct {
	Kiosk     string
	N         uint64
	Gen       uint64
	RecordKey []byte // of the machine it is for
	Verb      string
	Text      string
	Minutes   int
	Force     bool
	AskedAt   int64
	AskedBy   string
	ExpiresAt int64 // 0: it does not expire
	SentAt    int64 // when a hello was answered with it
	BegunAt   int64 // when the kiosk told that it has begun
	EndedAt   int64
	Ended     string // how; "" while it goes on
	Said      string // how it went, in words
}

const commandColumns = `c.kiosk, c.n, c.gen, c.record_key, c.verb, c.text, c.minutes, c.force, c.asked_at, c.asked_by, c.expires_at,
	c.sent_at, c.begun_at, c.ended_at, c.ended, c.said`

func scanCommand(r interface{ Scan(...any) error }) (Command, error) {
	var c Command
	err := r.Scan(&c.Kiosk, &c.N, &c.Gen, &c.RecordKey, &c.Verb, &c.Text, &c.Minutes, &c.Force, &c.AskedAt, &c.AskedBy, &c.ExpiresAt,
		&c.SentAt, &c.BegunAt, &c.EndedAt, &c.Ended, &c.Said)
	return c, err
}

func commands(ctx context.Context, q querier, query string, args ...any) ([]Command, error) {
	var out []Command
	err := each(ctx, q, func(r *sql.Rows) error {
		c, err := scanCommand(r)
		out = append(out, c)
		return err
	}, `SELECT `+commandColumns+` FROM kiosk_commands c `+query, args...)
	if err != nil {
		return nil, fmt.Errorf("read commands: %w", err)
	}
	return out, nil
}

// Commands reads the newest commands of a kiosk, the newest first.
func (d *DB) Commands(ctx context.Context, kiosk string, limit int) ([]Command, error) {
	return commands(ctx, d.db.Reader(), `WHERE c.kiosk = $1 ORDER BY c.n DESC LIMIT `+strconv.Itoa(limit), kiosk)
}

// Command reads one command; problem.NotFound.
func (d *DB) Command(ctx context.Context, kiosk string, n uint64) (Command, error) {
	return command(ctx, d.db.Reader(), kiosk, n)
}

// Command reads one command; problem.NotFound.
func (t *Tx) Command(ctx context.Context, kiosk string, n uint64) (Command, error) {
	return command(ctx, t.tx, kiosk, n)
}

func command(ctx context.Context, q querier, kiosk string, n uint64) (Command, error) {
	c, err := scanCommand(q.QueryRowContext(ctx, `SELECT `+commandColumns+` FROM kiosk_commands c WHERE c.kiosk = $1 AND c.n = $2`, kiosk, n))
	if errors.Is(err, sql.ErrNoRows) {
		return c, notFound("command")
	}
	if err != nil {
		return c, fmt.Errorf("read command: %w", err)
	}
	return c, nil
}

// OpenCommands reads the commands of a kiosk that have not ended, in order.
func (d *DB) OpenCommands(ctx context.Context, kiosk string) ([]Command, error) {
	return commands(ctx, d.db.Reader(), openCommands, kiosk)
}

// OpenCommands reads the commands of a kiosk that have not ended, in order.
func (t *Tx) OpenCommands(ctx context.Context, kiosk string) ([]Command, error) {
	return commands(ctx, t.tx, openCommands, kiosk)
}

const openCommands = `WHERE c.kiosk = $1 AND c.ended_at = 0 ORDER BY c.gen, c.n`

// OverdueCommands reads those of all kiosks that have not ended although their time
// is over, that began before lost and were never told of again, or whose machine is
// the kiosk's no longer or not let in any more. Now and lost are unix nanoseconds.
func (d *DB) OverdueCommands(ctx context.Context, now, lost int64) ([]Command, error) {
	return commands(ctx, d.db.Reader(), `LEFT JOIN kiosks k ON k.id = c.kiosk WHERE c.ended_at = 0 AND (
		c.begun_at = 0 AND c.expires_at <> 0 AND c.expires_at <= $1 OR c.begun_at <> 0 AND c.begun_at <= $2
		OR k.record_key IS NULL OR k.record_key <> c.record_key OR k.status <> $3) ORDER BY c.kiosk, c.n`, now, lost, KioskEnrolled)
}

// AddCommand stores a command under the kiosk's next number and the generation in
// force, and gives it with both.
func (t *Tx) AddCommand(ctx context.Context, c Command) (Command, error) {
	err := t.tx.QueryRowContext(ctx, `INSERT INTO kiosk_commands (kiosk, n, gen, record_key, verb, text, minutes, force, asked_at, asked_by, expires_at)
		SELECT $1, COALESCE(MAX(n), 0) + 1, (SELECT CAST(value AS BIGINT) FROM meta WHERE key = 'gen'), $2, $3, $4, $5, $6, $7, $8, $9
		FROM kiosk_commands WHERE kiosk = $1 RETURNING n, gen`,
		c.Kiosk, blob(c.RecordKey), c.Verb, c.Text, c.Minutes, flag(c.Force), c.AskedAt, c.AskedBy, c.ExpiresAt).Scan(&c.N, &c.Gen)
	if err != nil {
		return c, fmt.Errorf("add command: %w", err)
	}
	return c, nil
}

// MoveCommand writes what has become of a command: when it was sent, began and ended,
// and how.
func (t *Tx) MoveCommand(ctx context.Context, c Command) error {
	err := exec(ctx, t.tx, notFound("command"), `UPDATE kiosk_commands SET sent_at = $1, begun_at = $2, ended_at = $3, ended = $4, said = $5
		WHERE kiosk = $6 AND n = $7`, c.SentAt, c.BegunAt, c.EndedAt, c.Ended, c.Said, c.Kiosk, c.N)
	if err != nil {
		return fmt.Errorf("write command: %w", err)
	}
	return nil
}

// State names how the command stands: waiting, sent, running, or how it ended.
func (c Command) State() string {
	switch {
	case c.EndedAt != 0:
		return c.Ended
	case c.BegunAt != 0:
		return "running"
	case c.SentAt != 0:
		return "sent"
	}
	return "waiting"
}

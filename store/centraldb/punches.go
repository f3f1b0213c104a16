package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/sync/record"
)

// projection is the name of the one projection there is.
const projection = "punches"

// Logged is a record as the projector reads it. ID is its order of arrival.
type Logged struct {
	ID      int64
	Kiosk   string
	Journal record.JournalID
	Seq     uint64
	Body    []byte

	ReceivedAt int64 // unix nanoseconds, by central's clock
}

// Projected is a punch with the record it came from and the zone it was made in.
type Projected struct {
	ID      int64
	Journal record.JournalID
	Seq     uint64
	Punch   attendance.Punch
	Zone    string

	ReceivedAt int64 // as of Logged; not stored again
}

// Step is one step of the projection: records From < id <= To have become these
// punches, and left these people present so.
type Step struct {
	From, To int64
	Punches  []Projected
	Present  []Present
	// Also, where it is not nil, runs in the step's transaction.
	Also func(ctx context.Context, tx *Tx) error
}

// Unprojected gives the records after the projection's cursor in order of
// arrival, at most limit, and the cursor.
func (d *DB) Unprojected(ctx context.Context, limit int) (_ []Logged, upto int64, err error) {
	if upto, err = d.projectedTo(ctx); err != nil {
		return nil, 0, err
	}
	rows, err := d.db.Reader().QueryContext(ctx,
		`SELECT id, kiosk, journal, seq, body, received_at FROM records WHERE id > $1 ORDER BY id LIMIT $2`, upto, limit)
	if err != nil {
		return nil, 0, fmt.Errorf("read log: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var out []Logged
	for rows.Next() {
		var l Logged
		var journal []byte
		if err := rows.Scan(&l.ID, &l.Kiosk, &journal, &l.Seq, &l.Body, &l.ReceivedAt); err != nil {
			return nil, 0, fmt.Errorf("read log: %w", err)
		}
		copy(l.Journal[:], journal)
		out = append(out, l)
	}
	return out, upto, rows.Err()
}

func (d *DB) projectedTo(ctx context.Context) (int64, error) {
	var upto int64
	err := d.db.Reader().QueryRowContext(ctx, `SELECT upto FROM projections WHERE name = $1`, projection).Scan(&upto)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("read projection: %w", err)
	}
	return upto, nil
}

// Project commits a step. It reports false, and does nothing, when the cursor
// is not at s.From any more.
func (d *DB) Project(ctx context.Context, s Step) (done bool, err error) {
	err = d.Update(ctx, func(t *Tx) error {
		if done, err = moveProjection(ctx, t.tx, projection, s.From, s.To); err != nil || !done {
			return err
		}
		if err := insertPunches(ctx, t.tx, s.Punches); err != nil {
			return err
		}
		if err := setPresence(ctx, t.tx, s.Present); err != nil {
			return err
		}
		if err := t.keepCorrections(ctx, s.Present); err != nil || s.Also == nil {
			return err
		}
		return s.Also(ctx, t)
	})
	if err != nil {
		return false, fmt.Errorf("project: %w", err)
	}
	return done, nil
}

func moveProjection(ctx context.Context, tx *sql.Tx, name string, from, to int64) (bool, error) {
	_, err := tx.ExecContext(ctx, `INSERT INTO projections (name, upto) VALUES ($1, 0) ON CONFLICT DO NOTHING`, name)
	if err != nil {
		return false, fmt.Errorf("begin projection: %w", err)
	}
	res, err := tx.ExecContext(ctx, `UPDATE projections SET upto = $1 WHERE name = $2 AND upto = $3`, to, name, from)
	if err != nil {
		return false, fmt.Errorf("move projection: %w", err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return false, fmt.Errorf("move projection: %w", err)
	}
	return n == 1, nil
}

// fewRows go into one statement that is not kept prepared: SQLite looks named
// parameters up one by one, so many rows cost more to prepare than they save.
const fewRows = 20

func insertPunches(ctx context.Context, tx *sql.Tx, rows []Projected) error {
	whole := len(rows) - len(rows)%fewRows
	if err := insertPunchesBy(ctx, tx, fewRows, rows[:whole]); err != nil {
		return err
	}
	return insertPunchesBy(ctx, tx, 1, rows[whole:])
}

// insertPunchesBy inserts n rows with each statement; n divides their number.
func insertPunchesBy(ctx context.Context, tx *sql.Tx, n int, rows []Projected) (err error) {
	if len(rows) == 0 {
		return nil
	}
	const columns = 11
	st, err := tx.PrepareContext(ctx, insertPunchesText(n, columns))
	if err != nil {
		return fmt.Errorf("prepare punches: %w", err)
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	args := make([]any, 0, columns*n)
	for ; len(rows) > 0; rows = rows[n:] {
		args = args[:0]
		for i := range rows[:n] {
			p, u := &rows[i], &rows[i].Punch
			args = append(args, p.ID, u.Kiosk, p.Journal[:], p.Seq, u.Person, string(u.Action), u.At.UnixNano(),
				p.Zone, u.Project, u.Note, string(u.Auth))
		}
		if _, err := st.ExecContext(ctx, args...); err != nil {
			return fmt.Errorf("insert punches: %w", err)
		}
	}
	return nil
}

func insertPunchesText(n, columns int) string {
	var b strings.Builder
	b.WriteString(`INSERT INTO punches (id, kiosk, journal, seq, person, action, at, zone, project, note, auth) VALUES `)
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("(" + marks(columns*i+1, columns) + ")")
	}
	b.WriteString(` ON CONFLICT DO NOTHING`) // the projection may be made again from the start
	return b.String()
}

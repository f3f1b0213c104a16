package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
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
}

// Projected is a punch with the record it came from and the zone it was made in.
type Projected struct {
	ID      int64
	Journal record.JournalID
	Seq     uint64
	Punch   attendance.Punch
	Zone    string
}

// Step is one step of the projection: records From < id <= To have become these
// punches, and left these people present so.
type Step struct {
	From, To int64
	Punches  []Projected
	Present  []Present
}

// Unprojected gives the records after the projection's cursor in order of
// arrival, at most limit, and the cursor.
func (d *DB) Unprojected(ctx context.Context, limit int) (_ []Logged, upto int64, err error) {
	if upto, err = d.projectedTo(ctx); err != nil {
		return nil, 0, err
	}
	rows, err := d.db.Reader().QueryContext(ctx,
		`SELECT id, kiosk, journal, seq, body FROM records WHERE id > $1 ORDER BY id LIMIT $2`, upto, limit)
	if err != nil {
		return nil, 0, fmt.Errorf("read log: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var out []Logged
	for rows.Next() {
		var l Logged
		var journal []byte
		if err := rows.Scan(&l.ID, &l.Kiosk, &journal, &l.Seq, &l.Body); err != nil {
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
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		if done, err = moveProjection(ctx, tx, s.From, s.To); err != nil || !done {
			return err
		}
		for rest := s.Punches; len(rest) > 0; {
			n := min(len(rest), rowsPerInsert)
			if err := insertPunches(ctx, tx, rest[:n]); err != nil {
				return err
			}
			rest = rest[n:]
		}
		return setPresence(ctx, tx, s)
	})
	if err != nil {
		return false, fmt.Errorf("project: %w", err)
	}
	return done, nil
}

func moveProjection(ctx context.Context, tx *sql.Tx, from, to int64) (bool, error) {
	_, err := tx.ExecContext(ctx, `INSERT INTO projections (name, upto) VALUES ($1, 0) ON CONFLICT DO NOTHING`, projection)
	if err != nil {
		return false, fmt.Errorf("begin projection: %w", err)
	}
	res, err := tx.ExecContext(ctx, `UPDATE projections SET upto = $1 WHERE name = $2 AND upto = $3`, to, projection, from)
	if err != nil {
		return false, fmt.Errorf("move projection: %w", err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return false, fmt.Errorf("move projection: %w", err)
	}
	return n == 1, nil
}

func insertPunches(ctx context.Context, tx *sql.Tx, rows []Projected) error {
	const columns = 11
	var b strings.Builder
	b.WriteString(`INSERT INTO punches (id, kiosk, journal, seq, person, action, at, zone, project, note, auth) VALUES `)
	args := make([]any, 0, columns*len(rows))
	for i := range rows {
		sep := "("
		if i > 0 {
			sep = ", ("
		}
		for c := range columns {
			b.WriteString(sep + "$" + strconv.Itoa(columns*i+c+1))
			sep = ", "
		}
		b.WriteString(")")
		p, u := &rows[i], &rows[i].Punch
		args = append(args, p.ID, u.Kiosk, p.Journal[:], p.Seq, u.Person, string(u.Action), u.At.UnixNano(),
			p.Zone, u.Project, u.Note, string(u.Auth))
	}
	b.WriteString(` ON CONFLICT DO NOTHING`) // the projection may be made again from the start
	if _, err := tx.ExecContext(ctx, b.String(), args...); err != nil {
		return fmt.Errorf("insert punches: %w", err)
	}
	return nil
}

package centraldb

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/timepost/timepost/attendance"
)

// Told is a record with the punch that was made of it.
type Told struct {
	Logged
	Punch *Projected // nil: there is none
}

const toldColumns = `u.id, u.kiosk, u.journal, u.seq, u.person, u.action, u.at, u.zone, u.project, u.note, u.auth`

// scanTold reads toldColumns, which are all NULL where there is no punch.
type scanTold struct {
	id, seq, at                                      sql.NullInt64
	kiosk, person, action, zone, project, note, auth sql.NullString
	journal                                          []byte
}

func (s *scanTold) into() []any {
	return []any{&s.id, &s.kiosk, &s.journal, &s.seq, &s.person, &s.action, &s.at, &s.zone, &s.project, &s.note, &s.auth}
}

func (s *scanTold) punch() *Projected {
	if !s.id.Valid {
		return nil
	}
	p := &Projected{ID: s.id.Int64, Seq: uint64(s.seq.Int64), Zone: s.zone.String}
	copy(p.Journal[:], s.journal)
	p.Punch = attendance.Punch{
		Person: s.person.String, Kiosk: s.kiosk.String, Action: attendance.Action(s.action.String), At: time.Unix(0, s.at.Int64).UTC(),
		Project: s.project.String, Note: s.note.String, Auth: attendance.Auth(s.auth.String),
	}
	return p
}

// ProjectedUpTo gives the last record of which a punch has been made where it tells of
// one, by its order of arrival.
func (d *DB) ProjectedUpTo(ctx context.Context) (int64, error) { return d.projectedTo(ctx) }

// ToldAfter reads up to limit records in order of arrival, after one and up to another,
// with the punches that were made of them.
func (d *DB) ToldAfter(ctx context.Context, after, upto int64, limit int) ([]Told, error) {
	out := make([]Told, 0, limit)
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var t Told
		var journal []byte
		var s scanTold
		err := r.Scan(append([]any{&t.ID, &t.Kiosk, &journal, &t.Seq, &t.Body}, s.into()...)...)
		copy(t.Journal[:], journal)
		t.Punch = s.punch()
		out = append(out, t)
		return err
	}, `SELECT r.id, r.kiosk, r.journal, r.seq, r.body, `+toldColumns+` FROM records r LEFT JOIN punches u ON u.id = r.id
		WHERE r.id > $1 AND r.id <= $2 ORDER BY r.id LIMIT $3`, after, upto, limit)
	if err != nil {
		return nil, fmt.Errorf("read log with punches: %w", err)
	}
	return out, nil
}

// OrphanPunches reads up to limit punches of which there is no record.
func (d *DB) OrphanPunches(ctx context.Context, limit int) ([]Projected, error) {
	var out []Projected
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var s scanTold
		if err := r.Scan(s.into()...); err != nil {
			return err
		}
		out = append(out, *s.punch())
		return nil
	}, `SELECT `+toldColumns+` FROM punches u WHERE NOT EXISTS (SELECT 1 FROM records r WHERE r.id = u.id) ORDER BY u.id LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("look for punches without a record: %w", err)
	}
	return out, nil
}

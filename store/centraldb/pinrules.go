package centraldb

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/timepost/timepost/attendance"
)

// AllPeople reads everybody, archived people too, by id.
func (t *Tx) AllPeople(ctx context.Context) ([]attendance.Person, error) {
	var out []attendance.Person
	err := each(ctx, t.tx, func(r *sql.Rows) error {
		p, err := scanPerson(r)
		out = append(out, p)
		return err
	}, `SELECT `+personColumns+` FROM people p ORDER BY p.id`)
	if err != nil {
		return nil, fmt.Errorf("read people: %w", err)
	}
	return out, nil
}

// AllAssignments reads who is assigned to each kiosk; every kiosk is in it.
func (t *Tx) AllAssignments(ctx context.Context) (map[string]Assignments, error) {
	kiosks, err := strs(ctx, t.tx, `SELECT id FROM kiosks`)
	if err != nil {
		return nil, fmt.Errorf("read kiosks: %w", err)
	}
	out := make(map[string]Assignments, len(kiosks))
	for _, k := range kiosks {
		if out[k], err = t.Assignments(ctx, k); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// CountNotices counts the notices of a kind since an instant in unix nanoseconds.
func (d *DB) CountNotices(ctx context.Context, kind string, since int64) (int, error) {
	n, err := count(ctx, d.db.Reader(), `SELECT COUNT(*) FROM notices WHERE kind = $1 AND at >= $2`, kind, since)
	if err != nil {
		return 0, fmt.Errorf("count notices: %w", err)
	}
	return n, nil
}

// OpenTeams reads the names of the teams that are in use.
func (t *Tx) OpenTeams(ctx context.Context) ([]string, error) {
	names, err := strs(ctx, t.tx, `SELECT name FROM teams WHERE archived_at = 0`)
	if err != nil {
		return nil, fmt.Errorf("read teams: %w", err)
	}
	return names, nil
}

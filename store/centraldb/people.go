package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store"
)

const personColumns = `p.id, p.staff_no, p.name, p.team, p.role, p.lang, p.zone, p.active`

// assignedTo is the condition that person p is assigned to the kiosk of row a.
const assignedTo = `(a.kind = 'everyone' OR (a.kind = 'person' AND a.subject = p.id)
	OR (a.kind = 'team' AND a.subject = p.team AND p.team <> ''))`

func scanPerson(r interface{ Scan(...any) error }) (attendance.Person, error) {
	var p attendance.Person
	err := r.Scan(&p.ID, &p.StaffNo, &p.Name, &p.Team, &p.Role, &p.Lang, &p.Zone, &p.Active)
	return p, err
}

// Person reads one person; problem.NotFound.
func (d *DB) Person(ctx context.Context, id string) (attendance.Person, error) {
	return person(ctx, d.db.Reader(), id)
}

// Person reads one person; problem.NotFound.
func (t *Tx) Person(ctx context.Context, id string) (attendance.Person, error) {
	return person(ctx, t.tx, id)
}

func person(ctx context.Context, q querier, id string) (attendance.Person, error) {
	p, err := scanPerson(q.QueryRowContext(ctx, `SELECT `+personColumns+` FROM people p WHERE p.id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return p, notFound("person")
	}
	if err != nil {
		return p, fmt.Errorf("read person: %w", err)
	}
	return p, nil
}

// AddPeople inserts people; problem.Conflict where a staff number is taken. now
// is in unix nanoseconds.
func (t *Tx) AddPeople(ctx context.Context, people []attendance.Person, now int64) error {
	rows := make([][]any, len(people))
	for i, p := range people {
		rows[i] = []any{p.ID, p.StaffNo, p.Name, searchText(p), p.Team, p.Role, p.Lang, p.Zone, flag(p.Active), now}
	}
	err := insertMany(ctx, t.tx, `INSERT INTO people (id, staff_no, name, search, team, role, lang, zone, active, created_at)`, 10, rows)
	if store.IsDuplicate(err) {
		return errStaffNo()
	}
	if err != nil {
		return fmt.Errorf("add people: %w", err)
	}
	made := map[string]bool{}
	for _, p := range people {
		if !made[p.Team] {
			made[p.Team] = true
			if err := t.EnsureTeam(ctx, p.Team, now); err != nil {
				return fmt.Errorf("add team: %w", err)
			}
		}
	}
	return nil
}

// SetPerson writes everything about a person but the id; problem.NotFound, and
// problem.Conflict where the staff number is taken.
func (t *Tx) SetPerson(ctx context.Context, p attendance.Person) error {
	err := exec(ctx, t.tx, notFound("person"), `UPDATE people SET staff_no = $1, name = $2, search = $3, team = $4,
		role = $5, lang = $6, zone = $7, active = $8, edited = 1 WHERE id = $9`,
		p.StaffNo, p.Name, searchText(p), p.Team, p.Role, p.Lang, p.Zone, flag(p.Active), p.ID)
	if store.IsDuplicate(err) {
		return errStaffNo()
	}
	if err != nil {
		return fmt.Errorf("write person: %w", err)
	}
	return nil
}

// StaffNumbers gives every staff number in use and its person's id.
func (t *Tx) StaffNumbers(ctx context.Context) (map[string]string, error) {
	out := map[string]string{}
	err := each(ctx, t.tx, func(r *sql.Rows) error {
		var no, id string
		if err := r.Scan(&no, &id); err != nil {
			return err
		}
		out[no] = id
		return nil
	}, `SELECT staff_no, id FROM people WHERE staff_no <> ''`)
	if err != nil {
		return nil, fmt.Errorf("read staff numbers: %w", err)
	}
	return out, nil
}

// CountPeople counts the active people.
func (d *DB) CountPeople(ctx context.Context) (int, error) {
	return count(ctx, d.db.Reader(), `SELECT COUNT(*) FROM people WHERE active = 1`)
}

// KiosksOf gives the kiosks that the people are assigned to, each once.
func (t *Tx) KiosksOf(ctx context.Context, people ...string) ([]string, error) {
	return kiosksOf(ctx, t.tx, people)
}

// KiosksOf gives the kiosks that the people are assigned to, each once.
func (d *DB) KiosksOf(ctx context.Context, people ...string) ([]string, error) {
	return kiosksOf(ctx, d.db.Reader(), people)
}

func kiosksOf(ctx context.Context, q querier, people []string) ([]string, error) {
	var out []string
	seen := map[string]bool{}
	for _, id := range people {
		ids, err := strs(ctx, q, `SELECT DISTINCT a.kiosk FROM people p JOIN assignments a ON `+assignedTo+` WHERE p.id = $1`, id)
		if err != nil {
			return nil, fmt.Errorf("read kiosks of person: %w", err)
		}
		for _, k := range ids {
			if !seen[k] {
				seen[k] = true
				out = append(out, k)
			}
		}
	}
	return out, nil
}

func searchText(p attendance.Person) string {
	return attendance.SearchKey(p.Name + " " + p.StaffNo)
}

func errStaffNo() error {
	return problem.New(problem.Conflict, "Somebody has this staff number already.", "Staff numbers are unique; look for the person in the list.").
		With("field", "staff_no")
}

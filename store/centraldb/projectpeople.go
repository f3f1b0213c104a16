package centraldb

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"

	"github.com/timepost/timepost/attendance"
)

// ProjectPeople reads a page of the active people who have a project on their own
// list, in name order.
func (d *DB) ProjectPeople(ctx context.Context, project string, offset, limit int) ([]attendance.Person, error) {
	var out []attendance.Person
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		p, err := scanPerson(r)
		out = append(out, p)
		return err
	}, `SELECT `+personColumns+` FROM person_projects w JOIN people p ON p.id = w.person
		WHERE w.project = $1 AND +p.active = 1 ORDER BY p.search, p.id LIMIT `+strconv.Itoa(limit)+` OFFSET `+strconv.Itoa(offset), project)
	if err != nil {
		return nil, fmt.Errorf("read people of project: %w", err)
	}
	return out, nil
}

// TeamMembers gives the ids of the active people in a team.
func (t *Tx) TeamMembers(ctx context.Context, team string) ([]string, error) {
	ids, err := strs(ctx, t.tx, `SELECT id FROM people WHERE team = $1 AND active = 1 ORDER BY id`, team)
	if err != nil {
		return nil, fmt.Errorf("read members of team: %w", err)
	}
	return ids, nil
}

// ListProject puts a project on the own lists of people; where it is there already
// it stays. Who had no list now has one.
func (t *Tx) ListProject(ctx context.Context, project string, people []string) error {
	if err := t.addPairs(ctx, "person_projects", "project", "person", project, people); err != nil {
		return err
	}
	return t.settleDefaults(ctx)
}

// UnlistProject takes a project off the own lists of people.
func (t *Tx) UnlistProject(ctx context.Context, project string, people []string) error {
	for _, id := range people {
		if err := exec(ctx, t.tx, nil, `DELETE FROM person_projects WHERE person = $1 AND project = $2`, id, project); err != nil {
			return fmt.Errorf("take project off list: %w", err)
		}
	}
	return t.settleDefaults(ctx)
}

// settleDefaults takes away what people would book on by themselves where their own
// list has it no more.
func (t *Tx) settleDefaults(ctx context.Context) error {
	err := exec(ctx, t.tx, nil, `UPDATE people SET project = '' WHERE project <> ''
		AND EXISTS (SELECT 1 FROM person_projects w WHERE w.person = people.id)
		AND NOT EXISTS (SELECT 1 FROM person_projects w WHERE w.person = people.id AND w.project = people.project)`)
	if err != nil {
		return fmt.Errorf("settle projects of people: %w", err)
	}
	return nil
}

// ownProjects reads the own lists of projects of all people, where the kiosk has any
// project at all.
func (d *DB) ownProjects(ctx context.Context, kiosk string) (map[string][]string, error) {
	out := map[string][]string{}
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var person, project string
		err := r.Scan(&person, &project)
		out[person] = append(out[person], project)
		return err
	}, `SELECT person, project FROM person_projects WHERE EXISTS (SELECT 1 FROM kiosk_projects WHERE kiosk = $1) ORDER BY person, project`, kiosk)
	if err != nil {
		return nil, fmt.Errorf("read own projects: %w", err)
	}
	return out, nil
}

package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store"
)

// Project is what hours are booked on. Instants are unix nanoseconds, 0 for never.
type Project struct {
	ID         string
	Name       string
	CreatedAt  int64
	ArchivedAt int64
}

// ProjectRow is a project with how much there is to it.
type ProjectRow struct {
	Project
	Kiosks int // that offer it
	People int // active ones who have it on their own list
}

// ProjectFilter chooses a page of projects in name order.
type ProjectFilter struct {
	Search   string // matches like attendance.MatchSearch
	Archived bool   // those out of use instead of those in use
	Offset   int
	Limit    int
}

const projectColumns = `j.id, j.name, j.created_at, j.archived_at`

// projectRows counts by the few who have a project on their list: the plus keeps
// SQLite from walking through everybody who is active instead.
const projectRows = `SELECT ` + projectColumns + `,
	(SELECT COUNT(*) FROM kiosk_projects a WHERE a.project = j.id),
	(SELECT COUNT(*) FROM person_projects w JOIN people p ON p.id = w.person WHERE w.project = j.id AND +p.active = 1)
	FROM projects j`

func scanProject(r interface{ Scan(...any) error }) (ProjectRow, error) {
	var p ProjectRow
	err := r.Scan(&p.ID, &p.Name, &p.CreatedAt, &p.ArchivedAt, &p.Kiosks, &p.People)
	return p, err
}

// ProjectPage reads a page of projects and how many the filter chooses in all.
func (d *DB) ProjectPage(ctx context.Context, f ProjectFilter) (page []ProjectRow, total int, err error) {
	w := &where{}
	if f.Archived {
		w.add("j.archived_at <> 0")
	} else {
		w.add("j.archived_at = 0")
	}
	w.words("j.search", f.Search)
	total, err = count(ctx, d.db.Reader(), `SELECT COUNT(*) FROM projects j WHERE `+w.text(), w.args...)
	if err != nil {
		return nil, 0, fmt.Errorf("count projects: %w", err)
	}
	err = each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		p, err := scanProject(r)
		page = append(page, p)
		return err
	}, projectRows+` WHERE j.id IN (SELECT j.id FROM projects j WHERE `+w.text()+` ORDER BY j.search, j.id LIMIT `+strconv.Itoa(f.Limit)+
		` OFFSET `+strconv.Itoa(f.Offset)+`) ORDER BY j.search, j.id`, w.args...)
	if err != nil {
		return nil, 0, fmt.Errorf("read projects: %w", err)
	}
	return page, total, nil
}

// Projects reads all projects by name, those out of use last.
func (d *DB) Projects(ctx context.Context) ([]Project, error) {
	var out []Project
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var p Project
		err := r.Scan(&p.ID, &p.Name, &p.CreatedAt, &p.ArchivedAt)
		out = append(out, p)
		return err
	}, `SELECT `+projectColumns+` FROM projects j ORDER BY j.archived_at <> 0, j.search, j.id`)
	if err != nil {
		return nil, fmt.Errorf("read projects: %w", err)
	}
	return out, nil
}

// ProjectRow reads one project; problem.NotFound.
func (d *DB) ProjectRow(ctx context.Context, id string) (ProjectRow, error) {
	return projectRow(ctx, d.db.Reader(), id)
}

// ProjectRow reads one project; problem.NotFound.
func (t *Tx) ProjectRow(ctx context.Context, id string) (ProjectRow, error) {
	return projectRow(ctx, t.tx, id)
}

func projectRow(ctx context.Context, q querier, id string) (ProjectRow, error) {
	p, err := scanProject(q.QueryRowContext(ctx, projectRows+` WHERE j.id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return p, notFound("project")
	}
	if err != nil {
		return p, fmt.Errorf("read project: %w", err)
	}
	return p, nil
}

// AddProject adds a project; problem.Conflict where one in use has its name.
func (t *Tx) AddProject(ctx context.Context, p Project) error {
	_, err := t.tx.ExecContext(ctx, `INSERT INTO projects (id, name, search, created_at) VALUES ($1, $2, $3, $4)`,
		p.ID, p.Name, attendance.SearchKey(p.Name), p.CreatedAt)
	return projectWritten("add project", err)
}

// SetProject writes a project's name and when it went out of use; problem.NotFound,
// problem.Conflict where another one in use has its name.
func (t *Tx) SetProject(ctx context.Context, p Project) error {
	err := exec(ctx, t.tx, notFound("project"), `UPDATE projects SET name = $1, search = $2, archived_at = $3 WHERE id = $4`,
		p.Name, attendance.SearchKey(p.Name), p.ArchivedAt, p.ID)
	return projectWritten("write project", err)
}

func projectWritten(did string, err error) error {
	if store.IsDuplicate(err) {
		return problem.New(problem.Conflict, "There is a project of this name already.", "Choose one that reads differently.").With("field", "name")
	}
	if err != nil {
		return fmt.Errorf("%s: %w", did, err)
	}
	return nil
}

// UnknownProjects gives those of the ids that name no project in use.
func (t *Tx) UnknownProjects(ctx context.Context, ids []string) ([]string, error) {
	used, err := strs(ctx, t.tx, `SELECT id FROM projects WHERE archived_at = 0`)
	if err != nil {
		return nil, fmt.Errorf("read projects: %w", err)
	}
	known := make(map[string]bool, len(used))
	for _, id := range used {
		known[id] = true
	}
	var unknown []string
	for _, id := range ids {
		if !known[id] {
			unknown = append(unknown, id)
		}
	}
	return unknown, nil
}

// ProjectMeant gives the id of the project that somebody means by a name or an id.
// What names none is given back as it is.
func (t *Tx) ProjectMeant(ctx context.Context, text string) (string, error) {
	if text == "" {
		return "", nil
	}
	ids, err := strs(ctx, t.tx, `SELECT id FROM projects WHERE id = $1 OR search = $2 ORDER BY id <> $1, archived_at <> 0, created_at DESC LIMIT 1`,
		text, attendance.SearchKey(text))
	if err != nil {
		return "", fmt.Errorf("find project: %w", err)
	}
	if len(ids) == 0 {
		return text, nil
	}
	return ids[0], nil
}

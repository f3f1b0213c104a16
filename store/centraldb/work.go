package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/timepost/timepost/sync/wire"
)

// KioskWork is what can be booked on at a kiosk: ids of projects. Project is the
// one that an In books on where nothing else is chosen, "" for none.
type KioskWork struct {
	Projects []string
	Project  string
}

// PersonWork is what one person may book on, everything a kiosk has where Projects
// is empty; Project is their own choice for an In, "" for the kiosk's. Break nil is
// the organisation's rule.
type PersonWork struct {
	Projects []string
	Project  string
	Break    *wire.BreakRule
}

// KioskWork reads what can be booked on at a kiosk; problem.NotFound.
func (d *DB) KioskWork(ctx context.Context, kiosk string) (KioskWork, error) {
	return kioskWork(ctx, d.db.Reader(), kiosk)
}

// KioskWork reads what can be booked on at a kiosk; problem.NotFound.
func (t *Tx) KioskWork(ctx context.Context, kiosk string) (KioskWork, error) {
	return kioskWork(ctx, t.tx, kiosk)
}

func kioskWork(ctx context.Context, q querier, kiosk string) (KioskWork, error) {
	var w KioskWork
	err := q.QueryRowContext(ctx, `SELECT project FROM kiosks WHERE id = $1`, kiosk).Scan(&w.Project)
	if errors.Is(err, sql.ErrNoRows) {
		return w, notFound("kiosk")
	}
	if err == nil {
		w.Projects, err = strs(ctx, q, `SELECT project FROM kiosk_projects WHERE kiosk = $1 ORDER BY project`, kiosk)
	}
	if err != nil {
		return w, fmt.Errorf("read projects of kiosk: %w", err)
	}
	return w, nil
}

// SetKioskWork replaces what can be booked on at a kiosk; problem.NotFound.
func (t *Tx) SetKioskWork(ctx context.Context, kiosk string, w KioskWork) error {
	if err := exec(ctx, t.tx, notFound("kiosk"), `UPDATE kiosks SET project = $1 WHERE id = $2`, w.Project, kiosk); err != nil {
		return fmt.Errorf("write project of kiosk: %w", err)
	}
	return t.replacePairs(ctx, "kiosk_projects", "kiosk", "project", kiosk, w.Projects)
}

// PersonWork reads what a person may book on; problem.NotFound.
func (d *DB) PersonWork(ctx context.Context, person string) (PersonWork, error) {
	return personWork(ctx, d.db.Reader(), person)
}

// PersonWork reads what a person may book on; problem.NotFound.
func (t *Tx) PersonWork(ctx context.Context, person string) (PersonWork, error) {
	return personWork(ctx, t.tx, person)
}

func personWork(ctx context.Context, q querier, person string) (PersonWork, error) {
	var w PersonWork
	var least, due sql.NullInt64
	err := q.QueryRowContext(ctx, `SELECT project, break_least, break_due FROM people WHERE id = $1`, person).Scan(&w.Project, &least, &due)
	if errors.Is(err, sql.ErrNoRows) {
		return w, notFound("person")
	}
	if err == nil {
		w.Break = breakOf(least, due)
		w.Projects, err = strs(ctx, q, `SELECT project FROM person_projects WHERE person = $1 ORDER BY project`, person)
	}
	if err != nil {
		return w, fmt.Errorf("read projects of person: %w", err)
	}
	return w, nil
}

func breakOf(least, due sql.NullInt64) *wire.BreakRule {
	if !least.Valid && !due.Valid {
		return nil
	}
	return &wire.BreakRule{Least: int(least.Int64), Due: int(due.Int64)}
}

// SetPersonWork replaces what a person may book on; problem.NotFound.
func (t *Tx) SetPersonWork(ctx context.Context, person string, w PersonWork) error {
	var least, due any
	if w.Break != nil {
		least, due = w.Break.Least, w.Break.Due
	}
	err := exec(ctx, t.tx, notFound("person"), `UPDATE people SET project = $1, break_least = $2, break_due = $3 WHERE id = $4`,
		w.Project, least, due, person)
	if err != nil {
		return fmt.Errorf("write project of person: %w", err)
	}
	return t.replacePairs(ctx, "person_projects", "person", "project", person, w.Projects)
}

// replacePairs has exactly the values stand beside key. Names are ours, never typed.
func (t *Tx) replacePairs(ctx context.Context, table, keyed, valued, key string, values []string) error {
	if _, err := t.tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE `+keyed+` = $1`, key); err != nil {
		return fmt.Errorf("clear %s: %w", table, err)
	}
	return t.addPairs(ctx, table, keyed, valued, key, values)
}

// addPairs has the values stand beside key, whether or not they did.
func (t *Tx) addPairs(ctx context.Context, table, keyed, valued, key string, values []string) error {
	for _, v := range values {
		err := exec(ctx, t.tx, nil, `INSERT INTO `+table+` (`+keyed+`, `+valued+`) VALUES ($1, $2) ON CONFLICT DO NOTHING`, key, v)
		if err != nil {
			return fmt.Errorf("write %s: %w", table, err)
		}
	}
	return nil
}

// ProjectKiosks gives the ids of the kiosks that offer a project.
func (d *DB) ProjectKiosks(ctx context.Context, project string) ([]string, error) {
	return projectKiosks(ctx, d.db.Reader(), project)
}

// ProjectKiosks gives the ids of the kiosks that offer a project.
func (t *Tx) ProjectKiosks(ctx context.Context, project string) ([]string, error) {
	return projectKiosks(ctx, t.tx, project)
}

func projectKiosks(ctx context.Context, q querier, project string) ([]string, error) {
	ids, err := strs(ctx, q, `SELECT kiosk FROM kiosk_projects WHERE project = $1 ORDER BY kiosk`, project)
	if err != nil {
		return nil, fmt.Errorf("read kiosks of project: %w", err)
	}
	return ids, nil
}

// SetProjectKiosks replaces the kiosks that offer a project. One that no longer does
// books nothing on it by itself.
func (t *Tx) SetProjectKiosks(ctx context.Context, project string, kiosks []string) error {
	if err := t.replacePairs(ctx, "kiosk_projects", "project", "kiosk", project, kiosks); err != nil {
		return err
	}
	err := exec(ctx, t.tx, nil, `UPDATE kiosks SET project = '' WHERE project = $1
		AND NOT EXISTS (SELECT 1 FROM kiosk_projects a WHERE a.kiosk = kiosks.id AND a.project = $1)`, project)
	if err != nil {
		return fmt.Errorf("write kiosks of project: %w", err)
	}
	return nil
}

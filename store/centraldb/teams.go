package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store"
)

// TeamRow is a team with how much there is to it. Instants are unix nanoseconds,
// 0 for never.
type TeamRow struct {
	Name        string
	Manager     string // a person's id, "" for nobody
	ManagerName string
	CreatedAt   int64
	ArchivedAt  int64
	Members     int // active people
	Kiosks      int // those it is assigned to
}

const teamRows = `SELECT t.name, t.manager, COALESCE(m.name, ''), t.created_at, t.archived_at,
	(SELECT COUNT(*) FROM people p WHERE p.team = t.name AND p.active = 1),
	(SELECT COUNT(*) FROM assignments a WHERE a.kind = 'team' AND a.subject = t.name)
	FROM teams t LEFT JOIN people m ON m.id = t.manager`

func scanTeamRow(r interface{ Scan(...any) error }) (TeamRow, error) {
	var t TeamRow
	err := r.Scan(&t.Name, &t.Manager, &t.ManagerName, &t.CreatedAt, &t.ArchivedAt, &t.Members, &t.Kiosks)
	return t, err
}

// TeamRows reads all teams by name, the archived ones last.
func (d *DB) TeamRows(ctx context.Context) ([]TeamRow, error) {
	var out []TeamRow
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		t, err := scanTeamRow(r)
		out = append(out, t)
		return err
	}, teamRows+` ORDER BY t.archived_at <> 0, t.name`)
	if err != nil {
		return nil, fmt.Errorf("read teams: %w", err)
	}
	return out, nil
}

// TeamRow reads one team; problem.NotFound.
func (d *DB) TeamRow(ctx context.Context, name string) (TeamRow, error) {
	return teamRow(ctx, d.db.Reader(), name)
}

// TeamRow reads one team; problem.NotFound.
func (t *Tx) TeamRow(ctx context.Context, name string) (TeamRow, error) {
	return teamRow(ctx, t.tx, name)
}

func teamRow(ctx context.Context, q querier, name string) (TeamRow, error) {
	t, err := scanTeamRow(q.QueryRowContext(ctx, teamRows+` WHERE t.name = $1`, name))
	if errors.Is(err, sql.ErrNoRows) {
		return t, notFound("team")
	}
	if err != nil {
		return t, fmt.Errorf("read team: %w", err)
	}
	return t, nil
}

// ManagedTeams gives the names of the teams that a person manages, archived ones
// left out.
func (d *DB) ManagedTeams(ctx context.Context, person string) ([]string, error) {
	if person == "" {
		return nil, nil
	}
	var out []string
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var name string
		err := r.Scan(&name)
		out = append(out, name)
		return err
	}, `SELECT name FROM teams WHERE manager = $1 AND archived_at = 0 ORDER BY name`, person)
	if err != nil {
		return nil, fmt.Errorf("read managed teams: %w", err)
	}
	return out, nil
}

// AddTeam adds a team; problem.Conflict where the name is taken.
func (t *Tx) AddTeam(ctx context.Context, name string, now int64) error {
	_, err := t.tx.ExecContext(ctx, `INSERT INTO teams (name, created_at) VALUES ($1, $2)`, name, now)
	if store.IsDuplicate(err) {
		return errTeamName()
	}
	if err != nil {
		return fmt.Errorf("add team: %w", err)
	}
	return nil
}

// EnsureTeam makes sure that a team is there and not archived: somebody was put
// into it by name. "" is no team.
func (t *Tx) EnsureTeam(ctx context.Context, name string, now int64) error {
	if name == "" {
		return nil
	}
	return exec(ctx, t.tx, nil, `INSERT INTO teams (name, created_at) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET archived_at = 0 WHERE archived_at <> 0`, name, now)
}

// RenameTeam gives a team another name, for its people and on its kiosks too;
// problem.NotFound, problem.Conflict where the name is taken.
func (t *Tx) RenameTeam(ctx context.Context, from, to string) error {
	err := exec(ctx, t.tx, notFound("team"), `UPDATE teams SET name = $1 WHERE name = $2`, to, from)
	if store.IsDuplicate(err) {
		return errTeamName()
	}
	if err != nil {
		return fmt.Errorf("rename team: %w", err)
	}
	for _, sql := range []string{
		`UPDATE people SET team = $1 WHERE team = $2`,
		`UPDATE assignments SET subject = $1 WHERE kind = 'team' AND subject = $2`,
	} {
		if err := exec(ctx, t.tx, nil, sql, to, from); err != nil {
			return fmt.Errorf("rename team: %w", err)
		}
	}
	return nil
}

// SetTeam writes a team's manager and when it was archived; problem.NotFound. An
// archived team is on no kiosk any more.
func (t *Tx) SetTeam(ctx context.Context, row TeamRow) error {
	err := exec(ctx, t.tx, notFound("team"), `UPDATE teams SET manager = $1, archived_at = $2 WHERE name = $3`, row.Manager, row.ArchivedAt, row.Name)
	if err == nil && row.ArchivedAt != 0 {
		err = exec(ctx, t.tx, nil, `DELETE FROM assignments WHERE kind = 'team' AND subject = $1`, row.Name)
	}
	if err != nil {
		return fmt.Errorf("write team: %w", err)
	}
	return nil
}

func errTeamName() error {
	return problem.New(problem.Conflict, "There is a team of this name already.", "Choose another name.").With("field", "name")
}

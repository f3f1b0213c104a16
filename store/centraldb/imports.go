package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
)

// ImportRow is an import of people. Instants are unix nanoseconds.
type ImportRow struct {
	ID       int64
	At       int64
	Actor    string // an account
	People   int    // that it made
	UndoneAt int64  // 0: it stands
	Kept     int    // of its people, how many have punched or were changed since
	Owners   int    // of its people
}

// An import's (i) person (p) who cannot be taken back: there is a punch of theirs, or
// somebody has changed them or their PIN, or given them a badge. Each part is found by an index.
const kept = `(p.edited = 1 OR p.unlock_version <> 0
	OR EXISTS (SELECT 1 FROM punches u WHERE u.person = p.id)
	OR EXISTS (SELECT 1 FROM corrections c WHERE c.person = p.id)
	OR EXISTS (SELECT 1 FROM pins n WHERE n.kind = 'personal' AND n.subject = p.id AND n.version > 1)
	OR EXISTS (SELECT 1 FROM badges b WHERE b.person = p.id AND b.learnt_at > i.at)
	OR EXISTS (SELECT 1 FROM logins l WHERE l.person = p.id AND l.person <> ''))`

const importColumns = `i.id, i.at, i.actor, i.people, i.undone_at,
	(SELECT COUNT(*) FROM people p WHERE p.import = i.id AND p.import <> 0 AND ` + kept + `),
	(SELECT COUNT(*) FROM people p WHERE p.import = i.id AND p.import <> 0 AND p.role = 'owner')`

func scanImport(r interface{ Scan(...any) error }) (ImportRow, error) {
	var i ImportRow
	err := r.Scan(&i.ID, &i.At, &i.Actor, &i.People, &i.UndoneAt, &i.Kept, &i.Owners)
	return i, err
}

// Imports reads the newest imports, newest first.
func (d *DB) Imports(ctx context.Context, limit int) ([]ImportRow, error) {
	var out []ImportRow
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		i, err := scanImport(r)
		out = append(out, i)
		return err
	}, `SELECT `+importColumns+` FROM imports i ORDER BY i.id DESC LIMIT `+strconv.Itoa(limit))
	if err != nil {
		return nil, fmt.Errorf("read imports: %w", err)
	}
	return out, nil
}

// Import reads an import; problem.NotFound.
func (t *Tx) Import(ctx context.Context, id int64) (ImportRow, error) {
	i, err := scanImport(t.tx.QueryRowContext(ctx, `SELECT `+importColumns+` FROM imports i WHERE i.id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return i, notFound("import")
	}
	if err != nil {
		return i, fmt.Errorf("read import: %w", err)
	}
	return i, nil
}

// AddImport keeps that the people were made by an import, and gives its id.
func (t *Tx) AddImport(ctx context.Context, actor string, now int64, people []string) (int64, error) {
	res, err := t.tx.ExecContext(ctx, `INSERT INTO imports (at, actor, people) VALUES ($1, $2, $3)`, now, actor, len(people))
	if err != nil {
		return 0, fmt.Errorf("add import: %w", err)
	}
	id, err := res.LastInsertId()
	if err != nil {
		return 0, fmt.Errorf("add import: %w", err)
	}
	for len(people) > 0 {
		n := min(len(people), idsPerQuery)
		args := []any{id}
		for _, p := range people[:n] {
			args = append(args, p)
		}
		if err := exec(ctx, t.tx, nil, `UPDATE people SET import = $1 WHERE id IN (`+marks(2, n)+`)`, args...); err != nil {
			return 0, fmt.Errorf("add import: %w", err)
		}
		people = people[n:]
	}
	return id, nil
}

// UndoImport removes an import's people with everything that was made for them.
// The import must be one without Kept; problem.NotFound.
func (t *Tx) UndoImport(ctx context.Context, id, now int64) error {
	if err := exec(ctx, t.tx, notFound("import"), `UPDATE imports SET undone_at = $1 WHERE id = $2 AND undone_at = 0`, now, id); err != nil {
		return fmt.Errorf("undo import: %w", err)
	}
	const theirs = `(SELECT id FROM people WHERE import = $1 AND import <> 0)`
	for _, sql := range []string{
		`DELETE FROM pins WHERE kind = 'personal' AND subject IN ` + theirs,
		`DELETE FROM assignments WHERE kind = 'person' AND subject IN ` + theirs,
		`DELETE FROM pin_locks WHERE person IN ` + theirs,
		`DELETE FROM pin_requests WHERE person IN ` + theirs,
		`DELETE FROM badges WHERE person IN ` + theirs,
		`UPDATE teams SET manager = '' WHERE manager IN ` + theirs,
		`DELETE FROM people WHERE import = $1 AND import <> 0`,
	} {
		if err := exec(ctx, t.tx, nil, sql, id); err != nil {
			return fmt.Errorf("undo import: %w", err)
		}
	}
	return nil
}

package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sort"

	"github.com/timepost/timepost/internal/problem"
)

// migrate brings the schema up to date: each file once, in name order, each in
// its own transaction. A file that was applied and has changed since, or a
// schema from a newer program, is refused.
func migrate(ctx context.Context, db *sql.DB, files fs.FS) error {
	if files == nil {
		return nil
	}
	const create = `CREATE TABLE IF NOT EXISTS schema_migrations (name TEXT PRIMARY KEY, sha256 TEXT NOT NULL) WITHOUT ROWID`
	if _, err := db.ExecContext(ctx, create); err != nil {
		return fmt.Errorf("make migration table: %w", err)
	}
	applied, err := appliedMigrations(ctx, db)
	if err != nil {
		return err
	}
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return fmt.Errorf("list migrations: %w", err)
	}
	sort.Strings(names)
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return fmt.Errorf("read migration %s: %w", name, err)
		}
		if err := applyMigration(ctx, db, path.Base(name), string(text), applied); err != nil {
			return err
		}
		delete(applied, path.Base(name))
	}
	for name := range applied {
		return newer(name)
	}
	return nil
}

// Current says whether the schema is the one that files make, without changing it:
// problem.Conflict for an earlier one, problem.Damaged for a later one.
func (db *DB) Current(ctx context.Context, files fs.FS) error {
	applied, err := appliedMigrations(ctx, db.reader)
	if err != nil {
		return err
	}
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return fmt.Errorf("list migrations: %w", err)
	}
	for _, name := range names {
		if _, ok := applied[path.Base(name)]; !ok {
			return problem.New(problem.Conflict, "This data is of an earlier version of Timepost.",
				"Start its program of this version once, which brings it up to date; or use the programs of that version.").
				Because(fmt.Errorf("migration %s is missing", name))
		}
		delete(applied, path.Base(name))
	}
	for name := range applied {
		return newer(name)
	}
	return nil
}

// newer is the problem of a schema that these programs do not know.
func newer(name string) error {
	return problem.New(problem.Damaged, "This data was written by a newer version of Timepost.",
		"Install that version again.").Because(fmt.Errorf("unknown migration %s", name))
}

func appliedMigrations(ctx context.Context, db *sql.DB) (_ map[string]string, err error) {
	rows, err := db.QueryContext(ctx, `SELECT name, sha256 FROM schema_migrations`)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	applied := map[string]string{}
	for rows.Next() {
		var name, sum string
		if err := rows.Scan(&name, &sum); err != nil {
			return nil, fmt.Errorf("read migrations: %w", err)
		}
		applied[name] = sum
	}
	return applied, rows.Err()
}

func applyMigration(ctx context.Context, db *sql.DB, name, text string, applied map[string]string) error {
	digest := sha256.Sum256([]byte(text))
	sum := hex.EncodeToString(digest[:])
	if had, ok := applied[name]; ok {
		if had != sum {
			return fmt.Errorf("migration %s was edited after it was applied", name)
		}
		return nil
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin migration %s: %w", name, err)
	}
	_, err = tx.ExecContext(ctx, text)
	if err == nil {
		_, err = tx.ExecContext(ctx, `INSERT INTO schema_migrations(name, sha256) VALUES ($1, $2)`, name, sum)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("apply migration %s: %w", name, err), tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit migration %s: %w", name, err)
	}
	return nil
}

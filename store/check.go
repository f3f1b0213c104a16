package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/timepost/timepost/internal/problem"
)

// mostFaults bounds how many faults are told of.
const mostFaults = 10

// Check reads the whole database: that its pages, rows and indexes fit each other, and
// that nothing refers to what is not there. problem.Damaged, with what was found.
// SQLite has no sums over rows: that a value is what was written it can't say.
func (db *DB) Check(ctx context.Context) error {
	found, err := db.faults(ctx, fmt.Sprintf(`PRAGMA integrity_check(%d)`, mostFaults), func(r *sql.Rows) (string, error) {
		var text string
		err := r.Scan(&text)
		return text, err
	})
	if err != nil {
		return fmt.Errorf("check database: %w", err)
	}
	if len(found) == 1 && found[0] == "ok" {
		found = nil
	}
	loose, err := db.faults(ctx, `PRAGMA foreign_key_check`, func(r *sql.Rows) (string, error) {
		var table, parent string
		var row, key any
		err := r.Scan(&table, &row, &parent, &key)
		return fmt.Sprintf("a row of %s refers to nothing in %s", table, parent), err
	})
	if err != nil {
		return fmt.Errorf("check database: %w", err)
	}
	if found = append(found, loose...); len(found) == 0 {
		return nil
	}
	return problem.New(problem.Damaged, "The database is damaged: "+found[0]+".", "Restore a backup.").
		Because(errors.New(strings.Join(found, "; ")))
}

func (db *DB) faults(ctx context.Context, query string, scan func(*sql.Rows) (string, error)) (out []string, err error) {
	rows, err := db.reader.QueryContext(ctx, query)
	if err != nil {
		if Fault(err) == problem.Damaged {
			return []string{err.Error()}, nil
		}
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for len(out) < mostFaults && rows.Next() {
		text, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	if err := rows.Err(); Fault(err) == problem.Damaged {
		return append(out, err.Error()), nil
	} else if err != nil {
		return nil, err
	}
	return out, nil
}

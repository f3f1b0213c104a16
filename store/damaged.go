package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
)

// OpenDamaged opens a copy of a database that is damaged, to read from it what can
// be read. Nothing about it is asserted and nothing is migrated; it has one
// connection, which writes at most what its WAL holds into the copy.
func OpenDamaged(ctx context.Context, path string) (*sql.DB, error) {
	u := url.URL{Scheme: "file", Opaque: url.PathEscape(path), RawQuery: "mode=rw&_busy_timeout=5000"}
	db, err := sql.Open("sqlite3", u.String())
	if err != nil {
		return nil, fmt.Errorf("open damaged database: %w", err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, `PRAGMA trusted_schema = 0`); err != nil {
		return nil, errors.Join(fmt.Errorf("open damaged database: %w", err), db.Close())
	}
	return db, nil
}

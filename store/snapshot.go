package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
)

// Snapshot writes a consistent copy of the database at path into the new file to, and
// flushes it. It may run beside the program that writes the database: what is committed
// before it begins is in the copy, writers do not wait for it, and the database is not
// migrated. What was deleted is not in the copy. On an error to may hold anything.
func Snapshot(ctx context.Context, path, to string) (err error) {
	db := sql.OpenDB(&connector{path: path, readonly: true})
	db.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("copy database: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	// It is the copy that is written; the connection can't write to the database still.
	if _, err := conn.ExecContext(ctx, `PRAGMA query_only = 0`); err != nil {
		return fmt.Errorf("copy database: %w", err)
	}
	if _, err := conn.ExecContext(ctx, `VACUUM INTO $1`, to); err != nil {
		return fmt.Errorf("copy database: %w", err)
	}
	return syncFile(to)
}

// syncFile flushes a file that no connection has open.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("flush %s: %w", path, err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("flush %s: %w", path, err)
	}
	return nil
}

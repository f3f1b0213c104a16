package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"github.com/mattn/go-sqlite3"

	"github.com/timepost/timepost/internal/problem"
)

// Fault says what a failed database call means for whoever stands before the
// machine: OutOfOrder where the disk is full, read-only or failing, Damaged
// where the file is not a sound database, "" for everything else.
func Fault(err error) problem.Code {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return ""
	}
	switch e.Code {
	case sqlite3.ErrFull, sqlite3.ErrIoErr, sqlite3.ErrReadonly, sqlite3.ErrCantOpen, sqlite3.ErrPerm:
		return problem.OutOfOrder
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		return problem.Damaged
	}
	return ""
}

// IsMisfit says whether err, of reading a row that is there, is not SQLite's own: the row
// holds a value that does not fit its column, and no program of ours wrote it.
func IsMisfit(ctx context.Context, err error) bool {
	var e sqlite3.Error
	return err != nil && ctx.Err() == nil && !errors.As(err, &e) && !errors.Is(err, sql.ErrNoRows) && !errors.Is(err, driver.ErrBadConn)
}

// IsDuplicate says whether err is a broken UNIQUE or PRIMARY KEY constraint.
func IsDuplicate(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && (e.ExtendedCode == sqlite3.ErrConstraintUnique || e.ExtendedCode == sqlite3.ErrConstraintPrimaryKey)
}

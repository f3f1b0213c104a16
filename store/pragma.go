package store

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/mattn/go-sqlite3"
)

// pragma is one setting and the value it must read back with.
type pragma struct{ name, set, want string }

// pragmas lists what this connection must run with. journal_size_limit keeps
// the WAL at 1 MiB on disk; trusted_schema and cell_size_check keep a damaged
// file from doing harm.
func (c *connector) pragmas() []pragma {
	both := []pragma{
		{"journal_mode", "", "wal"},
		{"trusted_schema", "0", "0"},
		{"cell_size_check", "1", "1"},
		{"foreign_keys", "", "1"},
		{"busy_timeout", "", "5000"},
	}
	if c.readonly {
		return append(both, pragma{"query_only", "", "1"})
	}
	return append(both,
		pragma{"synchronous", "", "2"},
		pragma{"secure_delete", "", "1"},
		pragma{"wal_autocheckpoint", strconv.Itoa(c.checkpoint), strconv.Itoa(c.checkpoint)},
		pragma{"journal_size_limit", "1048576", "1048576"},
	)
}

// begin says how a new database is to be: a size of pages that stays as it is, and WAL.
// For one that is there already both change nothing.
func (c *connector) begin(conn *sqlite3.SQLiteConn) error {
	if c.readonly {
		return nil
	}
	for _, set := range []string{"page_size=" + strconv.Itoa(c.pageSize), "journal_mode=WAL"} {
		if _, err := conn.Exec("PRAGMA "+set, nil); err != nil {
			return fmt.Errorf("set pragma %s: %w", set, err)
		}
	}
	return nil
}

// assert sets what the DSN cannot and reads everything back.
func (c *connector) assert(conn *sqlite3.SQLiteConn) error {
	if err := c.begin(conn); err != nil {
		return err
	}
	for _, p := range c.pragmas() {
		if p.set != "" {
			if _, err := conn.Exec("PRAGMA "+p.name+"="+p.set, nil); err != nil {
				return fmt.Errorf("set pragma %s: %w", p.name, err)
			}
		}
		got, err := readPragma(conn, p.name)
		if err != nil {
			return err
		}
		if got != p.want {
			return fmt.Errorf("pragma %s is %q, must be %q", p.name, got, p.want)
		}
	}
	if c.readonly {
		return nil
	}
	return writable(conn)
}

// writable makes sure that the file can be written: where it could not be opened for
// that, once, SQLite opens it for reading, and every write would fail from then on. The
// pragma begins to write, and has nothing to do without auto_vacuum; BEGIN IMMEDIATE
// would only read.
func writable(conn *sqlite3.SQLiteConn) error {
	if _, err := conn.Exec("PRAGMA incremental_vacuum(1)", nil); err != nil {
		return fmt.Errorf("begin to write: %w", err)
	}
	return nil
}

func readPragma(conn *sqlite3.SQLiteConn, name string) (value string, err error) {
	rows, err := conn.Query("PRAGMA "+name, nil)
	if err != nil {
		return "", fmt.Errorf("read pragma %s: %w", name, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	row := make([]driver.Value, len(rows.Columns()))
	if err := rows.Next(row); err != nil {
		if errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read pragma %s: no answer", name)
		}
		return "", fmt.Errorf("read pragma %s: %w", name, err)
	}
	return fmt.Sprint(row[0]), nil
}

//go:build sqlite_trace

package store

import (
	"fmt"
	"os"
	"strings"

	"github.com/mattn/go-sqlite3"
)

// TraceFile names the environment variable with the file to which a program
// built with the tag sqlite_trace appends each statement it runs, one a line,
// values filled in. Such a program is for measuring only: the lines hold secrets.
const TraceFile = "TIMEPOST_SQL_TRACE"

// observe writes down every statement of a connection.
func observe(conn *sqlite3.SQLiteConn) error {
	path := os.Getenv(TraceFile)
	if path == "" {
		return nil
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open trace: %w", err)
	}
	return conn.SetTrace(&sqlite3.TraceConfig{
		EventMask: sqlite3.TraceStmt, WantExpandedSQL: true,
		Callback: func(i sqlite3.TraceInfo) int {
			if !strings.HasPrefix(i.StmtOrTrigger, "--") { // a trigger is part of its statement
				fmt.Fprintln(file, strings.Join(strings.Fields(i.ExpandedSQL), " "))
			}
			return 0
		},
	})
}

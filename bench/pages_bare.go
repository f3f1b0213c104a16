package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
)

// bareDB is one connection with nothing but SQL, and a web server with nothing
// but bytes.
type bareDB struct {
	db  *sql.DB
	web *httptest.Server
}

func openBare(ctx context.Context, home string) (*bareDB, error) {
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(home, "central.db")+"?mode=ro&_query_only=on&_foreign_keys=on&_busy_timeout=5000")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	page := make([]byte, 1<<20)
	web := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.URL.Query().Get("bytes"))
		if err == nil {
			_, err = w.Write(page[:min(n, len(page))])
		}
		if err != nil {
			panic(http.ErrAbortHandler)
		}
	}))
	web.EnableHTTP2 = true
	web.StartTLS()
	return &bareDB{db, web}, db.PingContext(ctx)
}

func (b *bareDB) close() {
	b.web.Close()
	_ = b.db.Close() // it was only read
}

// answer asks for so many bytes and reads them.
func (b *bareDB) answer(ctx context.Context, n int) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.web.URL+"/?bytes="+strconv.Itoa(n), nil)
	if err != nil {
		return err
	}
	res, err := b.web.Client().Do(req)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, res.Body)
	return errors.Join(err, res.Body.Close())
}

// run runs the statements one after another and reads every row.
func (b *bareDB) run(ctx context.Context, statements []string) error {
	for _, s := range statements {
		if err := b.one(ctx, s); err != nil {
			return fmt.Errorf("%w in %s", err, s)
		}
	}
	return nil
}

func (b *bareDB) one(ctx context.Context, statement string) (err error) {
	rows, err := b.db.QueryContext(ctx, statement)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	cells := make([]any, len(columns))
	for i := range cells {
		cells[i] = new(any)
	}
	for rows.Next() {
		if err := rows.Scan(cells...); err != nil {
			return err
		}
	}
	return rows.Err()
}

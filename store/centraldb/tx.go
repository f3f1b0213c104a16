package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/timepost/timepost/internal/problem"
)

// Tx is one write transaction. Everything a use case reads through it stays
// true until it commits: writers run one after the other. It must not be used
// after the function it was given to has returned.
type Tx struct {
	tx      *sql.Tx
	noticed bool // a notice was added
}

// Update runs f in one write transaction and commits it durably. When f fails
// nothing has happened. f may run for at most moments: all writers wait. Under a
// context of Guarded it runs only where the caller may still do it.
func (d *DB) Update(ctx context.Context, f func(tx *Tx) error) error {
	var t *Tx
	err := d.db.Write(ctx, func(tx *sql.Tx) error {
		t = &Tx{tx: tx}
		if err := admit(ctx, t); err != nil {
			return err
		}
		return f(t)
	})
	d.tell(t, err)
	return err
}

// querier reads: a transaction or the pool of readers.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// each calls scan for every row of a query and closes it.
func each(ctx context.Context, q querier, scan func(*sql.Rows) error, query string, args ...any) (err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// exec runs a statement that must touch a row, unless missing is nil; missing is
// the error where it touched none.
func exec(ctx context.Context, tx *sql.Tx, missing error, query string, args ...any) error {
	res, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err != nil {
		return err
	}
	if n == 0 && missing != nil {
		return missing
	}
	return nil
}

// insertMany inserts rows of width columns with as few statements as fit.
func insertMany(ctx context.Context, tx *sql.Tx, into string, width int, rows [][]any) error {
	const most = 200
	for len(rows) > 0 {
		n := min(most, len(rows))
		var b strings.Builder
		b.WriteString(into)
		b.WriteString(" VALUES ")
		args := make([]any, 0, n*width)
		for i, row := range rows[:n] {
			if i > 0 {
				b.WriteByte(',')
			}
			placeholders(&b, i*width, width)
			args = append(args, row...)
		}
		if _, err := tx.ExecContext(ctx, b.String(), args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

func placeholders(b *strings.Builder, from, n int) {
	b.WriteByte('(')
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(from + i + 1))
	}
	b.WriteByte(')')
}

// strs reads one column of text.
func strs(ctx context.Context, q querier, query string, args ...any) ([]string, error) {
	var out []string
	err := each(ctx, q, func(r *sql.Rows) error {
		var s string
		if err := r.Scan(&s); err != nil {
			return err
		}
		out = append(out, s)
		return nil
	}, query, args...)
	return out, err
}

// exists says whether the query finds a row.
func exists(ctx context.Context, q querier, query string, args ...any) (bool, error) {
	var one int
	err := q.QueryRowContext(ctx, query, args...).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

func count(ctx context.Context, q querier, query string, args ...any) (int, error) {
	var n int
	err := q.QueryRowContext(ctx, query, args...).Scan(&n)
	return n, err
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Meta reads one value of the organisation's own table, "" where there is none.
func (t *Tx) Meta(ctx context.Context, key string) (string, error) {
	return metaValue(ctx, t.tx, key)
}

// Meta reads one value of the organisation's own table, "" where there is none.
func (d *DB) Meta(ctx context.Context, key string) (string, error) {
	return metaValue(ctx, d.db.Reader(), key)
}

func metaValue(ctx context.Context, q querier, key string) (string, error) {
	var v string
	err := q.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = $1`, key).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read %s: %w", key, err)
	}
	return v, nil
}

// SetMeta writes one value of the organisation's own table.
func (t *Tx) SetMeta(ctx context.Context, key, value string) error {
	_, err := t.tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ($1, $2)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
	if err != nil {
		return fmt.Errorf("write %s: %w", key, err)
	}
	return nil
}

func notFound(what string) error {
	return problem.New(problem.NotFound, "There is no such "+what+".", "It may have been removed; look at the list again.")
}

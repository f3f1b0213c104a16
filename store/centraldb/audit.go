package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// AuditRow is one line of the audit log.
type AuditRow struct {
	ID      int64 // gapless from 1
	At      int64 // unix nanoseconds
	Actor   string
	Action  string
	Subject string
	Detail  string // JSON
	Hash    []byte // over the hash before it and this row
}

// LastAudit gives the newest row; the zero row where there is none.
func (t *Tx) LastAudit(ctx context.Context) (AuditRow, error) {
	var a AuditRow
	err := t.tx.QueryRowContext(ctx, `SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1`).Scan(&a.ID, &a.Hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return a, fmt.Errorf("read audit log: %w", err)
	}
	return a, nil
}

// AddAudit appends a row.
func (t *Tx) AddAudit(ctx context.Context, a AuditRow) error {
	_, err := t.tx.ExecContext(ctx, `INSERT INTO audit (id, at, actor, action, subject, detail, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		a.ID, a.At, a.Actor, a.Action, a.Subject, a.Detail, a.Hash)
	if err != nil {
		return fmt.Errorf("write audit log: %w", err)
	}
	return nil
}

// Audit reads up to limit rows with an id above after, oldest first.
func (d *DB) Audit(ctx context.Context, after int64, limit int) ([]AuditRow, error) {
	var out []AuditRow
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var a AuditRow
		if err := r.Scan(&a.ID, &a.At, &a.Actor, &a.Action, &a.Subject, &a.Detail, &a.Hash); err != nil {
			return err
		}
		out = append(out, a)
		return nil
	}, `SELECT id, at, actor, action, subject, detail, hash FROM audit WHERE id > $1 ORDER BY id LIMIT $2`, after, limit)
	if err != nil {
		return nil, fmt.Errorf("read audit log: %w", err)
	}
	return out, nil
}

// AuditFilter chooses rows of the audit log. Empty fields choose all; an Action
// that ends with * every action that begins so.
type AuditFilter struct {
	Actor  string
	Action string
	Limit  int
}

// AuditLatest gives the newest rows that pass the filter, oldest of them first.
func (d *DB) AuditLatest(ctx context.Context, f AuditFilter) ([]AuditRow, error) {
	prefix, many := strings.CutSuffix(f.Action, "*")
	if !many {
		prefix = ""
	}
	var out []AuditRow
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var a AuditRow
		if err := r.Scan(&a.ID, &a.At, &a.Actor, &a.Action, &a.Subject, &a.Detail, &a.Hash); err != nil {
			return err
		}
		out = append(out, a)
		return nil
	}, `SELECT id, at, actor, action, subject, detail, hash FROM audit
		WHERE ($1 = '' OR actor = $1) AND ($2 = '' OR $2 = action OR ($3 = 1 AND substr(action, 1, length($4)) = $4))
		ORDER BY id DESC LIMIT $5`, f.Actor, f.Action, flag(many), prefix, f.Limit)
	if err != nil {
		return nil, fmt.Errorf("read audit log: %w", err)
	}
	slices.Reverse(out)
	return out, nil
}

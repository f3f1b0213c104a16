package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
)

// AuditQuery chooses a page of the audit log, the newest first. Empty fields
// choose all.
type AuditQuery struct {
	Actor    string
	Action   string
	Subjects []string // any of them
	From, To int64    // unix nanoseconds, To exclusive; 0: open
	Before   int64    // the id of the last row of the page before; 0: the first page
	Limit    int
}

// AuditPage reads a page of the audit log. Each filter has an index that is in
// the page's order, so that its cost does not grow with the log.
func (d *DB) AuditPage(ctx context.Context, q AuditQuery) ([]AuditRow, error) {
	w := where{parts: []string{"1 = 1"}}
	for _, kv := range [][2]string{{"actor = ", q.Actor}, {"action = ", q.Action}} {
		if kv[1] != "" {
			w.add(kv[0], kv[1])
		}
	}
	if len(q.Subjects) > 0 {
		w.among("subject", q.Subjects)
	}
	if q.From != 0 {
		w.add("at >= ", q.From)
	}
	if q.To != 0 {
		w.add("at < ", q.To)
	}
	if q.Before != 0 {
		at, err := d.auditAt(ctx, q.Before)
		if err != nil {
			return nil, err
		}
		w.add("at <= ", at)
		w.add("(at < "+strconv.FormatInt(at, 10)+" OR id < ", q.Before)
		w.parts[len(w.parts)-1] += ")"
	}
	var out []AuditRow
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var a AuditRow
		err := r.Scan(&a.ID, &a.At, &a.Actor, &a.Action, &a.Subject, &a.Detail)
		out = append(out, a)
		return err
	}, `SELECT id, at, actor, action, subject, detail FROM audit WHERE `+w.text()+
		` ORDER BY at DESC, id DESC LIMIT `+strconv.Itoa(q.Limit), w.args...)
	if err != nil {
		return nil, fmt.Errorf("read audit log: %w", err)
	}
	return out, nil
}

// auditAt gives when a row was written; one that is not there lies before all.
func (d *DB) auditAt(ctx context.Context, id int64) (int64, error) {
	var at int64
	err := d.db.Reader().QueryRowContext(ctx, `SELECT at FROM audit WHERE id = $1`, id).Scan(&at)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("read audit log: %w", err)
	}
	return at, nil
}

// AuditNames is what ids in the audit log are called today.
type AuditNames struct {
	People map[string]string // by id
	Kiosks map[string]string // by id
}

// AuditNames finds the names of those of the ids that are people or kiosks.
func (d *DB) AuditNames(ctx context.Context, ids []string) (AuditNames, error) {
	n := AuditNames{People: map[string]string{}, Kiosks: map[string]string{}}
	if len(ids) == 0 {
		return n, nil
	}
	var w where
	w.among("id", ids)
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var kind, id, name string
		if err := r.Scan(&kind, &id, &name); err != nil {
			return err
		}
		if kind == "kiosk" {
			n.Kiosks[id] = name
		} else {
			n.People[id] = name
		}
		return nil
	}, `SELECT 'person', id, name FROM people WHERE `+w.text()+` UNION ALL SELECT 'kiosk', id, name FROM kiosks WHERE `+w.text(), w.args...)
	if err != nil {
		return n, fmt.Errorf("read names for the audit log: %w", err)
	}
	return n, nil
}

// AuditSubjects finds the ids that somebody may mean with a text: people by name
// or staff number, kiosks by a part of the name, and the text itself, up to limit.
func (d *DB) AuditSubjects(ctx context.Context, text string, limit int) ([]string, error) {
	w := where{parts: []string{"1 = 1"}}
	w.search(text)
	people, err := strs(ctx, d.db.Reader(), `SELECT p.id FROM people p WHERE `+w.text()+` ORDER BY p.search, p.id LIMIT `+strconv.Itoa(limit), w.args...)
	if err != nil {
		return nil, fmt.Errorf("find people for the audit log: %w", err)
	}
	kiosks, err := strs(ctx, d.db.Reader(), `SELECT id FROM kiosks WHERE instr(lower(name), lower($1)) > 0 ORDER BY name LIMIT `+strconv.Itoa(limit), text)
	if err != nil {
		return nil, fmt.Errorf("find kiosks for the audit log: %w", err)
	}
	return append(append([]string{text}, people...), kiosks...), nil
}

// AuditActors gives everybody who is in the log, in order.
func (d *DB) AuditActors(ctx context.Context) ([]string, error) {
	// One step of the index per actor, however many rows each has.
	out, err := strs(ctx, d.db.Reader(), `WITH RECURSIVE a(actor) AS (
			SELECT min(actor) FROM audit
			UNION ALL SELECT (SELECT min(actor) FROM audit WHERE actor > a.actor) FROM a WHERE a.actor IS NOT NULL
		) SELECT actor FROM a WHERE actor IS NOT NULL`)
	if err != nil {
		return nil, fmt.Errorf("read audit log: %w", err)
	}
	return out, nil
}

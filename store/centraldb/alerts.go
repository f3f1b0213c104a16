package centraldb

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
)

// Alert is something found wrong with a kiosk. Instants are unix nanoseconds.
type Alert struct {
	ID       int64
	Kiosk    string
	Kind     string // as package health names them
	Severity string // critical or warning
	Words    string // what is wrong, for people
	Since    int64
	EndedAt  int64 // 0: it goes on
	Told     bool  // people were told of it
}

const alertColumns = `id, kiosk, kind, severity, words, since, ended_at, told`

func alerts(ctx context.Context, q querier, where string, args ...any) ([]Alert, error) {
	var out []Alert
	err := each(ctx, q, func(r *sql.Rows) error {
		var a Alert
		err := r.Scan(&a.ID, &a.Kiosk, &a.Kind, &a.Severity, &a.Words, &a.Since, &a.EndedAt, &a.Told)
		out = append(out, a)
		return err
	}, `SELECT `+alertColumns+` FROM alerts WHERE `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read alerts: %w", err)
	}
	return out, nil
}

// OpenAlerts reads what is wrong now, oldest first.
func (d *DB) OpenAlerts(ctx context.Context) ([]Alert, error) {
	return alerts(ctx, d.db.Reader(), `ended_at = 0 ORDER BY since, id`)
}

// OpenAlerts reads what is wrong now, as of this transaction, oldest first.
func (t *Tx) OpenAlerts(ctx context.Context) ([]Alert, error) {
	return alerts(ctx, t.tx, `ended_at = 0 ORDER BY since, id`)
}

// EndedAlerts reads what was wrong and has ended since an instant, newest first.
func (t *Tx) EndedAlerts(ctx context.Context, since int64) ([]Alert, error) {
	return alerts(ctx, t.tx, `ended_at <> 0 AND ended_at >= $1 ORDER BY ended_at DESC, id DESC`, since)
}

// KioskAlerts reads what was wrong with a kiosk, what goes on first, then the newest.
func (d *DB) KioskAlerts(ctx context.Context, kiosk string, limit int) ([]Alert, error) {
	return alerts(ctx, d.db.Reader(), `kiosk = $1 ORDER BY ended_at <> 0, since DESC, id DESC LIMIT `+strconv.Itoa(limit), kiosk)
}

// AddAlert writes an alert and gives its id; one of the same kind goes on already:
// 0.
func (t *Tx) AddAlert(ctx context.Context, a Alert) (int64, error) {
	res, err := t.tx.ExecContext(ctx, `INSERT INTO alerts (kiosk, kind, severity, words, since, told) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (kiosk, kind) WHERE ended_at = 0 DO NOTHING`, a.Kiosk, a.Kind, a.Severity, a.Words, a.Since, flag(a.Told))
	if err != nil {
		return 0, fmt.Errorf("add alert: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return 0, err
	}
	return res.LastInsertId()
}

// SetAlert writes how bad an alert is now, in words.
func (t *Tx) SetAlert(ctx context.Context, id int64, severity, words string) error {
	return exec(ctx, t.tx, nil, `UPDATE alerts SET severity = $1, words = $2 WHERE id = $3`, severity, words, id)
}

// EndAlert says that an alert is over.
func (t *Tx) EndAlert(ctx context.Context, id, now int64) error {
	return exec(ctx, t.tx, nil, `UPDATE alerts SET ended_at = $1 WHERE id = $2 AND ended_at = 0`, now, id)
}

// ForgetAlerts removes alerts that ended before an instant.
func (t *Tx) ForgetAlerts(ctx context.Context, before int64) error {
	return exec(ctx, t.tx, nil, `DELETE FROM alerts WHERE ended_at <> 0 AND ended_at < $1`, before)
}

package centraldb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/timepost/timepost/sync/wire"
)

// KioskHealth is what a kiosk last told of its machine.
type KioskHealth struct {
	Kiosk     string
	At        int64 // when it came in, unix nanoseconds
	HadScreen bool  // a touchscreen was seen there once
	wire.Health
}

// HealthSample is what is kept of a health message to see where things go.
type HealthSample struct {
	At       int64 // unix nanoseconds
	Queue    int
	Offset   int64 // ms
	Heat     *int  // thousandths of a degree
	DiskFree int64
	Memory   int64
}

// How much is kept of the past, at the most 192 samples of a kiosk.
const (
	sampleEach = 15 * time.Minute
	sampleKept = 48 * time.Hour
)

// PutHealth keeps what a kiosk told, and now and then a sample of it. The kiosk was
// heard of then, with that queue and roster.
func (t *Tx) PutHealth(ctx context.Context, h KioskHealth) error {
	body, err := json.Marshal(h.Health)
	if err != nil {
		return fmt.Errorf("encode health: %w", err)
	}
	for _, do := range []struct {
		query string
		args  []any
	}{
		{
			`INSERT INTO kiosk_health (kiosk, at, body, had_screen) SELECT $1, $2, $3, $4
			WHERE EXISTS (SELECT 1 FROM kiosks WHERE id = $1)
			ON CONFLICT (kiosk) DO UPDATE SET at = excluded.at, body = excluded.body,
			had_screen = max(kiosk_health.had_screen, excluded.had_screen)`,
			[]any{h.Kiosk, h.At, string(body), flag(h.Screens > 0)},
		},
		{
			`INSERT INTO kiosk_health_past (kiosk, at, queue, offset_ms, heat, disk_free, memory)
			SELECT $1, $2, $3, $4, $5, $6, $7 WHERE EXISTS (SELECT 1 FROM kiosk_health WHERE kiosk = $1)
			AND NOT EXISTS (SELECT 1 FROM kiosk_health_past WHERE kiosk = $1 AND at > $8)`,
			[]any{h.Kiosk, h.At, h.Queue, h.Offset, h.Heat, h.DiskFree, h.Memory, h.At - int64(sampleEach)},
		},
		// It is later than the hello that began the round: that one still had a queue.
		{
			`UPDATE kiosks SET last_seen = $1, last_queue = $2, last_roster = $3 WHERE id = $4 AND last_seen <= $5`,
			[]any{h.At, h.Queue, h.Roster, h.Kiosk, h.At},
		},
		{`UPDATE kiosk_settings SET since = $1 WHERE kiosk = $2 AND since = 0 AND version <= $3`, []any{h.At, h.Kiosk, h.Roster}},
		{`DELETE FROM kiosk_health_past WHERE kiosk = $1 AND at < $2`, []any{h.Kiosk, h.At - int64(sampleKept)}},
	} {
		if _, err := t.tx.ExecContext(ctx, do.query, do.args...); err != nil {
			return fmt.Errorf("keep health: %w", err)
		}
	}
	return nil
}

const healthColumns = `kiosk, at, body, had_screen`

func scanHealth(r interface{ Scan(...any) error }) (KioskHealth, error) {
	var h KioskHealth
	var body string
	if err := r.Scan(&h.Kiosk, &h.At, &body, &h.HadScreen); err != nil {
		return h, err
	}
	return h, json.Unmarshal([]byte(body), &h.Health)
}

// Healths reads what each kiosk last told; those that never did are missing.
func (d *DB) Healths(ctx context.Context) (map[string]KioskHealth, error) {
	out := map[string]KioskHealth{}
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		h, err := scanHealth(r)
		out[h.Kiosk] = h
		return err
	}, `SELECT `+healthColumns+` FROM kiosk_health`)
	if err != nil {
		return nil, fmt.Errorf("read health: %w", err)
	}
	return out, nil
}

// Health reads what a kiosk last told; ok is false where it never did.
func (d *DB) Health(ctx context.Context, kiosk string) (h KioskHealth, ok bool, err error) {
	h, err = scanHealth(d.db.Reader().QueryRowContext(ctx, `SELECT `+healthColumns+` FROM kiosk_health WHERE kiosk = $1`, kiosk))
	if errors.Is(err, sql.ErrNoRows) {
		return h, false, nil
	}
	if err != nil {
		return h, false, fmt.Errorf("read health: %w", err)
	}
	return h, true, nil
}

// HealthPast reads the samples of a kiosk, oldest first: at most two days.
func (d *DB) HealthPast(ctx context.Context, kiosk string) ([]HealthSample, error) {
	var out []HealthSample
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var s HealthSample
		err := r.Scan(&s.At, &s.Queue, &s.Offset, &s.Heat, &s.DiskFree, &s.Memory)
		out = append(out, s)
		return err
	}, `SELECT at, queue, offset_ms, heat, disk_free, memory FROM kiosk_health_past WHERE kiosk = $1 ORDER BY at`, kiosk)
	if err != nil {
		return nil, fmt.Errorf("read past health: %w", err)
	}
	return out, nil
}

// KiosksUsed gives the kiosks at which somebody punched between two instants, unix
// nanoseconds.
func (d *DB) KiosksUsed(ctx context.Context, from, to int64) ([]string, error) {
	out, err := strs(ctx, d.db.Reader(), `SELECT DISTINCT kiosk FROM punches WHERE at >= $1 AND at < $2`, from, to)
	if err != nil {
		return nil, fmt.Errorf("read kiosks in use: %w", err)
	}
	return out, nil
}

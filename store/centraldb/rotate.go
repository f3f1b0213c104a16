package centraldb

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/timepost/timepost/attendance/pin"
)

// PINKey names a PIN; PINs are read in the order of their keys.
type PINKey struct {
	Kind    pin.Kind
	Subject string
}

// Key names p.
func (p PIN) Key() PINKey { return PINKey{p.Kind, p.Subject} }

// PINs gives up to limit PINs after one key, erased ones too; the zero key gives
// the first.
func (d *DB) PINs(ctx context.Context, after PINKey, limit int) ([]PIN, error) {
	return pinsAfter(ctx, d.db.Reader(), after, limit)
}

// PINs gives up to limit PINs after one key, erased ones too; the zero key gives
// the first.
func (t *Tx) PINs(ctx context.Context, after PINKey, limit int) ([]PIN, error) {
	return pinsAfter(ctx, t.tx, after, limit)
}

func pinsAfter(ctx context.Context, q querier, after PINKey, limit int) ([]PIN, error) {
	var out []PIN
	err := each(ctx, q, func(r *sql.Rows) error {
		p, err := scanPIN(r)
		if err != nil {
			return err
		}
		out = append(out, p)
		return nil
	}, `SELECT `+pinColumns+` FROM pins s WHERE (s.kind, s.subject) > ($1, $2) ORDER BY s.kind, s.subject LIMIT $3`,
		after.Kind, after.Subject, limit)
	if err != nil {
		return nil, fmt.Errorf("read pins: %w", err)
	}
	return out, nil
}

// DropCodes takes back all enrolment codes that were not used and says how many
// of them had not run out. now is in unix nanoseconds.
func (t *Tx) DropCodes(ctx context.Context, now int64) (open int, err error) {
	open, err = count(ctx, t.tx, `SELECT COUNT(*) FROM enrolment_codes WHERE used_at = 0 AND expires_at > $1`, now)
	if err != nil {
		return 0, fmt.Errorf("count codes: %w", err)
	}
	if err := exec(ctx, t.tx, nil, `DELETE FROM enrolment_codes WHERE used_at = 0`); err != nil {
		return 0, fmt.Errorf("take back codes: %w", err)
	}
	return open, nil
}

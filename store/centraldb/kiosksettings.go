package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/timepost/timepost/sync/wire"
)

// KioskSettings is how the newest settings of a kiosk stand. Instants are unix
// nanoseconds.
type KioskSettings struct {
	Version uint64 // of the roster that brought them; 0: it has none yet
	AskedAt int64  // when that was made; 0: not known
	Since   int64  // when the kiosk first told that it has them; 0: not yet
}

// KioskSettings reads how the newest settings of a kiosk stand; zero where it has none.
func (d *DB) KioskSettings(ctx context.Context, kiosk string) (KioskSettings, error) {
	var s KioskSettings
	err := d.db.Reader().QueryRowContext(ctx, `SELECT version, asked_at, since FROM kiosk_settings WHERE kiosk = $1`, kiosk).
		Scan(&s.Version, &s.AskedAt, &s.Since)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return s, fmt.Errorf("read how settings stand: %w", err)
	}
	return s, nil
}

// noteSettings keeps that a step of a kiosk's roster has other settings in it.
func noteSettings(ctx context.Context, tx *sql.Tx, kiosk string, version uint64, at int64, rows []RosterRow) error {
	for _, r := range rows {
		if r.Kind != wire.KindSettings || r.Body == nil {
			continue
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO kiosk_settings (kiosk, version, asked_at) VALUES ($1, $2, $3)
			ON CONFLICT (kiosk) DO UPDATE SET version = excluded.version, asked_at = excluded.asked_at, since = 0`, kiosk, version, at)
		if err != nil {
			return err
		}
	}
	return nil
}

package centraldb

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/timepost/timepost/attendance/pin"
)

// Unhashed gives up to limit PINs whose hash is still to be made: kiosks' first,
// then those of people who are assigned somewhere, then the rest.
func (d *DB) Unhashed(ctx context.Context, limit int) ([]PIN, error) {
	const query = `SELECT ` + pinColumns + ` FROM pins s LEFT JOIN people p ON s.kind = 'personal' AND p.id = s.subject
		WHERE s.hash IS NULL AND s.len > 0
		ORDER BY CASE WHEN s.kind = 'universal' THEN 0 WHEN EXISTS (SELECT 1 FROM assignments a WHERE ` + assignedTo + `) THEN 1 ELSE 2 END,
		s.changed_at, s.subject LIMIT $1`
	var out []PIN
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		p, err := scanPIN(r)
		if err != nil {
			return err
		}
		out = append(out, p)
		return nil
	}, query, limit)
	if err != nil {
		return nil, fmt.Errorf("read pins to hash: %w", err)
	}
	return out, nil
}

// SetHashes stores finished hashes. One whose PIN has been replaced meanwhile
// is left out.
func (d *DB) SetHashes(ctx context.Context, hashed []PIN) error {
	return d.Update(ctx, func(t *Tx) error {
		for _, p := range hashed {
			_, err := t.tx.ExecContext(ctx, `UPDATE pins SET hash = $1 WHERE kind = $2 AND subject = $3 AND version = $4`,
				p.Hash, p.Kind, p.Subject, p.Version)
			if err != nil {
				return fmt.Errorf("write hash: %w", err)
			}
		}
		return nil
	})
}

// Hashing counts the PINs whose hash is still to be made, and all PINs.
func (d *DB) Hashing(ctx context.Context) (pending, total int, err error) {
	err = d.db.Reader().QueryRowContext(ctx, `SELECT COALESCE(SUM(CASE WHEN hash IS NULL THEN 1 ELSE 0 END), 0), COUNT(*)
		FROM pins WHERE len > 0`).Scan(&pending, &total)
	if err != nil {
		return 0, 0, fmt.Errorf("count hashes: %w", err)
	}
	return pending, total, nil
}

// KiosksWith gives every kiosk whose roster holds one of the subjects: the
// kiosk itself, those a person is assigned to, and all where a person is owner
// or admin.
func (d *DB) KiosksWith(ctx context.Context, kind pin.Kind, subjects []string) ([]string, error) {
	if kind == pin.Universal {
		return subjects, nil
	}
	q := d.db.Reader()
	for _, id := range subjects {
		privileged, err := exists(ctx, q, `SELECT 1 FROM people WHERE id = $1 AND role IN ('owner','admin')`, id)
		if err != nil {
			return nil, fmt.Errorf("read role: %w", err)
		}
		if privileged {
			return strs(ctx, q, `SELECT id FROM kiosks ORDER BY id`)
		}
	}
	return kiosksOf(ctx, q, subjects)
}

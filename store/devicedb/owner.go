package devicedb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// claim makes this the cache of owner. What another one had fetched is removed:
// a delta of the new kiosk's roster would otherwise be put on top of it.
func (c *Cache) claim(ctx context.Context, owner string) error {
	if owner == "" {
		return nil
	}
	var was string
	err := c.db.Reader().QueryRowContext(ctx, `SELECT id FROM owner`).Scan(&was)
	if err == nil && was == owner {
		return nil
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read owner: %w", err)
	}
	return c.db.Write(ctx, func(tx *sql.Tx) error {
		for _, q := range []string{`DELETE FROM rows`, `DELETE FROM presence`, `DELETE FROM summaries`, `UPDATE roster SET gen = 0, version = 0`} {
			if _, err := tx.ExecContext(ctx, q); err != nil {
				return fmt.Errorf("empty cache: %w", err)
			}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO owner (one, id) VALUES (1, $1)
			ON CONFLICT (one) DO UPDATE SET id = excluded.id`, owner)
		if err != nil {
			return fmt.Errorf("write owner: %w", err)
		}
		return nil
	})
}

package centraldb

import (
	"context"
	"fmt"
)

const lastPunch = `SELECT COALESCE(MAX(at), 0) FROM (
	SELECT MAX(at) AS at FROM punches WHERE person = $1 UNION ALL SELECT MAX(at) FROM corrected WHERE person = $1)`

// LastPunch tells when a person's last punch was made, recorded or as it was
// corrected, in unix nanoseconds; 0: they have none.
func (d *DB) LastPunch(ctx context.Context, person string) (int64, error) {
	return lastPunchOf(ctx, d.db.Reader(), person)
}

// LastPunch tells when a person's last punch was made, as of this transaction.
func (t *Tx) LastPunch(ctx context.Context, person string) (int64, error) {
	return lastPunchOf(ctx, t.tx, person)
}

func lastPunchOf(ctx context.Context, q querier, person string) (int64, error) {
	var at int64
	if err := q.QueryRowContext(ctx, lastPunch, person).Scan(&at); err != nil {
		return 0, fmt.Errorf("read last punch: %w", err)
	}
	return at, nil
}

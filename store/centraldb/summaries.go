package centraldb

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/timepost/timepost/sync/wire"
)

// LatestPunches gives the last punches of a person that count, as corrected, in the
// order of their time, at most so many.
func (d *DB) LatestPunches(ctx context.Context, person string, most int) ([]wire.SummaryPunch, error) {
	var out []wire.SummaryPunch
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var u wire.SummaryPunch
		err := r.Scan(&u.At, &u.Action, &u.Project, &u.Kiosk, &u.Fixed)
		out = append(out, u)
		return err
	}, `WITH v (person, most) AS (VALUES ($1, $2)) SELECT l.at, l.action, COALESCE(j.name, l.project), COALESCE(k.name, l.kiosk), l.fixed FROM (
		SELECT * FROM (SELECT u.at, u.action, u.project, u.kiosk, 0 AS fixed, u.id AS turn FROM punches u
			WHERE u.person = (SELECT person FROM v) AND NOT EXISTS (SELECT 1 FROM corrected c WHERE c.entry = u.id)
			ORDER BY u.at DESC, u.id DESC LIMIT (SELECT most FROM v))
		UNION ALL
		SELECT * FROM (SELECT c.at, c.action, c.project, c.kiosk, 1 AS fixed, `+turnOf+` AS turn FROM corrected c
			WHERE c.person = (SELECT person FROM v) AND c.kind <> 'void' ORDER BY c.at DESC LIMIT (SELECT most FROM v))
		ORDER BY at DESC, turn DESC LIMIT (SELECT most FROM v)) l
		LEFT JOIN projects j ON j.id = l.project LEFT JOIN kiosks k ON k.id = l.kiosk ORDER BY l.at, l.turn`, person, most)
	if err != nil {
		return nil, fmt.Errorf("read latest punches: %w", err)
	}
	return out, nil
}

// PunchedSince gives the people on a kiosk's roster with a punch since an instant,
// unix nanoseconds, wherever it was made.
func (d *DB) PunchedSince(ctx context.Context, kiosk string, since int64) ([]string, error) {
	out, err := strs(ctx, d.db.Reader(), `WITH v (kiosk, since) AS (VALUES ($1, $2)) SELECT r.id FROM v, roster_rows r
		WHERE r.kiosk = v.kiosk AND r.kind = 'person' AND r.body IS NOT NULL
			AND (EXISTS (SELECT 1 FROM punches u WHERE u.person = r.id AND u.at >= v.since)
				OR EXISTS (SELECT 1 FROM corrected c WHERE c.person = r.id AND c.at >= v.since))
		ORDER BY r.id`, kiosk, since)
	if err != nil {
		return nil, fmt.Errorf("read who has punched: %w", err)
	}
	return out, nil
}

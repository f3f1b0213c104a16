package centraldb

import (
	"context"
	"database/sql"
	"fmt"
)

// Trouble is what did not come in from a kiosk as it should: records that can't
// be used or came twice with different content, and gaps in its numbers. What was
// decided about on Review is none any more.
type Trouble struct {
	Quarantined int
	Gaps        int
}

// KioskTroubles counts the trouble of each kiosk that has any.
func (d *DB) KioskTroubles(ctx context.Context) (map[string]Trouble, error) {
	out := map[string]Trouble{}
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var kiosk string
		var t Trouble
		err := r.Scan(&kiosk, &t.Quarantined, &t.Gaps)
		out[kiosk] = t
		return err
	}, `SELECT kiosk, SUM(bad), SUM(gap) FROM (
		SELECT q.kiosk AS kiosk, 1 AS bad, 0 AS gap FROM quarantine q
			WHERE NOT EXISTS (SELECT 1 FROM reviews v WHERE v.kind = q.kind AND v.subject = `+asideSubject+`)
		UNION ALL SELECT g.kiosk, 0, 1 FROM gaps g
			WHERE NOT EXISTS (SELECT 1 FROM reviews v WHERE v.kind = 'gap' AND v.subject = `+gapSubject+`)) t GROUP BY kiosk`)
	if err != nil {
		return nil, fmt.Errorf("count trouble of kiosks: %w", err)
	}
	return out, nil
}

// TeamSize is a team with how many active people it has.
type TeamSize struct {
	Name   string
	People int
}

// TeamSizes reads the teams that are not archived, and every other one that
// active people are in, by name.
func (d *DB) TeamSizes(ctx context.Context) ([]TeamSize, error) {
	var out []TeamSize
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var t TeamSize
		err := r.Scan(&t.Name, &t.People)
		out = append(out, t)
		return err
	}, `SELECT n.name, SUM(n.people) FROM (SELECT name, 0 AS people FROM teams WHERE archived_at = 0
		UNION ALL SELECT team, COUNT(*) FROM people WHERE active = 1 AND team <> '' GROUP BY team) n
		GROUP BY n.name ORDER BY n.name`)
	if err != nil {
		return nil, fmt.Errorf("read teams: %w", err)
	}
	return out, nil
}

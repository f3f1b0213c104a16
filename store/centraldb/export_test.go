package centraldb

import (
	"context"
	"database/sql"
	"strings"
)

// TeamPlan says how a page of people is read.
func (d *DB) TeamPlan(ctx context.Context, f TeamFilter) (string, error) {
	query, args := f.query()
	var out []string
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var id, parent, unused int
		var detail string
		err := r.Scan(&id, &parent, &unused, &detail)
		out = append(out, detail)
		return err
	}, "EXPLAIN QUERY PLAN "+query, args...)
	return strings.Join(out, "\n"), err
}

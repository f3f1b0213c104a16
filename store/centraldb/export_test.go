package centraldb

import (
	"context"
	"database/sql"
	"strings"
)

// TeamPlan says how a page of people is read.
func (d *DB) TeamPlan(ctx context.Context, f TeamFilter) (string, error) {
	query, args := f.query()
	return d.plan(ctx, query, args...)
}

// ReviewPlan says how the open reviews are found.
func (d *DB) ReviewPlan(ctx context.Context) (string, error) { return d.plan(ctx, openReviews) }

// ReviewKey takes a subject apart, and says whether it names anything.
func ReviewKey(kind, subject string) bool {
	var hash []byte
	return reviewKey(&ReviewItem{Kind: kind, Subject: subject}, &hash)
}

func (d *DB) plan(ctx context.Context, query string, args ...any) (string, error) {
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

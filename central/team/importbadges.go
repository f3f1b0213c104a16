package team

import (
	"context"
	"fmt"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/badge"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// cardOf reads a cell with the number of somebody's badge, "" for none.
func cardOf(cell string) (badge.Canonical, []fault) {
	if cell == "" {
		return "", nil
	}
	card, err := badge.Parse(cell, badge.Transform{})
	if err == nil {
		err = card.Learnable()
	}
	if err != nil {
		return "", []fault{{"badge", problem.From(err).Message}}
	}
	return card, nil
}

// badgesTwice finds badges that are in the file more than once, in whatever form.
func badgesTwice(rows []row) []RowError {
	var errs []RowError
	first := map[badge.Canonical]int{}
	for _, r := range rows {
		if r.badge == "" {
			continue
		}
		if at, twice := first[r.badge]; twice {
			errs = append(errs, RowError{r.line, "badge", fmt.Sprintf("This badge is in row %d too.", at)})
			continue
		}
		first[r.badge] = r.line
	}
	return errs
}

// badgesTaken finds badges that somebody has already. It does not say who.
func badgesTaken(ctx context.Context, tx *centraldb.Tx, rows []row) ([]RowError, error) {
	var errs []RowError
	for _, r := range rows {
		if r.badge == "" {
			continue
		}
		holder, err := tx.BadgeHolder(ctx, string(r.badge))
		if err != nil {
			return nil, err
		}
		if holder != "" {
			errs = append(errs, RowError{r.line, "badge", "This badge is somebody else’s. Leave the cell empty, or take it from them first."})
		}
	}
	return errs, nil
}

// handOut gives new people the badges of their rows.
func handOut(ctx context.Context, tx *centraldb.Tx, actor string, now int64, people []attendance.Person, rows []row) error {
	for i, r := range rows {
		if r.badge == "" {
			continue
		}
		if err := tx.PutBadge(ctx, centraldb.Badge{Badge: string(r.badge), Person: people[i].ID, LearntAt: now, LearntBy: actor}); err != nil {
			return err
		}
	}
	return nil
}

package devicedb

import (
	"context"

	"github.com/timepost/timepost/attendance/badge"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// ByBadge gives the listed person whose card it is. It fails with problem.NotFound
// for a card of nobody here, and with problem.Conflict for one that two people have:
// then it says nothing of either.
func (c *Cache) ByBadge(ctx context.Context, card badge.Canonical) (wire.PersonRow, error) {
	id, known := c.index.Load().badges[string(card)]
	if !known {
		return wire.PersonRow{}, errNoRow()
	}
	if id == "" {
		return wire.PersonRow{}, problem.New(problem.Conflict, "This card is on the list twice.", "Ask your supervisor.")
	}
	return c.Person(ctx, id)
}

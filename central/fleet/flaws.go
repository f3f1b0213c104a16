package fleet

import (
	"context"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// SeeFlaws notes that somebody has looked into the flaws of a kiosk's journals, which
// ends their alerts. It fails with problem.NotFound for an unknown kiosk and
// problem.Conflict where none is open.
func (f *Fleet) SeeFlaws(ctx context.Context, actor, kiosk string) error {
	return f.Store.Update(ctx, func(tx *centraldb.Tx) error {
		if _, err := tx.Kiosk(ctx, kiosk); err != nil {
			return err
		}
		seen, err := tx.SeeFlaws(ctx, kiosk, actor, f.Now().UnixNano())
		if err != nil {
			return err
		}
		if len(seen) == 0 {
			return problem.New(problem.Conflict, "Nothing of this kiosk waits to be looked into.", "Somebody may have done it before you.")
		}
		kinds := make([]string, len(seen))
		for n, s := range seen {
			kinds[n] = s.Kind
		}
		return f.Audit.Record(ctx, tx, actor, "kiosk.flaws", kiosk, map[string]any{"kinds": kinds})
	})
}

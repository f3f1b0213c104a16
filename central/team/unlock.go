package team

import (
	"context"

	"github.com/timepost/timepost/store/centraldb"
)

// Unlock opens a person's personal PIN where failed attempts have locked it, on
// every kiosk, and gives them all attempts back; the PIN stays. problem.NotFound,
// problem.Conflict where the person is archived.
func (t *Team) Unlock(ctx context.Context, actor, person string) error {
	_, err := t.update(ctx, func(tx *centraldb.Tx, _ int, c *change) error {
		who, err := tx.Person(ctx, person)
		if err != nil {
			return err
		}
		if !who.Active {
			return errArchived()
		}
		if err := tx.Unlock(ctx, person); err != nil {
			return err
		}
		if err := t.touched(ctx, tx, c, who); err != nil {
			return err
		}
		return t.audit.Record(ctx, tx, actor, "person.unlock", person, nil)
	})
	return err
}

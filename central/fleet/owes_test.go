package fleet_test

import (
	"testing"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// A kiosk that may hold punches is not revoked unless that is forced.
func TestRevokeSettled(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status string
		ago    time.Duration // since it was heard of; negative: never
		queue  int
		want   bool // revoked
	}{
		"settled": {centraldb.KioskEnrolled, 15 * time.Minute, 0, true},
		"waiting": {centraldb.KioskEnrolled, time.Second, 3, false},
		"silent":  {centraldb.KioskEnrolled, 15*time.Minute + 1, 0, false},
		"never":   {centraldb.KioskEnrolled, -1, 0, false},
		"not set": {centraldb.KioskNew, -1, 0, true},
		"again":   {centraldb.KioskRevoked, -1, 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.kiosk(t)
			err := w.db.Update(t.Context(), func(tx *centraldb.Tx) error {
				k, err := tx.Kiosk(t.Context(), id)
				if err != nil {
					return err
				}
				k.Status = c.status
				return tx.SetKioskIdentity(t.Context(), k)
			})
			if err != nil {
				t.Fatal(err)
			}
			if c.ago >= 0 {
				if err := w.db.Seen(t.Context(), centraldb.Seen{Kiosk: id, At: w.clock().Add(-c.ago), Queue: c.queue}); err != nil {
					t.Fatal(err)
				}
			}
			err = w.RevokeSettled(t.Context(), actor, id)
			if problem.Is(err, problem.Conflict) == c.want || err != nil && c.want {
				t.Fatalf("refused: %v", err)
			}
			k, err := w.db.Kiosk(t.Context(), id)
			if err != nil || (k.Status == centraldb.KioskRevoked) != c.want {
				t.Errorf("%s, %v", k.Status, err)
			}
			if err := w.Revoke(t.Context(), actor, id); err != nil {
				t.Errorf("forced: %v", err)
			}
		})
	}
}

package ingest_test

import (
	"context"
	"crypto/ed25519"
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/ingest"
	"github.com/timepost/timepost/store/centraldb"
)

// lateFleet gives the key as it was before something happened.
type lateFleet struct {
	ingest.Fleet
	meanwhile func()
}

func (f *lateFleet) KioskKey(ctx context.Context, kiosk string) (ed25519.PublicKey, error) {
	key, err := f.Fleet.KioskKey(ctx, kiosk)
	if f.meanwhile != nil {
		f.meanwhile()
		f.meanwhile = nil
	}
	return key, err
}

// A key that was read just before a revocation must not be believed after it.
func TestARevocationDuringALookupIsNotForgotten(t *testing.T) {
	t.Parallel()
	gate := newKiosk("gate")
	c := newCentre(t, gate)
	late := &lateFleet{Fleet: c.db}
	c.fleet = &countedFleet{Fleet: late}
	c.ingest = c.newIngest(c.log)
	late.meanwhile = func() {
		err := c.db.Update(t.Context(), func(tx *centraldb.Tx) error {
			return tx.SetKioskIdentity(t.Context(), centraldb.Kiosk{Kiosk: attendance.Kiosk{ID: "gate"}, Status: centraldb.KioskRevoked})
		})
		if err != nil {
			t.Fatal(err)
		}
		c.ingest.Forget("gate")
	}
	gate.punches(t, 2)
	c.send(gate.send(t, 1, 1)) // it was on its way before
	c.silence(gate.send(t, 2, 2), ingest.Revoked)
}

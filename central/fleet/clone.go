package fleet

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"time"

	"github.com/timepost/timepost/store/centraldb"
)

// Cloned notes that two machines run with a kiosk's record key, once for each set of
// keys. Nothing is cut off: nobody knows which of the two is the right one, and both
// may hold punches. It is over with the next enrolment.
func (f *Fleet) Cloned(ctx context.Context, kiosk string, recordKey ed25519.PublicKey) error {
	fresh := false
	err := f.Store.Update(ctx, func(tx *centraldb.Tx) error {
		k, err := tx.Kiosk(ctx, kiosk)
		if err != nil {
			return err
		}
		fresh = k.ClonedAt == 0 && k.Status == centraldb.KioskEnrolled && bytes.Equal(k.RecordKey, recordKey)
		if !fresh {
			return nil // known, or over
		}
		if err := tx.SetCloned(ctx, kiosk, f.Now().UnixNano()); err != nil {
			return err
		}
		return f.Audit.Record(ctx, tx, "central", "kiosk.cloned", kiosk, map[string]any{"since": since(k)})
	})
	if err == nil && fresh {
		f.Log.Error("two machines run with the keys of one kiosk", "kiosk", kiosk)
	}
	return err
}

// since gives when the keys in force were made, for the audit log.
func since(k centraldb.Kiosk) string {
	return time.Unix(0, k.EnrolledAt).UTC().Format(time.RFC3339)
}

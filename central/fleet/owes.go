package fleet

import (
	"context"
	"fmt"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// silence is after how long without a word a kiosk may hold punches that nobody
// has heard of.
const silence = 15 * time.Minute

// RevokeSettled is Revoke for whoever has not been told what it may cost:
// problem.Conflict, with the details "queue" and "last_seen", where the machine
// said last that records wait there, or has been silent since.
func (f *Fleet) RevokeSettled(ctx context.Context, actor, kiosk string) error {
	return f.revoke(ctx, actor, kiosk, func(k centraldb.Kiosk) error { return Owes(k, f.Now()) })
}

// Owes refuses for an enrolled kiosk that may hold records which central has not got:
// problem.Conflict, with the details "queue" and "last_seen".
func Owes(k centraldb.Kiosk, now time.Time) error {
	if k.Status != centraldb.KioskEnrolled {
		return nil
	}
	seen := time.Unix(0, k.LastSeen).UTC()
	silent := k.LastSeen == 0 || now.Sub(seen) > silence
	if k.LastQueue == 0 && !silent {
		return nil
	}
	heard, at := "it has never been heard of", ""
	if k.LastSeen != 0 {
		at = seen.Format(time.RFC3339)
		heard = "it was last heard of at " + at
	}
	message := fmt.Sprintf("Punches may still be on this kiosk: %s, with %d records waiting.", heard, k.LastQueue)
	return problem.New(problem.Conflict, message, "Let it connect and send first, or use force: what it holds then comes under Review if it ever reports again.").
		With("queue", k.LastQueue).With("last_seen", at)
}

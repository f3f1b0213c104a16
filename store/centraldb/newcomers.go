package centraldb

import (
	"context"
	"fmt"

	"github.com/timepost/timepost/attendance"
)

// NewcomerPunch is a punch of somebody who was not on the list and typed a name.
// Instants are unix nanoseconds.
type NewcomerPunch struct {
	ID         int64 // of the record
	Kiosk      string
	Seq        uint64
	Name       string // as it was typed
	Action     attendance.Action
	Note       string
	At         int64 // by the kiosk's clock
	Zone       string
	ReceivedAt int64
}

// AddNewcomer stores one; one that is known changes nothing.
func (t *Tx) AddNewcomer(ctx context.Context, n NewcomerPunch) error {
	err := exec(ctx, t.tx, nil, `INSERT INTO newcomers (id, kiosk, seq, name, action, note, at, zone, received_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING`,
		n.ID, n.Kiosk, n.Seq, n.Name, string(n.Action), n.Note, n.At, n.Zone, n.ReceivedAt)
	if err != nil {
		return fmt.Errorf("add newcomer: %w", err)
	}
	return nil
}

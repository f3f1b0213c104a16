package team

import (
	"context"

	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Renew gives everybody who had a PIN, and every kiosk, a new one inside one
// transaction: when the old ones can't be read any more. Universal PINs and those
// of owners and admins come first, while there is room. Rosters are not told; the
// server does that when it starts. A subject's last PIN in the answer is its own.
func (t *Team) Renew(ctx context.Context, tx *centraldb.Tx, digits int) ([]Issued, error) {
	first, rest, err := t.forget(ctx, tx)
	if err != nil {
		return nil, err
	}
	var c change
	for _, key := range append(first, rest...) {
		if err := t.renew(ctx, tx, &c, key, digits); err != nil {
			return nil, err
		}
	}
	return c.issued, nil
}

// forget erases every PIN, so that none stands in the way of a new one. It gives
// those that have to be made again.
func (t *Team) forget(ctx context.Context, tx *centraldb.Tx) (first, rest []centraldb.PINKey, err error) {
	err = eachPIN(ctx, tx, func(row centraldb.PIN) error {
		if row.Len == 0 {
			return nil
		}
		prior, wanted, err := priority(ctx, tx, row.Key())
		switch {
		case err != nil:
			return err
		case wanted && prior:
			first = append(first, row.Key())
		case wanted:
			rest = append(rest, row.Key())
		}
		row.Len, row.Sealed, row.Tag, row.Hash = 0, []byte{}, []byte{}, []byte{}
		return tx.SetPIN(ctx, row)
	})
	return first, rest, err
}

// priority says whose PIN comes first, and whether there is still somebody to have one.
func priority(ctx context.Context, tx *centraldb.Tx, key centraldb.PINKey) (prior, wanted bool, err error) {
	if key.Kind == pin.Universal {
		return true, true, nil
	}
	who, err := tx.Person(ctx, key.Subject)
	if problem.Is(err, problem.NotFound) {
		return false, false, nil
	}
	return who.Role.Privileged(), who.Active, err
}

func (t *Team) renew(ctx context.Context, tx *centraldb.Tx, c *change, key centraldb.PINKey, digits int) error {
	if key.Kind == pin.Universal {
		return t.issueFitting(ctx, tx, c, key.Subject, digits)
	}
	who, err := tx.Person(ctx, key.Subject)
	if err != nil {
		return err
	}
	return t.issuePersonal(ctx, tx, c, who, digits, false)
}

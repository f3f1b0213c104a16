package commands

import (
	"bytes"
	"context"
	"errors"
	"strings"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// Wiping is the wish that a machine forgets that it was a kiosk.
type Wiping struct {
	Kiosk   string
	Confirm string // the kiosk's name: whoever typed that means this one
	Force   bool   // also where it holds records that central has not got: they are lost
}

// Wipe tells a kiosk's machine to forget its keys, people and punches once central has
// all of them, or, forced, as soon as it is connected; the kiosk is revoked then. The
// command waits until it is carried out or taken back. Errors: problem.Invalid with the
// detail "field" (confirm), problem.NotFound, problem.Conflict.
func (c *Commands) Wipe(ctx context.Context, actor string, w Wiping) (centraldb.Command, error) {
	row := centraldb.Command{Kiosk: w.Kiosk, Verb: wire.VerbWipe, Force: w.Force}
	return c.ask(ctx, actor, row, func(ctx context.Context, tx *centraldb.Tx, k centraldb.Kiosk) error {
		if !strings.EqualFold(strings.TrimSpace(w.Confirm), k.Name) {
			return invalid("confirm", "This is not the kiosk's name.", "Type “"+k.Name+"” if you mean it.")
		}
		return noWipe(ctx, tx, k.ID)
	})
}

// noWipe refuses where one goes on already.
func noWipe(ctx context.Context, tx *centraldb.Tx, kiosk string) error {
	open, err := tx.OpenCommands(ctx, kiosk)
	if err != nil {
		return err
	}
	for _, o := range open {
		if o.Verb == wire.VerbWipe {
			return problem.New(problem.Conflict, "This kiosk was told to clear itself already.", "Take that back first, if it shall be done in another way.")
		}
	}
	return nil
}

// wiped takes the identity away that a machine has forgotten.
func wiped(ctx context.Context, tx *centraldb.Tx, row centraldb.Command) error {
	k, err := tx.Kiosk(ctx, row.Kiosk)
	if err != nil || !bytes.Equal(k.RecordKey, row.RecordKey) {
		return err
	}
	k.Status = centraldb.KioskRevoked
	return errors.Join(tx.SetKioskIdentity(ctx, k), tx.ForgetRenewal(ctx, k.ID), tx.EndIdentity(ctx, k.ID, row.EndedAt, centraldb.IdentityWiped))
}

// lostWipe is told to the owners where nothing was heard of how a wipe went: somebody
// may count on it.
func lostWipe(k centraldb.Kiosk, row centraldb.Command) centraldb.Notice {
	return centraldb.Notice{
		At: row.EndedAt, Kind: "kiosk.wipe", Audience: centraldb.ToOwners, Path: "/kiosks/" + k.ID + "/commands",
		Title: "“" + k.Name + "” has not said that it cleared itself",
		Body:  row.Said + "\n\nIt may hold keys, people and punches still. Look at the machine, or revoke it.",
	}
}

package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"time"

	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/central/witness"
	"github.com/timepost/timepost/sync/wire"
)

type witnessCmd struct{ place }

// Help is shown by central witness --help.
func (witnessCmd) Help() string {
	return `Prints one signed line that says where every journal and the audit log end now. Kept on another machine it shows
later whether the database still contains all that it had: central verify --witness FILE. It changes nothing and may run
beside the server; central serve --witness FILE writes one each day.

  central witness --data /var/lib/timepost >> witness.txt
  ssh central.example central witness --data /var/lib/timepost >> witness.txt`
}

// Run prints the line of now.
func (c *witnessCmd) Run(ctx context.Context, con *console) (err error) {
	keys, err := c.openKeys()
	if err != nil {
		return err
	}
	db, err := c.openToRead(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	org, err := unlock(ctx, db, keys)
	if err != nil {
		return err
	}
	l, err := witness.Now(ctx, db, org.ID, time.Now())
	if err != nil {
		return err
	}
	return con.say("%s", l.Seal(keys.Message))
}

// makeWitness gives what writes the line of each day; nil where nobody asks for it.
func (s *server) makeWitness() error {
	if s.cmd.Witness == "" && !s.cmd.WitnessMail {
		return nil
	}
	zone, err := time.LoadLocation(s.org.Zone)
	if err != nil {
		return fmt.Errorf("load the organisation's zone: %w", err)
	}
	s.witness = witness.NewDaily(witness.Config{
		Store: s.db, Teller: s.db, Org: s.org.ID, Zone: zone, Key: s.keys.Message, Now: time.Now, Log: s.log,
		File: s.cmd.Witness, Mail: s.cmd.WitnessMail,
	})
	return nil
}

// witnesses holds the database to the lines that were kept elsewhere.
func (v *verification) witnesses(ctx context.Context) (string, error) {
	lines, err := witness.ReadFile(v.witnessFile)
	if err != nil {
		return "", err
	}
	r, err := witness.Check(ctx, v.db, v.Org, messageKeys(v.keys), lines)
	if err != nil {
		return "", err
	}
	v.Witness = &r
	for _, f := range r.Faults {
		v.places[checkWitness] = append(v.places[checkWitness], f.String())
	}
	text := fmt.Sprintf("all that it had from %s to %s is there (lines: %d)", r.First.Format(time.DateOnly), r.Last.Format(time.DateOnly), r.Lines)
	if r.Unknown > 0 {
		text += fmt.Sprintf("; %d of them are signed by a key that has been replaced since", r.Unknown)
	}
	return text, r.Err()
}

// messageKeys gives the keys that sign for this server, by their ids.
func messageKeys(k *fleet.Keys) map[string]ed25519.PublicKey {
	own := k.Message.Public().(ed25519.PublicKey)
	out := map[string]ed25519.PublicKey{wire.KeyID(own): own}
	for _, one := range k.Keyset().Keys {
		out[one.Kid] = one.Public
	}
	return out
}

package main

import (
	"context"
	"errors"
	"time"

	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/store/centraldb"
)

type keysMessageCmd struct{ place }

// Help is shown by central keys message --help.
func (keysMessageCmd) Help() string {
	return `Whatever this server tells a kiosk is signed by the message key. When somebody may have seen it, replace it: kiosks
believe the new one by the authority's word, in their next round. Start the server afterwards.

  central keys message --data /var/lib/timepost`
}

// Run replaces the message key.
func (c *keysMessageCmd) Run(ctx context.Context, con *console) error {
	err := c.changeKeys(ctx, "keys.message", func(keys *fleet.Keys, _ succession) (string, error) {
		return keys.Authority(), keys.ReplaceMessage(time.Now())
	})
	if err != nil {
		return err
	}
	return con.say("The message key is a new one.\n\n  Back it up  at once, with the other keys\n  Start       the server: kiosks believe the new one in their next round")
}

// changeKeys changes the keys of a server that is stopped, and notes that in the audit
// log, and which authority is in force from then on.
func (p place) changeKeys(ctx context.Context, action string, change func(*fleet.Keys, succession) (authority string, err error)) (err error) {
	lock, err := lockData(p.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.release()) }()
	keys, db, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	s, err := successionOf(ctx, db, keys)
	if err != nil {
		return err
	}
	return db.Update(ctx, func(tx *centraldb.Tx) error {
		authority, err := change(keys, s) // what a commit that fails leaves behind, unlock accepts
		if err != nil {
			return err
		}
		if err := tx.SetMeta(ctx, keyAuthority, authority); err != nil {
			return err
		}
		detail := map[string]any{"authority": authority, "kiosks": s.Kiosks, "informed": s.Informed}
		return audit.New(db, time.Now).Record(ctx, tx, "central keys", action, "authority", detail)
	})
}

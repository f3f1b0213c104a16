package main

import (
	"context"
	"errors"
	"time"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/audit"
)

// welcomePath is the page where codes become accounts.
const welcomePath = "/welcome"

type ownerCodeCmd struct {
	place
}

// Help is shown by central owner-code --help.
func (ownerCodeCmd) Help() string {
	return `Makes a one-time code, good for a day, with which whoever has it becomes an owner: a new account,
or the one of the address they type with a new password; its passkeys, recovery codes and API tokens end then.
For the first owner, and for owners who have lost everything. It needs the server's disk, may run
beside the server, and is in the audit log. Codes that were made before and not used end.

  central owner-code --data /var/lib/timepost`
}

// Run makes the code.
func (c *ownerCodeCmd) Run(ctx context.Context, con *console) (err error) {
	db, err := c.openDatabase(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.Organisation(ctx); err != nil {
		return err
	}
	door, err := access.New(access.Config{Store: db, Audit: audit.New(db, time.Now)})
	if err != nil {
		return err
	}
	code, err := door.OwnerCode(ctx, "central owner-code")
	if err != nil {
		return err
	}
	return con.say(`%s

Open https://HOST:PORT%s on this server's web address and type it there.
Good once, until %s. Whoever has it becomes an owner.`, code.Code, welcomePath, untilWords(code.Expires))
}

func untilWords(t time.Time) string { return t.Format("2 January 15:04 MST") }

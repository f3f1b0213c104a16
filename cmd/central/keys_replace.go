package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/central/sheet"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

type keysReplaceCmd struct {
	place
	PINsOut string `required:"" name:"pins-out" type:"path" placeholder:"FILE" help:"Write the new PINs to this new CSV file, readable by you only."`
}

// Help is shown by central keys replace --help.
func (keysReplaceCmd) Help() string {
	return `For one case: the key that the data key is wrapped by is lost, with all its backups. The old PINs can't be read by
anybody then. This makes a new data key and a new PIN for every person and every kiosk. People, punches, kiosks and
logins stay. A kiosk takes the old PINs until it hears from the server again.

  central keys replace --data /var/lib/timepost --pins-out new-pins.csv`
}

// Run replaces.
func (c *keysReplaceCmd) Run(ctx context.Context, con *console) error {
	if _, err := os.Lstat(c.database()); errors.Is(err, os.ErrNotExist) {
		return notSetUp(c.Data)
	}
	lock, err := lockData(c.Data)
	if err != nil {
		return err
	}
	n, err := c.replace(ctx)
	if err = errors.Join(err, lock.release()); err != nil {
		return err
	}
	return con.say("%d new PINs are in %s; the old ones end as kiosks hear from the server.\n\n"+
		"  Back up  %s at once\n  Codes    enrolment codes no longer work: make new ones", n, c.PINsOut, c.keys())
}

func (c *keysReplaceCmd) replace(ctx context.Context) (n int, err error) {
	db, err := c.openDatabase(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := c.lost(ctx, db); err != nil {
		return 0, err
	}
	next, err := fleet.NewWrapping()
	if err != nil {
		return 0, err
	}
	next.From = "this command"
	keys, err := c.openKeys(next)
	if err != nil {
		return 0, err
	}
	org, err := db.Organisation(ctx)
	if err != nil {
		return 0, err
	}
	if keys.Org != org.ID {
		return 0, fleet.NotTheseKeys(fmt.Errorf("check keys: they are of %s", keys.Org))
	}
	if err := checkAuthority(ctx, db, keys); err != nil {
		return 0, err
	}
	if err := errors.Join(keys.KeepOld(), keys.Stage(next)); err != nil {
		return 0, err
	}
	if n, err = c.commit(ctx, db, org, keys, next); err != nil {
		return 0, err
	}
	if keys, err = c.openKeys(); err != nil {
		return 0, err
	}
	if _, err := unlock(ctx, db, keys); err != nil {
		return 0, err
	}
	_, err = keys.Settle()
	return n, err
}

// lost refuses while the keys open the database: nobody's PIN has to change then.
func (c *keysReplaceCmd) lost(ctx context.Context, db *centraldb.DB) error {
	keys, err := c.openKeys()
	if problem.Is(err, problem.NotFound) || problem.Is(err, problem.Damaged) {
		return nil // whether the rest is there, the next opening says
	}
	if err != nil {
		return err
	}
	_, err = unlock(ctx, db, keys)
	if err == nil {
		return problem.New(problem.Conflict, "The keys open this database: nothing is lost.",
			"Start the server, or run central keys rotate for a new key.")
	}
	return ifNot(err, problem.Untrusted)
}

func (c *keysReplaceCmd) commit(ctx context.Context, db *centraldb.DB, org centraldb.Organisation, keys *fleet.Keys, next fleet.Wrapping) (int, error) {
	text, err := keys.NewData(next)
	if err != nil {
		return 0, err
	}
	book, err := team.NewBook(org.ID, keys.Data)
	if err != nil {
		return 0, err
	}
	trail := audit.New(db, time.Now)
	people := team.New(team.Config{Store: db, Book: book, Audit: trail})
	var list map[centraldb.PINKey]pin.PIN
	err = db.Update(ctx, func(tx *centraldb.Tx) error {
		if err := noteKeys(ctx, tx, keys, text); err != nil {
			return err
		}
		issued, err := people.Renew(ctx, tx, org.PINLen)
		if err != nil {
			return err
		}
		if _, err := tx.DropCodes(ctx, 0); err != nil {
			return err
		}
		list = map[centraldb.PINKey]pin.PIN{}
		for _, i := range issued {
			list[centraldb.PINKey{Kind: i.Kind, Subject: i.Subject}] = i.PIN
		}
		if err := trail.Record(ctx, tx, "central keys replace", "keys.replace", "data key", map[string]any{"pins": len(list)}); err != nil {
			return err
		}
		return c.write(ctx, tx, list) // last: a commit that fails leaves a file, never the other way round
	})
	return len(list), err
}

// write writes the new PINs in the order of the table.
func (c *keysReplaceCmd) write(ctx context.Context, tx *centraldb.Tx, list map[centraldb.PINKey]pin.PIN) error {
	var b bytes.Buffer
	w := sheet.NewCSV(&b)
	if err := w.Row("kind", "id", "staff_no", "name", "pin"); err != nil {
		return err
	}
	all, err := tx.PINs(ctx, centraldb.PINKey{}, len(list)+1_000_000)
	if err != nil {
		return err
	}
	for _, row := range all {
		p, ok := list[row.Key()]
		if !ok {
			continue
		}
		no, name, err := named(ctx, tx, row.Key())
		if err != nil {
			return err
		}
		if err := w.Row(string(row.Kind), row.Subject, no, name, p.Reveal()); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	return writeKey(c.PINsOut, b.Bytes())
}

func named(ctx context.Context, tx *centraldb.Tx, key centraldb.PINKey) (staffNo, name string, err error) {
	if key.Kind == pin.Universal {
		k, err := tx.Kiosk(ctx, key.Subject)
		return "", k.Name, err
	}
	p, err := tx.Person(ctx, key.Subject)
	return p.StaffNo, p.Name, err
}

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

type keysRotateCmd struct {
	place
	DataKey bool   `name:"data-key" help:"Also draw a new data key and write every PIN under it, in one transaction."`
	KeyOut  string `type:"path" placeholder:"FILE" help:"Write the new wrapping key to this new file instead of the keys folder."`
}

// Help is shown by central keys rotate --help.
func (keysRotateCmd) Help() string {
	return `PINs lie under a data key, which lies in the database, wrapped by a key outside it: KEYS/data.key, the systemd
credential data.key, or $TIMEPOST_DATA_KEY. This makes a new wrapping key. The old one is kept until the database
names the new one, so the command may be interrupted anywhere and run again. Kiosks notice nothing.

  central keys rotate --data /var/lib/timepost
  central keys rotate --data DIR --data-key                 the data key too: when it may have been seen
  central keys rotate --data DIR --key-out /etc/timepost/data.key

Backups of the database made before need the old wrapping key: keep it with them.`
}

// Run rotates.
func (c *keysRotateCmd) Run(ctx context.Context, con *console) error {
	if _, err := os.Lstat(c.database()); errors.Is(err, os.ErrNotExist) {
		return notSetUp(c.Data)
	}
	lock, err := lockData(c.Data)
	if err != nil {
		return err
	}
	r := &rotation{place: c.place, dataKey: c.DataKey, out: c.KeyOut, now: time.Now, at: func(point) error { return nil }}
	err = r.run(ctx)
	if err = errors.Join(err, lock.release()); err != nil {
		return err
	}
	return r.tell(con)
}

// point is a moment of a rotation at which the machine may stop.
type point string

const (
	afterStaging point = "the next key is on the disk"
	beforeCommit point = "everything is written, nothing committed"
	afterCommit  point = "the database names the next key"
	afterSettle  point = "the next key has taken its place"
)

// rotation is one run of the command. at is called at every point; a test stops
// the rotation there as a power cut would.
type rotation struct {
	place   place
	dataKey bool
	out     string
	now     func() time.Time
	at      func(point) error

	id    string // of the new wrapping key
	from  string // where the old one is
	pins  int
	codes int
}

// run keeps this order: next key on disk, database, proof, old key gone.
func (r *rotation) run(ctx context.Context) (err error) {
	keys, err := r.place.openKeys()
	if err != nil {
		return err
	}
	db, err := r.place.openDatabase(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := unlock(ctx, db, keys); err != nil {
		return err
	}
	if _, err := keys.Settle(); err != nil {
		return err
	}
	next, err := r.stage(keys)
	if err != nil {
		return err
	}
	if err := r.at(afterStaging); err != nil {
		return err
	}
	if err := r.commit(ctx, db, keys, next); err != nil {
		return err
	}
	if err := r.at(afterCommit); err != nil {
		return err
	}
	if err := r.settle(ctx, db, next); err != nil {
		return err
	}
	return r.at(afterSettle)
}

// stage makes the next wrapping key and puts it where it will be looked for.
func (r *rotation) stage(keys *fleet.Keys) (fleet.Wrapping, error) {
	next, err := fleet.NewWrapping()
	if err != nil {
		return next, err
	}
	if r.id, err = next.ID(); err != nil {
		return next, err
	}
	r.from = keys.Wrapping.From
	if r.out != "" {
		next.From = r.out
		return next, writeKey(r.out, next.Text())
	}
	if !keys.InFolder() {
		return next, problem.New(problem.Invalid, "The wrapping key comes from "+keys.Wrapping.From+", where central can't replace it.",
			"Add --key-out FILE, then put the file's content in its place.")
	}
	return next, keys.Stage(next)
}

// commit has the database name the next key, and with a new data key moves all
// PINs under it. A bare data key is always replaced: its file was the key itself.
func (r *rotation) commit(ctx context.Context, db *centraldb.DB, keys *fleet.Keys, next fleet.Wrapping) error {
	return db.Update(ctx, func(tx *centraldb.Tx) error {
		after, full := *keys, r.dataKey || keys.Bare
		text, err := next.Wrap(keys.Org, keys.Data)
		if full {
			text, err = after.NewData(next)
		}
		if err != nil {
			return err
		}
		if full {
			if err := r.reseal(ctx, tx, keys, &after); err != nil {
				return err
			}
		}
		if err := noteKeys(ctx, tx, &after, text); err != nil {
			return err
		}
		detail := map[string]any{"key": r.id, "new_data_key": full, "pins": r.pins, "codes_withdrawn": r.codes}
		if err := audit.New(db, r.now).Record(ctx, tx, "central keys rotate", "keys.rotate", "data key", detail); err != nil {
			return err
		}
		return r.at(beforeCommit)
	})
}

func (r *rotation) reseal(ctx context.Context, tx *centraldb.Tx, before, after *fleet.Keys) error {
	old, err := team.NewBook(before.Org, before.Data)
	if err != nil {
		return err
	}
	book, err := team.NewBook(after.Org, after.Data)
	if err != nil {
		return err
	}
	if r.pins, err = old.Reseal(ctx, tx, rand.Reader, book); err != nil {
		return err
	}
	if err := resealMail(ctx, tx, before, after); err != nil {
		return err
	}
	r.codes, err = tx.DropCodes(ctx, r.now().UnixNano()) // they are found by an HMAC under the old key
	return err
}

// settle proves that the keys, read anew, open the database. Only then the old
// wrapping key goes.
func (r *rotation) settle(ctx context.Context, db *centraldb.DB, next fleet.Wrapping) error {
	var more []fleet.Wrapping
	if r.out != "" {
		more = append(more, next)
	}
	keys, err := r.place.openKeys(more...)
	if err != nil {
		return err
	}
	if _, err := unlock(ctx, db, keys); err != nil {
		return err
	}
	_, err = keys.Settle()
	return err
}

// writeKey writes a new file that only its owner may read, and never over another.
func writeKey(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return problem.New(problem.Conflict, "There is a file "+path+" already.",
			"Name another one. A rotation that was interrupted may have left it: central keys verify says which key the database wants.")
	}
	if err != nil {
		return problem.New(problem.Invalid, "The key file "+path+" can't be written.", "Name another one.").Because(err)
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write key: %w", err)
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("write key: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}

// tell says what is different now and what to do.
func (r *rotation) tell(con *console) error {
	where := filepath.Join(r.place.keys(), "data.key")
	if r.out != "" {
		where = r.out
	}
	text := fmt.Sprintf("The data key is wrapped by key %s now, in %s.\n\n  Back it up    at once: nothing else opens this database\n"+
		"  Old backups   need the old key: keep its copy with them", r.id, where)
	if r.out != "" {
		text += fmt.Sprintf("\n  Put it        where the server finds it (the credential data.key or $%s);\n"+
			"                %s no longer opens this database", envDataKey, r.from)
	}
	if r.pins > 0 || r.codes > 0 {
		text += fmt.Sprintf("\n  New data key  %d PINs were written under it; kiosks notice nothing", r.pins)
	}
	if r.codes > 0 {
		text += fmt.Sprintf("\n  Codes         %d open enrolment codes no longer work: make new ones", r.codes)
	}
	return con.say("%s", text)
}

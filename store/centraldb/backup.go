package centraldb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"github.com/timepost/timepost/store"
)

// Snapshot writes a consistent copy of the database at path into the new file to, also
// while a server runs on it: see store.Snapshot.
func Snapshot(ctx context.Context, path, to string) error { return store.Snapshot(ctx, path, to) }

// OpenAsIs opens a database that is there without bringing its schema up to date, to
// look at it: what a later program has added is missing.
func OpenAsIs(ctx context.Context, path string) (*DB, error) {
	db, err := store.Open(ctx, path, store.Options{})
	if err != nil {
		return nil, err
	}
	return &DB{db: db, noticed: make(chan struct{}, 1)}, nil
}

// OpenToRead opens a database that is there to look at it, also beside the server, and
// changes nothing: problem.Conflict where its schema is of an earlier version.
func OpenToRead(ctx context.Context, path string) (*DB, error) {
	files, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	db, err := OpenAsIs(ctx, path)
	if err != nil {
		return nil, err
	}
	if err := db.db.Current(ctx, files); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), db.Close())
	}
	return db, nil
}

// Check reads the whole database and says whether it is whole: see store.DB.Check.
func (d *DB) Check(ctx context.Context) error { return d.db.Check(ctx) }

// Contents counts what is in a database.
type Contents struct{ People, Kiosks, Records, Punches int }

// Contents counts.
func (d *DB) Contents(ctx context.Context) (Contents, error) {
	var c Contents
	err := d.db.Reader().QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM people), (SELECT COUNT(*) FROM kiosks),
		(SELECT COUNT(*) FROM records), (SELECT COUNT(*) FROM punches)`).Scan(&c.People, &c.Kiosks, &c.Records, &c.Punches)
	if err != nil {
		return c, fmt.Errorf("count contents: %w", err)
	}
	return c, nil
}

// Restore is a time of which this database knows nothing: it was made from a backup.
// From is when that was made, To when it was restored, both unix nanoseconds.
type Restore struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

const metaRestores = "restores"

// Restores reads the times this database knows nothing of, in the order of the restores.
func (d *DB) Restores(ctx context.Context) ([]Restore, error) { return restores(ctx, d.db.Reader()) }

// Restores reads the times this database knows nothing of, in the order of the restores.
func (t *Tx) Restores(ctx context.Context) ([]Restore, error) { return restores(ctx, t.tx) }

func restores(ctx context.Context, q querier) ([]Restore, error) {
	text, err := metaValue(ctx, q, metaRestores)
	if err != nil || text == "" {
		return nil, err
	}
	var out []Restore
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		return nil, fmt.Errorf("read restores: %w", err)
	}
	return out, nil
}

// Restored makes a database that came out of a backup fit for use: generation gen
// begins, the time that is missing is noted, and what was good for a while then is good
// no more: sessions, enrolment codes, invitations.
func (t *Tx) Restored(ctx context.Context, r Restore, gen uint64) error {
	known, err := t.Restores(ctx)
	if err != nil {
		return err
	}
	text, err := json.Marshal(append(known, r))
	if err != nil {
		return fmt.Errorf("encode restores: %w", err)
	}
	if err := t.SetMeta(ctx, metaRestores, string(text)); err != nil {
		return err
	}
	if err := t.SetMeta(ctx, "gen", strconv.FormatUint(gen, 10)); err != nil {
		return err
	}
	if _, err := t.DropCodes(ctx, r.To); err != nil {
		return err
	}
	for _, query := range []string{`DELETE FROM sessions`, `DELETE FROM invitations WHERE used_at = 0`} {
		if err := exec(ctx, t.tx, nil, query); err != nil {
			return fmt.Errorf("end what was open: %w", err)
		}
	}
	return nil
}

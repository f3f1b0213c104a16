package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/backup"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// prior is what the database in the folder, if there is one, knows later than the
// backup: its generation, and which keys of kiosks no longer hold.
type prior struct {
	gen     uint64
	revoked []centraldb.Kiosk
}

// look refuses a folder that is somebody else's or in use, and reads what the restored
// server would not know. A database that can't be read tells nothing.
func (r *restoration) look(ctx context.Context) (p prior, err error) {
	c := r.cmd
	if !there(c.database()) {
		return p, nil
	}
	if !c.Force {
		return p, problem.New(problem.Conflict, "There is a server in "+c.Data+" already.",
			"Name another folder, or add --force: its files are then kept aside.")
	}
	db, err := centraldb.OpenAsIs(ctx, c.database())
	if err != nil {
		return p, ctx.Err() // it is damaged: that may be why somebody restores
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	org, err := db.Organisation(ctx)
	if err != nil {
		return p, ctx.Err()
	}
	if org.ID != r.manifest.Org {
		return p, problem.New(problem.Conflict, "The server in "+c.Data+" is of "+org.ID+", the backup of "+r.manifest.Org+".", "Name another folder.")
	}
	p.gen = org.Gen
	kiosks, err := db.Kiosks(ctx)
	if err != nil {
		return p, ctx.Err()
	}
	for _, k := range kiosks {
		if k.Status == centraldb.KioskRevoked {
			p.revoked = append(p.revoked, k)
		}
	}
	return p, nil
}

// findKeys takes the keys of the folder where they open the backup, and those of the
// backup otherwise.
func (r *restoration) findKeys(ctx context.Context) error {
	err := r.open(ctx, r.cmd.place)
	if err == nil {
		r.done.Keys = keysOfFolder
		return nil
	}
	wrong := problem.Is(err, problem.NotFound) || problem.Is(err, problem.Untrusted) || problem.Is(err, problem.Damaged)
	if !wrong {
		return err
	}
	if !r.manifest.Has(backup.KeysName) {
		return problem.New(problem.CodeOf(err), "The keys of this backup are not in "+r.cmd.keys()+", and not in the backup.",
			"Bring the keys folder back from its own backup, with wrapping key "+r.manifest.Key+", or name it with --keys.").Because(err)
	}
	if r.passphrase == "" {
		return problem.New(problem.NotFound, "The keys of this backup are not in "+r.cmd.keys()+".",
			"They are in the backup: give its passphrase with --passphrase-file.").Because(err)
	}
	return r.unpackKeys(ctx)
}

func (r *restoration) unpackKeys(ctx context.Context) error {
	sealed, err := os.ReadFile(filepath.Join(r.stage, backup.KeysName))
	if err != nil {
		return fmt.Errorf("read keys of backup: %w", err)
	}
	// Beside their place, which may be on another disk than the data.
	if r.keys, err = os.MkdirTemp(filepath.Dir(r.cmd.keys()), ".restore-keys-*"); err != nil {
		return fmt.Errorf("unpack keys: %w", err)
	}
	if err := backup.OpenKeys(sealed, r.passphrase, r.keys); err != nil {
		return err
	}
	r.done.Keys = keysOfBackup
	return r.open(ctx, place{Data: r.cmd.Data, Keys: r.keys})
}

// open says whether the keys at p open the restored database.
func (r *restoration) open(ctx context.Context, p place) (err error) {
	keys, err := p.openKeys()
	if err != nil {
		return err
	}
	db, err := centraldb.OpenAsIs(ctx, r.database())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = unlock(ctx, db, keys)
	return err
}

// prepare checks the database, brings its schema up to date, and begins the next
// generation in it.
func (r *restoration) prepare(ctx context.Context) (err error) {
	db, err := centraldb.Open(ctx, r.database())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Check(ctx); err != nil {
		return err
	}
	org, err := db.Organisation(ctx)
	if err != nil {
		return err
	}
	r.done.Generation = nextGeneration(max(org.Gen, r.prior.gen), r.now)
	since := centraldb.Restore{From: r.manifest.Made.UnixNano(), To: r.now.UnixNano()}
	return db.Update(ctx, func(tx *centraldb.Tx) error {
		if err := tx.Restored(ctx, since, r.done.Generation); err != nil {
			return err
		}
		if err := r.revokeAgain(ctx, tx); err != nil {
			return err
		}
		if err := tx.AddNotice(ctx, r.notice()); err != nil {
			return err
		}
		return audit.New(db, func() time.Time { return r.now }).Record(ctx, tx, "central restore", "server.restore", "", map[string]any{
			"made": r.manifest.Made.UTC().Format(time.RFC3339), "generation": r.done.Generation, "audit_head": r.manifest.AuditHead,
		})
	})
}

// nextGeneration is above every one that a kiosk may have seen. One more than the
// backup's is not enough: a backup that is restored a second time, without what the
// first restore had begun, would begin the same generation with other content.
func nextGeneration(known uint64, now time.Time) uint64 {
	return max(known+1, uint64(max(now.Unix(), 0)))
}

// revokeAgain takes away the keys that had been taken away since the backup.
func (r *restoration) revokeAgain(ctx context.Context, tx *centraldb.Tx) error {
	r.done.Revoked = []string{}
	for _, old := range r.prior.revoked {
		k, err := tx.Kiosk(ctx, old.ID)
		if problem.Is(err, problem.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if k.Status != centraldb.KioskEnrolled || string(k.RecordKey) != string(old.RecordKey) {
			continue
		}
		k.Status = centraldb.KioskRevoked
		if err := tx.SetKioskIdentity(ctx, k); err != nil {
			return err
		}
		if err := tx.EndIdentity(ctx, k.ID, r.now.UnixNano(), centraldb.IdentityRevoked); err != nil {
			return err
		}
		r.done.Revoked = append(r.done.Revoked, k.ID)
	}
	return nil
}

func (r *restoration) notice() centraldb.Notice {
	made := r.manifest.Made.UTC().Format("2 January 2006 15:04") + " UTC"
	return centraldb.Notice{
		At: r.now.UnixNano(), Kind: "server.restore", Audience: centraldb.ToAdmins, Path: "/audit",
		Title: "The server was restored from a backup",
		Body: "What the server knows is of " + made + ". Kiosks send again what they recorded since; kiosks that were enrolled since come back by themselves.\n\n" +
			"What only the server knew is gone. Please look at: PINs that were changed since (the earlier ones hold again), people who came or left, " +
			"assignments, corrections, accounts and API tokens that were closed, and kiosks that were revoked.",
	}
}

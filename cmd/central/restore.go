package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/timepost/timepost/central/backup"
	"github.com/timepost/timepost/internal/problem"
)

type restoreCmd struct {
	place
	File           string `arg:"" type:"path" placeholder:"FILE" help:"The backup."`
	Force          bool   `help:"Also where there is a server in the folder: its files are kept aside."`
	PassphraseFile string `type:"path" placeholder:"FILE" help:"Take the keys out of the backup, with the passphrase that is the first line of this file; - reads it from standard input."`
	JSON           bool   `name:"json" help:"Write what was done as JSON."`
}

// Help is shown by central restore --help.
func (restoreCmd) Help() string {
	return `Brings back what central backup has saved, on this machine or another one. Stop the server first. The backup is
checked as a whole before anything is changed; files that are there already are kept in DATA/before-restore-TIME.

Keys: those in the keys folder if they open the backup, otherwise those in the backup, with its passphrase.

  central restore timepost-acme-20260301T030000Z.tar.gz --data /var/lib/timepost
  central restore monday.tar.gz --data /var/lib/timepost --force
  central restore monday.tar.gz --data /var/lib/timepost --passphrase-file passphrase.txt

Then start the server. A new generation begins, so that kiosks send again what was recorded since the backup. People, PINs,
assignments and settings are as they were at the backup; kiosks that were enrolled since come back by themselves, kiosks
that were revoked since have to be revoked again unless their server's database lies in the folder. Everybody logs in anew.

Exit codes: 0 done, 65 the backup is damaged, 66 it or its keys are missing, 69 wrong passphrase, 75 a server runs or is
there already, 77 the keys are another database's.`
}

// restored is what central restore did.
type restored struct {
	Backup     backup.Manifest `json:"backup"`
	Generation uint64          `json:"generation"`
	Keys       string          `json:"keys"`            // folder, or backup
	Aside      string          `json:"aside,omitempty"` // where the files lie that were there before
	Revoked    []string        `json:"revoked_again"`   // kiosks
}

// Run restores.
func (c *restoreCmd) Run(ctx context.Context, con *console) error {
	passphrase, err := readPassphrase(c.PassphraseFile, con.in)
	if err != nil {
		return err
	}
	m, err := backup.ReadManifest(c.File)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return problem.New(problem.Invalid, "The folder "+c.Data+" can't be made.", "Name another one, or let root make it.").Because(err)
	}
	lock, err := lockData(c.Data)
	if err != nil {
		return err
	}
	meter := newMeter(con.err)
	r := &restoration{cmd: c, passphrase: passphrase, manifest: m, now: time.Now(), meter: meter}
	err = r.run(ctx)
	meter.end()
	if err = errors.Join(err, lock.release()); err != nil {
		return err
	}
	if c.JSON {
		text, err := json.MarshalIndent(r.done, "", "  ")
		if err != nil {
			return fmt.Errorf("encode outcome: %w", err)
		}
		return con.say("%s", text)
	}
	return c.print(con, r.done)
}

func (c *restoreCmd) print(con *console, d restored) error {
	n := d.Backup.Contents
	text := fmt.Sprintf("%s is back in %s, as of %s: %d people, %d kiosks, %d punches.\n\n  Start it    central serve --data %s\n"+
		"  Check it    central verify --data %s\n  Kiosks      send again what they recorded since\n  Look at     what only the server knew since then: PINs, people, assignments, accounts, kiosks that were revoked",
		d.Backup.Name, c.Data, d.Backup.Made.Local().Format(time.DateTime), n.People, n.Kiosks, n.Punches, c.Data, c.Data)
	if d.Keys == keysOfBackup {
		text += "\n  Keys        those of the backup, in " + c.keys()
	}
	if len(d.Revoked) > 0 {
		text += fmt.Sprintf("\n  Revoked     %d kiosks again, as they were in the database that was here", len(d.Revoked))
	}
	if d.Aside != "" {
		text += "\n  Kept        what was here before, in " + d.Aside + ": remove it once all is well"
	}
	return con.say("%s", text)
}

// Where the keys came from.
const (
	keysOfFolder = "folder"
	keysOfBackup = "backup"
)

// restoration is one run of the command.
type restoration struct {
	cmd        *restoreCmd
	passphrase string
	manifest   backup.Manifest
	now        time.Time
	meter      *meter

	stage string // where the data is made ready, in the data folder
	keys  string // where keys of the backup are made ready, beside the keys folder
	prior prior  // what the database that is here knows
	done  restored
}

// run makes everything ready beside what is there; then it changes places.
func (r *restoration) run(ctx context.Context) (err error) {
	if r.prior, err = r.look(ctx); err != nil {
		return err
	}
	if r.stage, err = os.MkdirTemp(r.cmd.Data, ".restore-*"); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(r.stage), r.forgetKeys()) }()
	if r.done.Backup, err = backup.Extract(ctx, r.cmd.File, r.stage, r.meter.step("read")); err != nil {
		return err
	}
	if err := r.findKeys(ctx); err != nil {
		return err
	}
	if err := r.prepare(ctx); err != nil {
		return err
	}
	return r.change()
}

func (r *restoration) database() string { return filepath.Join(r.stage, backup.DatabaseName) }

// change puts what is ready into its place. What was there is moved aside first, so
// that after a power cut either is there, or neither and all of both on the disk.
func (r *restoration) change() error {
	if there(r.database() + "-wal") {
		return errors.New("restore: the database was not closed as a whole")
	}
	moves, err := r.aside()
	if err != nil {
		return err
	}
	if r.done.Keys == keysOfBackup {
		moves = append(moves, [2]string{r.keys, r.cmd.keys()})
	}
	moves = append(moves, [2]string{r.database(), r.cmd.database()})
	for _, m := range moves {
		if err := os.Rename(m[0], m[1]); err != nil {
			return fmt.Errorf("put in place: %w", err)
		}
	}
	return errors.Join(syncFolder(r.cmd.Data), syncFolder(filepath.Dir(r.cmd.keys())))
}

// aside lists what has to make room, and makes the folder for it.
func (r *restoration) aside() (moves [][2]string, err error) {
	old := filepath.Join(r.cmd.Data, "before-restore-"+r.now.UTC().Format("20060102T150405Z"))
	for _, end := range []string{"", "-wal", "-shm"} {
		if there(r.cmd.database() + end) {
			moves = append(moves, [2]string{r.cmd.database() + end, filepath.Join(old, backup.DatabaseName+end)})
		}
	}
	if r.done.Keys == keysOfBackup && there(r.cmd.keys()) {
		// Beside the keys, not beside the data: --keys may name another disk.
		moves = append(moves, [2]string{r.cmd.keys(), r.cmd.keys() + "-" + filepath.Base(old)})
	}
	if len(moves) == 0 {
		return nil, nil
	}
	r.done.Aside = old
	if err := os.Mkdir(old, 0o700); err != nil {
		return nil, fmt.Errorf("keep what is there: %w", err)
	}
	return moves, syncFolder(r.cmd.Data)
}

// forgetKeys removes keys of the backup that have not found their place.
func (r *restoration) forgetKeys() error {
	if r.keys == "" {
		return nil
	}
	return os.RemoveAll(r.keys)
}

func there(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/backup"
	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

type backupCmd struct {
	place
	Out            string `type:"path" placeholder:"PATH" help:"Folder for the backup, or the name of the new file, which ends with .tar.gz; DATA/backups unless named."`
	Keep           int    `placeholder:"N" help:"Remove all but the newest N backups of the folder afterwards; all stay unless named."`
	PassphraseFile string `type:"path" placeholder:"FILE" help:"Put the keys in, too, under the passphrase that is the first line of this file; - reads it from standard input."`
	JSON           bool   `name:"json" help:"Write what was made as JSON."`
}

// Help is shown by central backup --help.
func (backupCmd) Help() string {
	return `Makes one file with everything that this server knows, at one moment, while it runs or not: people, PINs, punches,
kiosks, accounts, settings and the audit log. The file is read again and checked before it counts. Copy it to another
machine; central restore brings it back, and kiosks then send again what was recorded since.

Without its keys a backup shows no PIN, and can't be restored. They are in it only with a passphrase; otherwise keep a copy of
the keys folder somewhere else. Archives of diagnostics are not in it.

  central backup --data /var/lib/timepost
  central backup --data /var/lib/timepost --out /mnt/backup --keep 30
  central backup --data /var/lib/timepost --out monday.tar.gz --passphrase-file passphrase.txt

Exit codes: 0 done, 64 wrong input, 65 the database is damaged (the backup was made, nothing was removed), 66 there is
no server, 75 there is such a file already.`
}

// saved is what central backup made.
type saved struct {
	Path    string          `json:"path"`
	Size    int64           `json:"size"` // bytes
	Keys    bool            `json:"keys"` // they are in it, under the passphrase
	Backup  backup.Manifest `json:"backup"`
	Removed []string        `json:"removed"`

	flaw error // of the database; the backup is what it is
}

// Run makes a backup.
func (c *backupCmd) Run(ctx context.Context, con *console) error {
	if _, err := os.Lstat(c.database()); errors.Is(err, os.ErrNotExist) {
		return notSetUp(c.Data)
	}
	passphrase, err := readPassphrase(c.PassphraseFile, con.in)
	if err != nil {
		return err
	}
	folder, file, err := c.target()
	if err != nil {
		return err
	}
	m := newMeter(con.err)
	s, err := c.save(ctx, folder, file, passphrase, m)
	m.end()
	if err != nil {
		return err
	}
	if c.JSON {
		text, err := json.MarshalIndent(s, "", "  ")
		if err != nil {
			return fmt.Errorf("encode outcome: %w", err)
		}
		return errors.Join(con.say("%s", text), s.flaw)
	}
	return errors.Join(s.print(con), s.flaw)
}

// target gives the folder of the backup, and its name if one was given.
func (c *backupCmd) target() (folder, file string, err error) {
	folder = c.Out
	switch {
	case folder == "":
		folder = filepath.Join(c.Data, "backups")
	case strings.HasSuffix(folder, ".tar.gz"):
		folder, file = filepath.Split(folder)
	}
	if c.Keep < 0 || c.Keep > 0 && file != "" {
		return "", "", problem.New(problem.Invalid, "--keep needs a folder and a number from 1 on.", "Give --out FOLDER --keep 30.")
	}
	if err := os.MkdirAll(filepath.Clean(folder), 0o700); err != nil {
		return "", "", problem.New(problem.Invalid, "There can be no backup in "+folder+".", "Name another folder with --out.").Because(err)
	}
	return filepath.Clean(folder), file, nil
}

func readPassphrase(file string, in interface{ Read([]byte) (int, error) }) (string, error) {
	if file == "" {
		return "", nil
	}
	p, err := readPassword(file, in)
	if err != nil {
		return "", problem.New(problem.Invalid, "The passphrase file "+file+" can't be read.", "Its first line is the passphrase.").Because(err)
	}
	return p, backup.CheckPassphrase(p)
}

// save copies, looks at the copy, packs it, and reads the pack again.
func (c *backupCmd) save(ctx context.Context, folder, file, passphrase string, m *meter) (s saved, err error) {
	dir, err := os.MkdirTemp(folder, ".backup-*") // 0700: others don't see the copy
	if err != nil {
		return s, problem.New(problem.Invalid, "There can be no backup in "+folder+".", "Name another folder with --out.").Because(err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	made := time.Now()
	copied := filepath.Join(dir, backup.DatabaseName)
	if err := c.copy(ctx, copied, m.step("copy")); err != nil {
		return s, err
	}
	manifest, flaw, err := c.describe(ctx, copied, made)
	if err != nil {
		return s, err
	}
	files := []backup.Source{{Name: backup.DatabaseName, Path: copied}}
	if passphrase != "" {
		sealed, err := c.sealKeys(ctx, copied, passphrase)
		if err != nil {
			return s, err
		}
		files = append(files, backup.Source{Name: backup.KeysName, Data: sealed})
	}
	if file == "" {
		file = freeName(folder, manifest.Org, made)
	}
	s = saved{Path: filepath.Join(folder, file), Keys: passphrase != "", flaw: flaw, Removed: []string{}}
	if s.Backup, err = backup.Write(ctx, s.Path, manifest, files, m.step("write")); err != nil {
		return s, err
	}
	if _, err := backup.Verify(ctx, s.Path, m.step("verify")); err != nil {
		return s, errors.Join(err, os.Remove(s.Path))
	}
	info, err := os.Stat(s.Path)
	if err != nil {
		return s, fmt.Errorf("look at backup: %w", err)
	}
	s.Size = info.Size()
	if c.Keep > 0 && flaw == nil {
		gone, err := backup.Prune(folder, manifest.Org, c.Keep, file)
		s.Removed = append(s.Removed, gone...)
		return s, err
	}
	return s, nil
}

// freeName gives a name that no backup in the folder has: of two within a second, the
// second is a second later.
func freeName(folder, org string, made time.Time) string {
	for {
		name := backup.FileName(org, made)
		if !there(filepath.Join(folder, name)) {
			return name
		}
		made = made.Add(time.Second)
	}
}

// copy takes the copy, and tells how large it has become meanwhile.
func (c *backupCmd) copy(ctx context.Context, to string, tell func(done, total int64)) error {
	info, err := os.Lstat(c.database()) // it is not opened: that is for SQLite
	if err != nil {
		return fmt.Errorf("look at database: %w", err)
	}
	done := make(chan error, 1)
	go func() { done <- centraldb.Snapshot(ctx, c.database(), to) }()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-tick.C:
			if now, err := os.Lstat(to); err == nil {
				tell(min(now.Size(), info.Size()), info.Size())
			}
		}
	}
}

// describe looks at the copy. flaw is what is wrong with it: a backup of a damaged
// database is better than none.
func (c *backupCmd) describe(ctx context.Context, path string, made time.Time) (m backup.Manifest, flaw, err error) {
	db, err := centraldb.OpenAsIs(ctx, path)
	if err != nil {
		return m, nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	org, err := db.Organisation(ctx)
	if err != nil {
		return m, nil, err
	}
	m = backup.Manifest{Org: org.ID, Name: org.Name, Gen: org.Gen, Made: made.UTC(), Software: software()}
	if m.Authority, err = db.Meta(ctx, keyAuthority); err != nil {
		return m, nil, err
	}
	text, err := db.Meta(ctx, keyData)
	if err != nil {
		return m, nil, err
	}
	if m.Key, err = fleet.WrappedBy(text); err != nil {
		return m, nil, err
	}
	n, err := db.Contents(ctx)
	if err != nil {
		return m, nil, err
	}
	m.Contents = backup.Contents{People: n.People, Kiosks: n.Kiosks, Records: n.Records, Punches: n.Punches}
	head, broken := audit.New(db, time.Now).Verify(ctx)
	m.AuditHead = head.String()
	for _, err := range []error{db.Check(ctx), broken} {
		if err != nil && !problem.Is(err, problem.Damaged) {
			return m, nil, err
		}
		flaw = errors.Join(flaw, err)
	}
	return m, flaw, nil
}

// sealKeys gives the keys under the passphrase, after they have opened the copy.
func (c *backupCmd) sealKeys(ctx context.Context, path, passphrase string) (_ []byte, err error) {
	keys, err := c.openKeys()
	if err != nil {
		return nil, err
	}
	db, err := centraldb.OpenAsIs(ctx, path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := unlock(ctx, db, keys); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(c.keys())
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	var files []backup.Source
	for _, e := range entries {
		if !e.Type().IsRegular() || strings.HasPrefix(e.Name(), ".") || e.Name() == credential && !keys.InFolder() {
			continue // what a write that was cut short left behind; a data.key that opens older backups
		}
		files = append(files, backup.Source{Name: e.Name(), Path: filepath.Join(c.keys(), e.Name())})
	}
	if !keys.InFolder() {
		files = append(files, backup.Source{Name: credential, Data: keys.Wrapping.Text()})
	}
	return backup.SealKeys(files, passphrase)
}

func (s saved) print(con *console) error {
	n := s.Backup.Contents
	text := fmt.Sprintf("%s\n\n  In it     %d people, %d kiosks, %d punches, up to %s (%s)\n  Checked   read again, whole",
		s.Path, n.People, n.Kiosks, n.Punches, s.Backup.Made.Local().Format(time.DateTime), bytesWords(s.Size))
	if s.Keys {
		text += "\n  Keys      in it, under the passphrase: keep that elsewhere"
	} else {
		text += "\n  Keys      not in it: it needs wrapping key " + s.Backup.Key + " and the keys folder. Keep a copy of them elsewhere"
	}
	if len(s.Removed) > 0 {
		text += fmt.Sprintf("\n  Removed   %d older ones", len(s.Removed))
	}
	return con.say("%s\n  Now       copy it to another machine", text)
}

func bytesWords(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%d KiB", (n+1023)/1024)
}

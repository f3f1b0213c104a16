package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/central/ledger"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/central/witness"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

type keysVerifyCmd struct {
	place
	JSON bool `name:"json" help:"Write the findings as JSON."`
}

// Help is shown by central keys verify --help.
func (keysVerifyCmd) Help() string {
	return `Checks who may read the keys, that they are whole, that they are this database's, and opens every PIN. It
changes nothing and may run beside the server. Run it after each restore, on a copy of each backup.

  central keys verify --data /var/lib/timepost
  central keys verify --data /var/lib/timepost --json

Exit codes: 0 all is well, 65 a key or a PIN is damaged, 66 keys or database are missing,
75 the authority has run out, 77 others may read the keys, or they are another database's.`
}

// finding is the outcome of one check. A check that hangs on one that failed is
// not made.
type finding struct {
	Check   string       `json:"check"`
	State   string       `json:"state"` // ok, failed, not_checked
	Text    string       `json:"text,omitempty"`
	Hint    string       `json:"hint,omitempty"`
	Code    problem.Code `json:"code,omitempty"`
	failure error
}

// verification is what central keys verify found.
type verification struct {
	OK       bool      `json:"ok"`
	Org      string    `json:"org,omitempty"`
	Key      string    `json:"wrapping_key,omitempty"`
	From     string    `json:"wrapping_key_from,omitempty"`
	PINs     int       `json:"pins"`
	Damaged  []string  `json:"damaged_pins"`
	Findings []finding `json:"findings"`

	Ledger  *ledger.Report  `json:"records,omitempty"` // of central verify, as what follows
	Witness *witness.Report `json:"witness,omitempty"`

	place place
	now   time.Time
	meter *meter // of central verify, as what follows
	quick bool   // not every signature

	witnessFile string
	places      map[string][]string // that do not hold, by the check that has found them

	keys *fleet.Keys
	db   *centraldb.DB
}

// Run verifies.
func (c *keysVerifyCmd) Run(ctx context.Context, con *console) error {
	v := &verification{place: c.place, now: time.Now(), Damaged: []string{}}
	return v.tell(ctx, con, v.keyChecks(), c.JSON)
}

// check is one of the things that are looked at; with stops, those after it stand on
// what it found.
type check struct {
	name  string
	run   func(context.Context) (string, error)
	stops bool
}

// keyChecks: a bad mode and an old authority leave the rest to be seen.
func (v *verification) keyChecks() []check {
	return []check{
		{"files", v.files, false},
		{"keys", v.read, true},
		{"database", v.open, true},
		{"data key", v.unlock, true},
		{"authority", v.authority, false},
		{"PINs", v.pins, false},
	}
}

// tell makes the checks and says what was found.
func (v *verification) tell(ctx context.Context, con *console, checks []check, asJSON bool) error {
	if err := v.run(ctx, checks); err != nil {
		return err
	}
	if asJSON {
		text, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			return fmt.Errorf("encode findings: %w", err)
		}
		err = con.say("%s", text)
		return errors.Join(err, v.failure())
	}
	return errors.Join(v.print(con), v.failure())
}

func (v *verification) run(ctx context.Context, checks []check) (err error) {
	defer func() {
		if v.db != nil {
			err = errors.Join(err, v.db.Close())
		}
	}()
	v.OK = true
	stopped := false
	for _, check := range checks {
		f := finding{Check: check.name, State: "not_checked"}
		if !stopped {
			f.State = "ok"
			if f.Text, f.failure = check.run(ctx); f.failure != nil {
				f.fail()
				v.OK = false
				stopped = check.stops
			}
		}
		v.Findings = append(v.Findings, f)
	}
	return ctx.Err()
}

func (f *finding) fail() {
	p := problem.From(f.failure)
	f.State, f.Text, f.Hint, f.Code = "failed", p.Message, p.Hint, p.Code
}

// failure gives the first check's problem.
func (v *verification) failure() error {
	for _, f := range v.Findings {
		if f.failure != nil {
			return f.failure
		}
	}
	return nil
}

// files asks who may read and who may write.
func (v *verification) files(context.Context) (string, error) {
	dir := v.place.keys()
	names := []string{dir}
	for _, name := range []string{"ca.key", "message.key", "data.key", "data.key.next"} {
		names = append(names, filepath.Join(dir, name))
	}
	names = append(names, v.place.Data, v.place.database(), v.place.database()+"-wal")
	seen := 0
	for _, path := range names {
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // what is missing, the next checks say
		}
		if err != nil {
			return "", fmt.Errorf("check files: %w", err)
		}
		seen++
		closed := info.IsDir() || strings.HasPrefix(path, dir)
		if err := private(path, info.Mode(), closed); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%d files and folders are as closed as they must be", seen), nil
}

// private refuses a key or folder that others may read, and a database that
// others may write; its folder keeps readers out.
func private(path string, mode fs.FileMode, closed bool) error {
	bad := fs.FileMode(0o022)
	right := "go-w"
	if closed {
		bad, right = 0o077, "go-rwx"
	}
	if mode.Perm()&bad == 0 {
		return nil
	}
	return problem.New(problem.Forbidden, "Others may use "+path+".", "Run: chmod "+right+" "+path)
}

// read opens the key files.
func (v *verification) read(context.Context) (string, error) {
	var err error
	if v.keys, err = v.place.openKeys(); err != nil {
		return "", err
	}
	v.Org = v.keys.Org
	return "of " + v.Org + ", whole", nil
}

func (v *verification) open(ctx context.Context) (string, error) {
	var err error
	if v.db, err = v.place.openToRead(ctx); err != nil {
		return "", err
	}
	org, err := v.db.Organisation(ctx)
	return fmt.Sprintf("of %s, generation %d", org.ID, org.Gen), err
}

// unlock is the check that the server makes before it starts.
func (v *verification) unlock(ctx context.Context) (string, error) {
	if _, err := unlock(ctx, v.db, v.keys); err != nil {
		return "", err
	}
	if v.keys.Bare {
		return "its file is the key itself; central keys rotate separates them", nil
	}
	id, err := v.keys.Wrapping.ID()
	v.Key, v.From = id, v.keys.Wrapping.From
	return "opened by wrapping key " + id + " from " + v.From, err
}

func (v *verification) authority(ctx context.Context) (string, error) {
	until := v.keys.CA.NotAfter
	if v.now.After(until) {
		return "", problem.New(problem.Expired, "The authority's certificate ran out on "+until.Format(time.DateOnly)+".",
			"Set up a new server and enrol the kiosks there.")
	}
	noted, err := v.db.Meta(ctx, keyAuthority)
	if err != nil {
		return "", err
	}
	if noted == "" {
		return "valid until " + until.Format(time.DateOnly) + "; the database does not say which is its own", nil
	}
	return "the one that kiosks believe, valid until " + until.Format(time.DateOnly), nil
}

// pins opens every PIN and every hash.
func (v *verification) pins(ctx context.Context) (string, error) {
	book, err := team.NewBook(v.Org, v.keys.Data)
	if err != nil {
		return "", err
	}
	good, bad, err := book.VerifyPINs(ctx, v.db)
	if err != nil {
		return "", err
	}
	v.PINs = good
	for _, k := range bad {
		v.Damaged = append(v.Damaged, string(k.Kind)+" "+k.Subject)
	}
	if len(bad) > 0 {
		return "", problem.New(problem.Damaged, fmt.Sprintf("%d of %d PINs can't be read: %s.", len(bad), good+len(bad), few(v.Damaged)),
			"Generate new PINs for them, or bring the database back from your backup.")
	}
	return fmt.Sprintf("%d of %d opened", good, good), nil
}

// few names the first of many.
func few(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

func (v *verification) print(con *console) error {
	mark := map[string]string{"ok": "ok", "failed": "FAILED", "not_checked": "-"}
	for _, f := range v.Findings {
		text := f.Text
		if f.State == "not_checked" {
			text = "not checked"
		}
		if err := con.say("%-7s %-10s %s", mark[f.State], f.Check, text); err != nil {
			return err
		}
		if err := v.printPlaces(con, f); err != nil {
			return err
		}
	}
	return nil
}

// printPlaces says below a finding where it does not hold.
func (v *verification) printPlaces(con *console, f finding) error {
	places := v.places[f.Check]
	if len(places) == 0 {
		return nil
	}
	for _, p := range places {
		if err := con.say("%-18s %s", "", p); err != nil {
			return err
		}
	}
	return con.say("%-18s What to do: %s", "", f.Hint)
}

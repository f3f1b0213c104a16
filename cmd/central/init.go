package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

type initCmd struct {
	place
	Org          string `required:"" placeholder:"ID" help:"Short id of the organisation: a-z, 0-9 and -. It is in every topic and never changes."`
	Name         string `placeholder:"TEXT" help:"Name of the organisation, as kiosks show it; the id unless named."`
	Zone         string `default:"UTC" placeholder:"ZONE" help:"Time zone of new kiosks, such as Europe/Berlin; ${default} unless named."`
	Owner        string `placeholder:"EMAIL" help:"E-mail address of the first owner, to log in with. Without it a one-time code is printed, with which the owner sets address, password and passkey in the browser."`
	PasswordFile string `type:"path" placeholder:"FILE" help:"File whose first line is the owner's password; - reads it from standard input."`
	TokenFile    string `type:"path" placeholder:"FILE" help:"Also make an API token for the owner and write it to this file, readable by you only."`
	PINLength    int    `name:"pin-length" default:"4" enum:"4,6" help:"Digits of new personal PINs: 4 or 6."`
}

// Help is shown by central init --help.
func (initCmd) Help() string {
	return `Makes the data folder, the organisation's keys and database, and a one-time code for the first
owner. Nothing that exists is overwritten. Then start the server with: central serve --data DIR

  central init --data /var/lib/timepost --org acme --name "Acme Ltd" --zone Europe/Berlin

With the code the first owner sets address, password and passkey in the browser; it is good for a
day, and central owner-code makes another. Scripts name the owner instead:

  printf '%s\n' 'a good long sentence' > password.txt
  central init --data /var/lib/timepost --org acme --owner ann@acme.example --password-file password.txt`
}

// Run sets up a server.
func (c *initCmd) Run(ctx context.Context, con *console) error {
	password, err := c.check(con.in)
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
	made, err := c.create(ctx, password)
	if err = errors.Join(err, lock.release()); err != nil {
		return err
	}
	if made.token != "" {
		if err := writeToken(c.TokenFile, made.token); err != nil {
			return err
		}
	}
	return c.next(con, made.code)
}

// check refuses what can't work before anything is written.
func (c *initCmd) check(in io.Reader) (password string, err error) {
	if (c.Owner == "") != (c.PasswordFile == "") || c.Owner == "" && c.TokenFile != "" {
		return "", problem.New(problem.Invalid, "An owner needs an address and a password.",
			"Give --owner you@example.com --password-file FILE, the file's first line being the password, or neither: then a code is printed.")
	}
	if !attendance.ValidSegment(c.Org) {
		return "", problem.New(problem.Invalid, "The organisation's id can't be used.", "Use a to z, 0 to 9 and -, at most 40, such as acme.")
	}
	if _, err := time.LoadLocation(c.Zone); err != nil || c.Zone == "" || c.Zone == "Local" {
		return "", problem.New(problem.Invalid, "There is no time zone “"+c.Zone+"”.", "Use a name such as Europe/Berlin; ${default} unless named.")
	}
	if c.Name = strings.TrimSpace(c.Name); c.Name == "" {
		c.Name = c.Org
	}
	if len(c.Name) > attendance.MaxName {
		return "", problem.New(problem.Invalid, "The organisation's name is too long.", "Use at most 200 bytes.")
	}
	if c.Owner == "" {
		return "", nil
	}
	return readPassword(c.PasswordFile, in)
}

func readPassword(file string, in io.Reader) (string, error) {
	const most = access.MaxPassword + 2
	var text []byte
	var err error
	if file == "-" {
		text, err = io.ReadAll(io.LimitReader(in, most))
	} else {
		text, err = os.ReadFile(file)
	}
	if err != nil {
		return "", problem.New(problem.Invalid, "The password file "+file+" can't be read.", "Its first line is the password.").Because(err)
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return string(bytes.TrimSuffix(line, []byte("\r"))), nil
}

// create makes keys, database and owner. The organisation is written last: until
// then this is no server, and init may be run again.
func (c *initCmd) create(ctx context.Context, password string) (made firstOwner, err error) {
	if err := c.unused(ctx); err != nil {
		return made, err
	}
	given, err := givenKeys()
	if err != nil {
		return made, err
	}
	keys, err := fleet.CreateKeys(c.keys(), c.Org, time.Now(), given...)
	if problem.Is(err, problem.Conflict) {
		keys, err = c.leftover(err)
	}
	if err != nil {
		return made, err
	}
	db, err := centraldb.Open(ctx, c.database())
	if err != nil {
		return made, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if made, err = c.owner(ctx, db, password); err != nil {
		return made, err
	}
	return made, c.found(ctx, db, keys)
}

// firstOwner is how the first owner comes in.
type firstOwner struct {
	code  access.Invited // zero: the owner has a password
	token string         // "": none was asked for
}

func (c *initCmd) owner(ctx context.Context, db *centraldb.DB, password string) (made firstOwner, err error) {
	door, err := access.New(access.Config{Store: db, Audit: audit.New(db, time.Now)})
	if err != nil {
		return made, err
	}
	if c.Owner == "" {
		made.code, err = door.OwnerCode(ctx, "central init")
		return made, err
	}
	if err := door.CreateLogin(ctx, "central init", c.Owner, attendance.Owner, password); err != nil {
		return made, err
	}
	if c.TokenFile == "" {
		return made, nil
	}
	who := access.Identity{Email: strings.ToLower(strings.TrimSpace(c.Owner)), Role: attendance.Owner}
	made.token, err = door.CreateToken(ctx, who, access.NewToken{Name: "central init"})
	return made, err
}

// found writes the organisation.
func (c *initCmd) found(ctx context.Context, db *centraldb.DB, keys *fleet.Keys) error {
	text, err := keys.NewData(keys.Wrapping)
	if err != nil {
		return err
	}
	if err := db.Update(ctx, func(tx *centraldb.Tx) error { return noteKeys(ctx, tx, keys, text) }); err != nil {
		return err
	}
	digits := pin.DefaultLen
	if c.PINLength != 0 {
		digits = c.PINLength
	}
	return db.Create(ctx, centraldb.Organisation{ID: c.Org, Name: c.Name, Zone: c.Zone, Gen: 1, PINLen: digits})
}

// unused refuses a folder that holds a server. What an init left behind that did
// not get to its end is removed: nobody has used it.
func (c *initCmd) unused(ctx context.Context) error {
	if _, err := os.Lstat(c.database()); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	db, err := centraldb.Open(ctx, c.database())
	if err != nil {
		return err
	}
	_, err = db.Organisation(ctx)
	if err := errors.Join(ifNot(err, problem.NotFound), db.Close()); err != nil {
		return err
	}
	if err == nil {
		return problem.New(problem.Conflict, "There is a server in "+c.Data+" already.", "Start it with: central serve --data "+c.Data)
	}
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(c.database() + end); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("begin again: %w", err)
		}
	}
	return nil
}

func ifNot(err error, code problem.Code) error {
	if problem.Is(err, code) {
		return nil
	}
	return err
}

// leftover takes the keys of an init that did not get to its end, if they are
// the same organisation's; conflict is the error otherwise.
func (c *initCmd) leftover(conflict error) (*fleet.Keys, error) {
	keys, err := c.openKeys()
	if err != nil || keys.Org != c.Org {
		return nil, conflict
	}
	return keys, nil
}

func writeToken(file, token string) error {
	if err := replaceFile(file, []byte(token+"\n"), 0o600); err != nil {
		return problem.New(problem.Invalid, "The token file "+file+" can't be written.", "The server is set up; make a token with: fleet login").Because(err)
	}
	return nil
}

// next tells what to do now.
func (c *initCmd) next(con *console, code access.Invited) error {
	login := "https://localhost:8080 as " + c.Owner
	if code.Code != "" {
		login = "https://localhost:8080" + welcomePath + " with the code " + code.Code + "\n" +
			"                good until " + untilWords(code.Expires) + ", once; another one: central owner-code --data " + c.Data
	}
	return con.say(`%s is set up in %s.

  Start it      central serve --data %s
  Log in        %s
  Its authority %s (what browsers and fleet have to trust)
  Back up       %s apart from the rest: without it every kiosk must be enrolled again
                and no PIN can be read; with the database, it shows them all.`,
		c.Name, c.Data, c.Data, login, c.keys()+"/"+fleet.CAFile, c.keys())
}

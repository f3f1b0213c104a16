package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/command"
	"github.com/timepost/timepost/internal/problem"
)

// mostKiosks is how many one run makes at most.
const mostKiosks = 10_000

// provisionCmd is fleet provision.
type provisionCmd struct {
	Out      string   `required:"" help:"The folder for the files; it is made where there is none." placeholder:"DIR" type:"path"`
	Count    int      `default:"1" help:"How many kiosks."`
	Names    string   `default:"Kiosk {n}" help:"Their names, with {n} where the number goes; {nnn} for 001." placeholder:"PATTERN"`
	First    int      `default:"1" help:"The first number."`
	Zone     string   `help:"Their time zone, such as Europe/Berlin; the organisation's where it is not given." placeholder:"ZONE"`
	NoPIN    bool     `name:"no-pin" help:"People do not type a PIN there."`
	Lang     string   `help:"The language of their screens, such as de." placeholder:"LANG"`
	Everyone bool     `help:"Everyone is on them."`
	Team     []string `help:"This team is on them. May be given several times." placeholder:"TEAM" sep:"none"`
	Days     int      `default:"30" help:"How long the files are good for, at most 90."`
	OneFile  bool     `name:"one-file" help:"Make one file for all of them, with a fleet token: for one image that is written to every card. Names are given as the machines come."`
}

// Help is shown by fleet provision --help.
func (provisionCmd) Help() string {
	return `Makes kiosks, and for each a file that turns a machine into it without anybody typing:

  fleet provision --count 100 --names 'Gate {nnn}' --everyone --out cards
  cp cards/'Gate 001'/timepost.toml /media/you/bootfs/

A machine with the file on its boot partition enrols by itself as soon as it has power
and a network, and removes the file. A file holds a code that is good once, for its
own kiosk: keep the files as you keep keys. DIR/manifest.json lists them without secrets.

Run it again after it was interrupted, or with a greater --count: it goes on where it
stopped, and files that are good stay as they are.

  fleet provision --count 100 --names 'Gate {nnn}' --one-file --out image

makes one file with a token for 100 machines instead, which "fleet kiosk token" lists
and revokes; say then who is on the new kiosks with "fleet kiosk assign".`
}

// Run provisions.
func (p *provisionCmd) Run(ctx context.Context, c *console, g *globals) error {
	if err := p.check(); err != nil {
		return err
	}
	if err := os.MkdirAll(p.Out, 0o700); err != nil {
		return problem.New(problem.Invalid, "The folder can't be made.", "Check --out "+p.Out+".").Because(err)
	}
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	if p.OneFile {
		return p.oneFile(ctx, c, g, api)
	}
	cards, err := readManifest(p.Out)
	if err != nil {
		return err
	}
	run := &provisioning{provisionCmd: p, api: api, cards: cards, now: time.Now()}
	if err := run.all(ctx, c); err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, run.report)
	}
	return run.show(c)
}

func (p *provisionCmd) check() error {
	if p.Count < 1 || p.Count > mostKiosks || p.First < 0 {
		return problem.New(problem.Invalid, fmt.Sprintf("--count is from 1 to %d, --first from 0.", mostKiosks), "")
	}
	if p.Days < 1 || p.Days > 90 {
		return problem.New(problem.Invalid, "--days is from 1 to 90.", "Make the files later instead: the command can be run again.")
	}
	if p.OneFile && (p.Everyone || len(p.Team) > 0) {
		return problem.New(problem.Invalid, "With --one-file the kiosks do not exist yet.", "Say who is on them when they have come: fleet kiosk assign.")
	}
	if p.Count == 1 && !strings.Contains(p.Names, "{") {
		return nil
	}
	_, err := attendance.NumberedName(p.Names, p.First)
	return err
}

// name gives the i-th kiosk's name.
func (p *provisionCmd) name(i int) string {
	name, err := attendance.NumberedName(p.Names, p.First+i)
	if err != nil { // one kiosk, with a name of its own
		return p.Names
	}
	return name
}

// oneFile makes one file with a token for all.
func (p *provisionCmd) oneFile(ctx context.Context, c *console, g *globals, api *client.Client) error {
	path := filepath.Join(p.Out, cardFile)
	if _, err := os.Lstat(path); err == nil {
		return problem.New(problem.Conflict, "There is a file "+path+" already.", "Its token may be in use: fleet kiosk token list. Name another --out.")
	}
	requires := !p.NoPIN
	t, err := api.MakeFleetToken(ctx, client.NewFleetToken{
		Uses: p.Count, Days: p.Days, Names: p.Names, Zone: p.Zone, RequiresPIN: &requires, Lang: p.Lang,
	})
	if err != nil {
		return err
	}
	if err := writeCard(path, fmt.Sprintf("up to %d kiosks named %q, until %s", t.Uses, t.Names, t.Expires.Format(time.DateOnly)), t.URL); err != nil {
		return err
	}
	t.Token, t.URL = "", "" // they are in the file
	if g.JSON {
		return printJSON(c.out, struct {
			client.FleetToken
			File string `json:"file"`
		}{t, path})
	}
	_, err = fmt.Fprintf(c.out, "%s makes up to %d kiosks, until %s. Put it on the boot partition of each card.\nToken %s; to end it: fleet kiosk token revoke %s\n",
		command.Clean(path), t.Uses, t.Expires.Local().Format(time.DateOnly), t.ID, t.ID)
	return err
}

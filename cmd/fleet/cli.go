package main

import (
	"context"
	"io"

	"github.com/alecthomas/kong"
	"github.com/timepost/timepost/internal/command"
)

// version is this program's version; the linker stamps it.
var version = "dev"

// cli is the whole command line; each field is one verb with its own file.
type cli struct {
	globals

	Login     loginCmd     `cmd:"" help:"Trade your password for a token and remember it for the other commands."`
	People    peopleCmd    `cmd:"" help:"List, add and import the people who clock in."`
	Team      teamCmd      `cmd:"" help:"List, make, rename and archive teams, and say who manages them."`
	Projects  projectsCmd  `cmd:"" help:"List, make and archive projects, and say where and by whom they can be booked on."`
	PINs      pinsCmd      `cmd:"" name:"pins" help:"Change how many digits PINs have, and renew those of a team."`
	Badges    badgesCmd    `cmd:"" help:"Give badges to people, by number or by a kiosk's code; take them away."`
	Kiosk     kioskCmd     `cmd:"" help:"List and create kiosks, say who is on them, and get codes to enrol them."`
	Provision provisionCmd `cmd:"" help:"Make many kiosks at once, each with a file that sets its machine up without typing."`
	Punches   punchesCmd   `cmd:"" help:"Show punches, with --follow each new one; add, correct and void them."`
	Reviews   reviewsCmd   `cmd:"" help:"Show what did not come in the usual way, and decide about it."`
	Requests  requestsCmd  `cmd:"" help:"Show who asked for a new PIN at a kiosk; close a request."`
	Messages  messagesCmd  `cmd:"" help:"Post messages on the touchscreens, and see how many have read them."`
	Now       nowCmd       `cmd:"" help:"Show who is in and who is on a break."`
	Watch     watchCmd     `cmd:"" help:"Watch the fleet live: kiosks that need help first, and punches as they arrive."`
	Doctor    doctorCmd    `cmd:"" help:"Find what is wrong with the server or a kiosk, and say what to do."`
	Settings  settingsCmd  `cmd:"" help:"Show and change what holds for the whole organisation."`
	Imports   importsCmd   `cmd:"" help:"Show imports of people; take one back."`
	Token     tokenCmd     `cmd:"" help:"List and revoke your API tokens."`
	Audit     auditCmd     `cmd:"" help:"Show who did what, the newest first."`
	Demo      demoCmd      `cmd:"" help:"Run everything on this machine: central, a kiosk and its touchscreen."`
}

const description = `Look after a fleet of Timepost kiosks.

New here? On one machine: fleet demo. With a server:

  fleet login --server https://clock.example.com:8080 --email you@example.com
  fleet people import staff.csv --pins-out pins.csv
  fleet kiosk create "Front door"
  fleet kiosk assign "Front door" --everyone
  fleet kiosk code "Front door"
  fleet punches --follow

Exit codes: 0 done, 64 wrong input, 66 no such thing, 69 the server does not
answer, 75 not now (too many attempts, or a conflict), 77 not allowed, 70 a
fault of ours. TIMEPOST_SERVER, TIMEPOST_TOKEN and TIMEPOST_CA go before what
login has stored.`

// console is what a verb may talk to.
type console struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

// run parses args, runs the verb and gives the exit code. Help and usage errors
// never leave the process, so tests can start the same program.
func run(ctx context.Context, args []string, in io.Reader, out, errw io.Writer) int {
	var c cli
	return command.Line{
		Name: "fleet", Description: description, Version: version, Verbs: &c, Section: 1, Values: c.names, Out: out, Err: errw,
		Options: []kong.Option{kong.Bind(&console{in: in, out: out, err: errw}, &c.globals)},
	}.Run(ctx, args)
}

package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/alecthomas/kong"
	"github.com/timepost/timepost/internal/command"
)

// version is this program's version; the linker stamps it.
var version = "dev"

// cli is the whole command line; each field is one verb with its own file.
type cli struct {
	Init    initCmd      `cmd:"" help:"Set up a new server: keys, database, the first owner."`
	Serve   serveCmd     `cmd:"" help:"Run the server."`
	Owner   ownerCodeCmd `cmd:"" name:"owner-code" help:"Make a one-time code for an owner: the first, or one who has lost everything."`
	Backup  backupCmd    `cmd:"" help:"Save everything this server knows in one file, while it runs or not."`
	Restore restoreCmd   `cmd:"" help:"Bring back what a backup has saved; the server must be stopped."`
	Verify  verifyCmd    `cmd:"" help:"Check everything a server has: files, keys, PINs, tables, records, audit log."`
	Witness witnessCmd   `cmd:"" help:"Print a signed line that proves later what this server had now."`
	Keys    keysCmd      `cmd:"" help:"Verify and rotate the keys."`
	Broker  brokerCmd    `cmd:"" help:"Set up a broker that runs elsewhere."`
	Audit   auditCmd     `cmd:"" help:"Verify and show the log of who did what."`
	PINs    pinsCmd      `cmd:"" name:"pins" help:"Hold all PINs against the rules."`
	Mail    mailCmd      `cmd:"" help:"Try the mail settings, and show what was not delivered."`
}

const description = `Timepost's server: it takes in what kiosks record, keeps people and PINs, and shows both.

  central init --data /var/lib/timepost --org acme --name "Acme Ltd"
  central serve --data /var/lib/timepost --hosts time.acme.example

Exit codes: 0 done, 64 wrong input, 65 damaged data, 66 not found, 69 unavailable,
70 our mistake, 75 not now (there already, in use), 77 not allowed.`

// console is what a verb may talk to.
type console struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

// place is where a server's data lies.
type place struct {
	Data string `required:"" type:"path" env:"TIMEPOST_DATA" placeholder:"DIR" help:"Folder of the server's data."`
	Keys string `type:"path" env:"TIMEPOST_KEYS" placeholder:"DIR" help:"Folder of the keys; DATA/keys unless named. Back it up apart from the data."`
}

func (p place) keys() string {
	if p.Keys != "" {
		return p.Keys
	}
	return filepath.Join(p.Data, "keys")
}

func (p place) database() string { return filepath.Join(p.Data, "central.db") }

// run parses args, runs the verb and gives the exit code. Help and usage errors
// never leave the process, so tests can start the same program.
func run(ctx context.Context, args []string, in io.Reader, out, errw io.Writer) int {
	var c cli
	return command.Line{
		Name: "central", Description: description, Version: version, Verbs: &c, Section: 8, Out: out, Err: errw,
		Options: []kong.Option{kong.Bind(&console{in: in, out: out, err: errw})},
	}.Run(ctx, args)
}

// say writes a line for the person.
func (c *console) say(format string, args ...any) error {
	_, err := fmt.Fprintf(c.out, format+"\n", args...)
	return err
}

package main

import (
	"context"
	"io"
	"log/slog"

	"github.com/alecthomas/kong"

	"github.com/timepost/timepost/internal/command"
	"github.com/timepost/timepost/internal/problem"
)

// version is this program's version; the linker stamps it.
var version = "dev"

// cli is the whole command line; each field is one verb with its own file.
type cli struct {
	Run    runCmd    `cmd:"" help:"Be the daemon of this kiosk until told to stop."`
	Enrol  enrolCmd  `cmd:"" help:"Make this machine a kiosk of an organisation."`
	Status statusCmd `cmd:"" help:"Ask the running daemon how it is doing."`
	Reader readerCmd `cmd:"" help:"Choose the badge readers of this kiosk."`

	Diagnostics diagnosticsCmd `cmd:"" help:"Hand in at the server how this kiosk does, or save it: figures, settings and the newest lines of the log, nothing about people."`
}

const description = `The daemon of one Timepost kiosk.

It keeps punches on this machine's disk and sends them to central whenever it
can be reached; people clock in just the same while it can't. On a new machine:

  kioskd run                       serves the touchscreen, which then asks for a code
  kioskd enrol 'timepost://...'    does the same from the shell; fleet kiosk code
                                   prints the address
  kioskd status                    says whether everything has been sent

Exit codes: 0 done, 64 wrong input, 65 damaged data, 66 no such thing, 69 the
daemon, the server or the disk does not answer, 75 not now (used, expired, or
another kioskd is running), 77 not trusted or not allowed, 70 a fault of ours.`

// console is what a verb may write to.
type console struct {
	out io.Writer
	err io.Writer
}

// run parses args, runs the verb and gives the exit code. Help and usage errors
// never leave the process, so tests can start the same program.
func run(ctx context.Context, args []string, out, errw io.Writer) int {
	var c cli
	return command.Line{
		Name: "kioskd", Description: description, Version: version, Verbs: &c, Section: 8, Out: out, Err: errw,
		Options: []kong.Option{
			kong.Vars{"data": defaultData, "socket": defaultSocket},
			kong.Bind(&console{out: out, err: errw}),
		},
	}.Run(ctx, args)
}

// logging is how a verb logs.
type logging struct {
	LogFormat string `help:"How to write the log: text or json." enum:"text,json" default:"text"`
	LogLevel  string `help:"What to log: debug, info, warn or error." enum:"debug,info,warn,error" default:"info"`
}

func (l logging) logger(w io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.LogLevel)); err != nil {
		return nil, problem.New(problem.Invalid, "There is no log level "+l.LogLevel+".", "").Because(err)
	}
	o := &slog.HandlerOptions{Level: level}
	if l.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, o)), nil
	}
	return slog.New(slog.NewTextHandler(w, o)), nil
}

const (
	defaultData   = "/var/lib/timepost"
	defaultSocket = "/run/timepost/kioskd.sock"
)

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"unicode"

	"github.com/alecthomas/kong"

	"github.com/timepost/timepost/internal/problem"
)

// version is this program's version; the linker stamps it.
var version = "dev"

// cli is the whole command line; each field is one verb with its own file.
type cli struct {
	Run    runCmd    `cmd:"" help:"Be the daemon of this kiosk until told to stop."`
	Enrol  enrolCmd  `cmd:"" help:"Make this machine a kiosk of an organisation."`
	Status statusCmd `cmd:"" help:"Ask the running daemon how it is doing."`
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
	exit := -1
	parser, err := kong.New(&c,
		kong.Name("kioskd"),
		kong.Description(description),
		kong.Writers(out, errw),
		kong.Exit(func(code int) { exit = code }),
		kong.Vars{"data": defaultData, "socket": defaultSocket},
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(&console{out: out, err: errw}),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, FlagsLast: true}),
	)
	if err != nil {
		return report(errw, err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	kctx, err := parser.Parse(args)
	if exit >= 0 {
		return exit
	}
	if err != nil {
		return report(errw, problem.New(problem.Invalid, err.Error()+".", "Run: kioskd --help"))
	}
	return report(errw, kctx.Run())
}

// report tells the person what went wrong and gives the exit code.
func report(w io.Writer, err error) int {
	if err == nil || errors.Is(err, context.Canceled) {
		return 0
	}
	p := problem.From(err)
	lines := []string{p.Message}
	if p.Hint != "" {
		lines = append(lines, p.Hint)
	}
	switch {
	case p.Err != nil:
		lines = append(lines, "cause: "+p.Err.Error())
	case p.Code == problem.Internal:
		lines = append(lines, "cause: "+err.Error())
	}
	for i, l := range lines {
		prefix := "kioskd: "
		if i > 0 {
			prefix = "        "
		}
		if _, werr := fmt.Fprintln(w, prefix+clean(l)); werr != nil {
			break // nobody reads; the exit code still says it
		}
	}
	return p.Code.ExitCode()
}

// clean keeps what others sent from moving the cursor of a terminal.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
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

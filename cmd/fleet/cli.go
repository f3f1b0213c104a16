package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/alecthomas/kong"

	"github.com/timepost/timepost/internal/problem"
)

// cli is the whole command line; each field is one verb with its own file.
type cli struct {
	Demo demoCmd `cmd:"" help:"Run everything on this machine: central, a kiosk and its touchscreen."`
}

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
	exit := -1
	parser, err := kong.New(&c,
		kong.Name("fleet"),
		kong.Description("Look after a fleet of Timepost kiosks."),
		kong.Writers(out, errw),
		kong.Exit(func(code int) { exit = code }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(&console{in: in, out: out, err: errw}),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		return report(errw, err)
	}
	kctx, err := parser.Parse(args)
	if exit >= 0 {
		return exit
	}
	if err != nil {
		return report(errw, problem.New(problem.Invalid, err.Error(), "Run: fleet --help").Because(err))
	}
	return report(errw, kctx.Run())
}

// report tells the person what went wrong and gives the exit code.
func report(w io.Writer, err error) int {
	if err == nil || errors.Is(err, context.Canceled) {
		return 0
	}
	p := problem.From(err)
	fmt.Fprintln(w, "fleet: "+p.Message)
	if p.Hint != "" {
		fmt.Fprintln(w, "       "+p.Hint)
	}
	if p.Err != nil {
		fmt.Fprintln(w, "       cause: "+p.Err.Error())
	}
	return p.Code.ExitCode()
}

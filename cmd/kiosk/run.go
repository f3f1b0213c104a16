package main

import (
	"context"
	"fmt"
	"io"
	"sync"

	"fyne.io/fyne/v2"

	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/ui"
)

// run shows the screen until ctx ends or, in a window, until it is closed, and
// gives the exit code. It must be called on the main goroutine.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, done, err := parse(args, stdout, stderr)
	if done {
		return 0
	}
	if err == nil {
		err = show(ctx, o, stderr)
	}
	if err != nil {
		p := problem.From(err)
		fmt.Fprintf(stderr, "kiosk: %v\n%s\n", err, p.Hint)
		return p.Code.ExitCode()
	}
	return 0
}

// show opens the window and blocks until it is closed and all work has ended.
func show(ctx context.Context, o options, stderr io.Writer) error {
	log := o.logger(stderr)
	theme, err := ui.NewTheme()
	if err != nil {
		return err
	}
	if err := prepare(o, log); err != nil {
		return err
	}
	client := local.Dial(o.Socket)
	defer client.Close()

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var work sync.WaitGroup
	defer work.Wait()
	defer cancel()

	p := openPanel(o, theme, log)
	p.kiosk = ui.New(ui.Config{
		Terminal: client, Watcher: client, Enroller: client, Theme: theme, Logger: log,
		Now:        now,
		Background: func(f func(context.Context)) { work.Go(func() { f(ctx) }) },
		Do:         fyne.Do,
		Changed:    p.changed,
	})
	p.fill(work.Go)
	p.onStarted(func() {
		work.Go(func() { p.follow(ctx) })
	})
	p.window.ShowAndRun()
	return p.dump.err
}

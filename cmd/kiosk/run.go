package main

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

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
	languages, err := ui.LoadLanguages()
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

	around := newRoom(log, o.Backlights)
	work.Go(func() {
		if err := around.Run(ctx); err != nil {
			log.Error("room_stopped", "error", err)
		}
	})
	p := openPanel(o, theme, log)
	p.kiosk = ui.New(ui.Config{
		Terminal: client, Teams: client, Desk: client, Afterwards: client, Newcomers: client, Caretaker: client, Mechanic: client, Wireless: client, Watcher: client, Enroller: client, Theme: theme, Languages: languages, Lang: o.Lang, Logger: log,
		Now:        now,
		Background: func(f func(context.Context)) { work.Go(func() { f(ctx) }) },
		Do:         fyne.Do,
		Changed:    p.changed,
		Look:       o.look(),
		Room:       around,
	})
	p.fill(work.Go)
	p.greet(ctx, client)
	work.Go(func() { tellVitals(ctx, log) })
	p.onStarted(func() {
		work.Go(func() { p.follow(ctx) })
	})
	p.window.ShowAndRun()
	return p.dump.err
}

// greeting is how long the window waits for the daemon's first answer.
const greeting = 100 * time.Millisecond

// greet asks the daemon how things stand before the window opens, so that the
// first frame is the right screen where the daemon is up. Where it is not, the
// screen says so and the stream of state takes over; the error is the stream's
// to report.
func (g *glass) greet(ctx context.Context, daemon *local.Client) {
	ctx, cancel := context.WithTimeout(ctx, greeting)
	defer cancel()
	if s, err := daemon.State(ctx); err == nil {
		g.kiosk.Update(s)
	}
}

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/timepost/timepost/device/commands"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// How long the roster may take to come anew, the touchscreen to come back, and a disk
// that does not take notes to recover; and how often is looked.
const (
	refetchWithin = time.Minute
	screenWithin  = 30 * time.Second
	commandRetry  = 2 * time.Second
	commandLook   = 100 * time.Millisecond
)

// orders carries out what central wants of this machine. The parts that it needs are
// filled in before it runs.
type orders struct {
	face    *face
	screens *audience
	keep    *upkeep
	owed    func(ctx context.Context) (bool, error) // see salvage.Sender.Left
	talk    interface {
		Refetch()
		Refetching() bool
	}
}

// orders gives what runs central's commands, and what they are carried out with.
func (k *kiosk) orders(ctx context.Context, s store) (*orders, *commands.Runner, error) {
	o := &orders{face: k.face, screens: k.screens}
	r, err := commands.New(ctx, commands.Config{Journal: s.journal, Verbs: o.verbs(), Retry: commandRetry, Logger: k.log})
	return o, r, err
}

func (o *orders) verbs() map[string]commands.Verb {
	return map[string]commands.Verb{
		wire.VerbSync:          {Do: o.sync},
		wire.VerbRefetch:       {Do: o.refetch},
		wire.VerbRestart:       {Do: o.restart, Restarts: true, Said: "The daemon runs again."},
		wire.VerbRestartScreen: {Do: o.restartScreen},
		wire.VerbMessage:       {Do: o.message},
		wire.VerbIdentify:      {Do: o.identify},
		wire.VerbDiagnostics:   {Do: o.diagnostics, Again: true},
		wire.VerbWipe:          {Ready: o.settled, Do: o.wipe, Again: true, Last: o.forget},
	}
}

func (o *orders) sync(ctx context.Context, _ wire.Command) (string, error) {
	if err := o.keep.SyncNow(ctx); err != nil {
		return "", err
	}
	return "All is sent and fetched.", nil
}

func (o *orders) diagnostics(ctx context.Context, _ wire.Command) (string, error) {
	if _, err := o.keep.Diagnostics(ctx, true); err != nil {
		return "", err
	}
	return "The diagnostics are handed in.", nil
}

func (o *orders) refetch(ctx context.Context, _ wire.Command) (string, error) {
	o.talk.Refetch()
	if err := o.await(ctx, refetchWithin, func() bool { return !o.talk.Refetching() }); err != nil {
		return "", problem.New(problem.Unavailable, "The list of people has not come yet; it comes with a later round.", "").Because(err)
	}
	return "The list of people was fetched anew.", nil
}

func (o *orders) restart(context.Context, wire.Command) (string, error) {
	o.keep.Restart()
	return "", nil
}

func (o *orders) restartScreen(ctx context.Context, c wire.Command) (string, error) {
	if err := o.noScreen(); err != nil {
		return "", err
	}
	came := o.screens.came.Load()
	o.face.RestartScreen(fmt.Sprintf("%d.%d", c.Gen, c.N))
	if err := o.await(ctx, screenWithin, func() bool { return o.screens.came.Load() > came }); err != nil {
		return "", problem.New(problem.Unavailable, "The touchscreen has ended and is not back.", "").Because(err)
	}
	return "The touchscreen runs again.", nil
}

// await waits until something is true, or the time is over: an error.
func (o *orders) await(ctx context.Context, within time.Duration, met func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	tick := time.NewTicker(commandLook)
	defer tick.Stop()
	for !met() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}

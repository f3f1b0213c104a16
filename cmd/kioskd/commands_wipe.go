package main

import (
	"context"
	"time"

	"github.com/timepost/timepost/device/wipe"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// lastWord is how long a wipe that is forced waits for central to hear of it.
const lastWord = time.Minute

// settled says whether central has everything: until then a wipe waits, unless it is
// forced, and people go on clocking in.
func (o *orders) settled(ctx context.Context, c wire.Command) bool {
	return c.Force || o.empty(ctx)
}

// empty says whether central has acknowledged all records of the present journal.
func (o *orders) empty(ctx context.Context) bool {
	head, err := o.keep.store.journal.Head(ctx)
	return err == nil && head.Queue == 0
}

// sent says whether central has all records: of the present journal, and of those that
// are over or were set aside, which may have happened this very moment.
func (o *orders) sent(ctx context.Context) bool {
	head, err := o.keep.store.journal.Head(ctx)
	if err != nil || head.Queue > 0 {
		return false
	}
	owed, err := o.owed(ctx)
	if err != nil || owed {
		return false
	}
	// What was begun anew between the two looks is in neither.
	again, err := o.keep.store.journal.Head(ctx)
	return err == nil && again.Queue == 0 && again.Journal == head.Journal
}

// wipe ends the recording of punches, and waits until those of the last moment are sent
// too. What can't be sent in the usual way is not given up unless that is forced.
func (o *orders) wipe(ctx context.Context, c wire.Command) (string, error) {
	if !c.Force {
		switch owed, err := o.owed(ctx); {
		case err != nil:
			return "", err
		case owed:
			return "", problem.New(problem.Conflict, "Punches set aside on this kiosk have not been handed in, or can't be read.",
				"Wait until they are under Review, or force it: they are lost then.")
		}
	}
	o.face.Leave()
	done := o.sent
	if c.Force { // what was set aside, and may never be readable, is not waited for
		done = o.empty
	}
	_, err := o.drained(ctx, c.Force, done)
	switch {
	case err != nil:
		return "", err
	case !o.sent(ctx):
		return "It forgets everything, what it could not send too.", nil
	}
	return "It forgets everything.", nil
}

// forget ends the daemon; the next start removes everything. Before that central has to
// have the result, or, where it is forced, had time for it.
func (o *orders) forget(ctx context.Context, c wire.Command) error {
	o.face.Leave()
	if _, err := o.drained(ctx, c.Force, o.empty); err != nil {
		return err
	}
	if err := wipe.Mark(o.keep.data); err != nil {
		return err
	}
	o.keep.Restart()
	return nil
}

// drained waits until central has everything; all is false where that did not come in
// time for a wipe that is forced.
func (o *orders) drained(ctx context.Context, force bool, done func(context.Context) bool) (all bool, err error) {
	for {
		o.keep.talk.Poke()
		err := o.await(ctx, lastWord, func() bool { return done(ctx) })
		switch {
		case err == nil:
			return true, nil
		case ctx.Err() != nil:
			return false, ctx.Err()
		case force:
			return false, nil
		}
	}
}

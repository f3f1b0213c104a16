package schedule

import (
	"context"
	"time"
)

// maxSleep is how long Run sleeps without looking at the clock. A kiosk without
// a clock wakes up in 1970 and is set right minutes later; a timer set before
// would sleep for its old length.
const maxSleep = time.Minute

// Run calls once at every round of s until ctx ends, and then returns nil.
// Rounds never overlap: one that is due while the last is still running is left
// out. now is the wall clock. A tick on poke (which may be nil) calls once at
// once, and the schedule goes on as it was.
func Run(ctx context.Context, s *Schedule, now func() time.Time, poke <-chan struct{}, once func(context.Context)) error {
	for {
		if !wait(ctx, s, now, poke) {
			return nil
		}
		once(ctx)
	}
}

// wait returns true when a round is due, false when ctx has ended.
func wait(ctx context.Context, s *Schedule, now func() time.Time, poke <-chan struct{}) bool {
	due := s.Next(now())
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
			return false
		case <-poke:
			return ctx.Err() == nil
		case <-timer.C:
		}
		t := now()
		if !t.Before(due) {
			return ctx.Err() == nil
		}
		if next := s.Next(t); next.Before(due) {
			due = next // the clock was set back
		}
		timer.Reset(min(due.Sub(t), maxSleep))
	}
	return false
}

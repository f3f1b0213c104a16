package main

import (
	"context"
	"log/slog"
	"time"
)

// keepAfter is how long after a change of the roster its copy is made: who is hired in
// the morning comes with others.
const keepAfter = time.Minute

// kept is a roster that a copy can be made of.
type kept interface {
	Follow(ctx context.Context) <-chan struct{}
	Version(ctx context.Context) (gen, version uint64, err error)
	Keep(ctx context.Context) error
}

// keepCopies makes a copy of the roster a while after each change, until ctx ends. One
// that can't be made is logged, and tried again with the next change.
func keepCopies(ctx context.Context, r kept, log *slog.Logger) error {
	changes := r.Follow(ctx)
	var last [2]uint64
	for {
		if !pause(ctx, keepAfter) {
			return nil
		}
		gen, version, err := r.Version(ctx)
		if now := [2]uint64{gen, version}; err == nil && now != last {
			if err = r.Keep(ctx); err == nil {
				last = now
			}
		}
		if err != nil && ctx.Err() == nil {
			log.Warn("roster not copied", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changes:
		}
	}
}

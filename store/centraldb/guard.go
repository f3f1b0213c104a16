package centraldb

import (
	"context"
	"sync"
)

type guardKey struct{}

// guard is what a caller was let in by.
type guard struct {
	mu     sync.Mutex
	checks []func(ctx context.Context, tx *Tx) error
}

// Guarded gives a context under which each Update runs, before anything else and in the
// same transaction, what Require has added. So a caller who was let in by what was read
// before writes nothing once that is no longer so, however long their request took.
func Guarded(ctx context.Context) context.Context {
	return context.WithValue(ctx, guardKey{}, &guard{})
}

// Require adds a check to a context that Guarded gave; under another one it does nothing.
func Require(ctx context.Context, check func(ctx context.Context, tx *Tx) error) {
	if g, ok := ctx.Value(guardKey{}).(*guard); ok && g != nil {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.checks = append(g.checks, check)
	}
}

// Unguarded gives a context for what the program does by itself in consequence of a
// change: that is nobody's request any more.
func Unguarded(ctx context.Context) context.Context {
	return context.WithValue(ctx, guardKey{}, (*guard)(nil))
}

// admit runs the checks of a context.
func admit(ctx context.Context, tx *Tx) error {
	g, ok := ctx.Value(guardKey{}).(*guard)
	if !ok || g == nil {
		return nil
	}
	g.mu.Lock()
	checks := g.checks[:len(g.checks):len(g.checks)]
	g.mu.Unlock()
	for _, check := range checks {
		if err := check(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

package devicedb

import (
	"context"
	"sync"
)

// ticks tells several listeners that something has changed. A listener that is
// slow gets one tick for many changes; nobody is ever waited for.
type ticks struct {
	mu        sync.Mutex
	listeners map[chan struct{}]struct{}
}

// follow gives a channel of capacity one that gets a tick after each change,
// until ctx ends. The channel is never closed.
func (t *ticks) follow(ctx context.Context) <-chan struct{} {
	ch := make(chan struct{}, 1)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.listeners == nil {
		t.listeners = map[chan struct{}]struct{}{}
	}
	t.listeners[ch] = struct{}{}
	context.AfterFunc(ctx, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.listeners, ch)
	})
	return ch
}

func (t *ticks) tick() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for ch := range t.listeners {
		tickOne(ch)
	}
}

func tickOne(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

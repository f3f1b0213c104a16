package device

import (
	"context"

	"github.com/timepost/timepost/device/local"
)

// Watch sends the present state at once and then after each change, until ctx
// ends; the channel is then closed. A slow receiver sees the newest state.
func (t *Terminal) Watch(ctx context.Context) <-chan local.State {
	ch := make(chan local.State, 1)
	t.mu.Lock()
	t.watchers[ch] = struct{}{}
	t.mu.Unlock()
	context.AfterFunc(ctx, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.watchers, ch)
		close(ch)
	})
	state, err := t.State(ctx)
	if err != nil {
		t.log.Warn("state unreadable", "err", err)
		if state = failed(state, err); state.Fault == "" {
			return ch
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, live := t.watchers[ch]; live {
		sendNewest(ch, state)
	}
	return ch
}

// publish sends the state to all watchers.
func (t *Terminal) publish(s local.State) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for ch := range t.watchers {
		sendNewest(ch, s)
	}
}

// sendNewest replaces what a slow receiver has not taken. Only one goroutine
// sends at a time: the caller holds the lock.
func sendNewest(ch chan local.State, s local.State) {
	select {
	case <-ch:
	default:
	}
	ch <- s
}

// poke asks Run to look for changes. It never waits.
func (t *Terminal) poke() {
	select {
	case t.changed <- struct{}{}:
	default:
	}
}

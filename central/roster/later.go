package roster

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"
)

// Holders gives the kiosks whose roster holds each of the people.
type Holders interface {
	Holders(ctx context.Context, people []string) (map[string][]string, error)
}

// Refresher brings rosters up to what has been committed.
type Refresher interface {
	Refresh(ctx context.Context, kiosks ...string) error
	RefreshAll(ctx context.Context) error
}

// Waits of Later: what comes within calm is one refresh, and after a failure it
// tries again.
const (
	calm  = 2 * time.Second
	again = 5 * time.Second
)

// Later refreshes rosters soon, and once for much that changes in a row: people read
// their messages one after the other. It is a service; Soon and All may be called at
// any time and never block.
type Later struct {
	rosters Refresher
	holders Holders
	log     *slog.Logger
	wake    chan struct{}

	mu     sync.Mutex
	people map[string]struct{}
	all    bool
}

// NewLater gives a Later.
func NewLater(r Refresher, h Holders, log *slog.Logger) *Later {
	return &Later{rosters: r, holders: h, log: log, wake: make(chan struct{}, 1), people: map[string]struct{}{}}
}

// Soon says that something has changed for these people, wherever they are listed.
func (l *Later) Soon(people []string) {
	l.mu.Lock()
	for _, id := range people {
		l.people[id] = struct{}{}
	}
	l.mu.Unlock()
	l.ring()
}

// All says that something has changed for every kiosk.
func (l *Later) All() {
	l.mu.Lock()
	l.all = true
	l.mu.Unlock()
	l.ring()
}

func (l *Later) ring() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Run refreshes until ctx ends.
func (l *Later) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-l.wake:
		}
		wait := calm
		for wait > 0 {
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(wait):
			}
			wait = 0
			if err := l.Once(ctx); err != nil && ctx.Err() == nil {
				l.log.Error("refresh rosters", "err", err)
				wait = again
			}
		}
	}
}

// Once refreshes what waits. What fails goes on waiting.
func (l *Later) Once(ctx context.Context) error {
	l.mu.Lock()
	people, all := slices.Sorted(maps.Keys(l.people)), l.all
	clear(l.people)
	l.all = false
	l.mu.Unlock()
	err := l.refresh(ctx, people, all)
	if err == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = l.all || all
	for _, id := range people {
		l.people[id] = struct{}{}
	}
	return err
}

func (l *Later) refresh(ctx context.Context, people []string, all bool) error {
	if all {
		return l.rosters.RefreshAll(ctx)
	}
	if len(people) == 0 {
		return nil
	}
	holders, err := l.holders.Holders(ctx, people)
	if err != nil {
		return err
	}
	kiosks := map[string]struct{}{}
	for _, list := range holders {
		for _, k := range list {
			kiosks[k] = struct{}{}
		}
	}
	return l.rosters.Refresh(ctx, slices.Sorted(maps.Keys(kiosks))...)
}

package roster

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// How far apart kiosks are told of what changed for all of them, and over how long at
// most: what they do about it, fetching logos and projects, then comes evenly too.
const (
	spreadEach = 30 * time.Millisecond
	spreadMost = time.Minute
)

// Spread pushes later what can wait: it is a service. A push that is not out when it ends
// is lost, as any push may be; the kiosk asks with its next round.
type Spread struct {
	publisher Publisher
	log       *slog.Logger
	now       func() time.Time
	wake      chan struct{}

	mu    sync.Mutex
	queue []duePush // in the order of their time
}

type duePush struct {
	at    time.Time
	kiosk string
	m     wire.Message
}

// NewSpread gives a Spread that pushes through p.
func NewSpread(p Publisher, log *slog.Logger) *Spread {
	return &Spread{publisher: p, log: log, now: time.Now, wake: make(chan struct{}, 1)}
}

// put keeps a push for later, in place of the one that waits for this kiosk.
func (s *Spread) put(kiosk string, after time.Duration, m wire.Message) {
	d := duePush{s.now().Add(after), kiosk, m}
	s.mu.Lock()
	s.queue = slices.DeleteFunc(s.queue, func(o duePush) bool { return o.kiosk == kiosk })
	at, _ := slices.BinarySearchFunc(s.queue, d, func(a, b duePush) int { return a.at.Compare(b.at) })
	s.queue = slices.Insert(s.queue, at, d)
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run pushes what is due, until ctx ends.
func (s *Spread) Run(ctx context.Context) error {
	for {
		next := s.due(ctx)
		timer := time.NewTimer(next)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-s.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// due pushes what is due, and gives how long it is to the next one.
func (s *Spread) due(ctx context.Context) time.Duration {
	for {
		s.mu.Lock()
		if len(s.queue) == 0 {
			s.mu.Unlock()
			return time.Hour
		}
		d := s.queue[0]
		if wait := d.at.Sub(s.now()); wait > 0 {
			s.mu.Unlock()
			return wait
		}
		s.queue = s.queue[1:]
		s.mu.Unlock()
		push, cancel := context.WithTimeout(ctx, pushTimeout)
		err := s.publisher.Publish(push, d.m)
		cancel()
		if err != nil && ctx.Err() == nil {
			s.log.Warn("roster not pushed, the kiosk will ask", "kiosk", d.kiosk, "err", err)
		}
	}
}

// place gives how long the nth of all kiosks waits for what can wait.
func place(n, all int) time.Duration {
	if all < 2 {
		return 0
	}
	return min(time.Duration(all)*spreadEach, spreadMost) * time.Duration(n) / time.Duration(all)
}

// canWait says whether a step has nothing in it that decides who gets in: people, with
// their PINs, roles and locks, and Universal PINs go out at once.
func canWait(rows []centraldb.RosterRow) bool {
	return !slices.ContainsFunc(rows, func(r centraldb.RosterRow) bool {
		return r.Kind == wire.KindPerson || r.Kind == wire.KindUniversal
	})
}

package agent

import (
	"sync"
	"time"

	"github.com/timepost/timepost/internal/problem"
)

// Status is how the conversation stands.
type Status struct {
	Connected   bool         // a fresh answer signed by central came in on the present link
	LastContact time.Time    // the last message signed by central; zero: none since the start
	Queue       int          // records not yet acknowledged, when last connected
	Fault       problem.Code // why there is no connection; empty: none is needed, or it stands

	Stored  time.Time     // when central last said how much of the journal it has; zero: not since the start
	Current time.Time     // when the roster was last known to be up to date; zero: not since the start
	Failed  time.Time     // when a connection last failed or broke; zero: never
	Offset  time.Duration // this clock minus central's, at the last welcome
}

// statusBox holds a Status and tells of its changes.
type statusBox struct {
	mu      *sync.Mutex
	s       *Status
	changed chan struct{}
}

func newStatusBox() statusBox {
	return statusBox{mu: new(sync.Mutex), s: new(Status), changed: make(chan struct{}, 1)}
}

// Status gives how things stand now.
func (a *Agent) Status() Status { return a.status.get() }

// Changed gives the one channel (capacity 1) that gets a tick after each change
// of Status. It is for one reader.
func (a *Agent) Changed() <-chan struct{} { return a.status.changed }

func (b statusBox) get() Status {
	b.mu.Lock()
	defer b.mu.Unlock()
	return *b.s
}

func (b statusBox) update(f func(*Status)) {
	b.mu.Lock()
	before := *b.s
	f(b.s)
	differs := before != *b.s
	b.mu.Unlock()
	if differs {
		tick(b.changed)
	}
}

func (b statusBox) contact(at time.Time) {
	b.update(func(s *Status) { s.LastContact = at })
}

func (b statusBox) welcomed(at time.Time, offset time.Duration) {
	b.update(func(s *Status) { s.Connected, s.LastContact, s.Fault, s.Offset = true, at, "", offset })
}

func (b statusBox) stored(at time.Time) {
	b.update(func(s *Status) { s.Stored = at })
}

func (b statusBox) current(at time.Time) {
	b.update(func(s *Status) { s.Current = at })
}

func (b statusBox) queue(n int) {
	b.update(func(s *Status) { s.Queue = n })
}

func (b statusBox) disconnected(fault problem.Code, at time.Time) {
	b.update(func(s *Status) {
		s.Connected, s.Fault = false, fault
		if fault != "" {
			s.Failed = at
		}
	})
}

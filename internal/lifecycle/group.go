package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// DefaultStopWithin bounds the stop of a whole Group that names no bound of its
// own. systemd kills after 90 s; a person who pressed Ctrl-C waits 5.
const DefaultStopWithin = 5 * time.Second

// ErrStuck is in the error of a Group whose services did not all return in time.
var ErrStuck = errors.New("still running")

// Group runs named services as one. The zero value is an empty group, ready for
// Add. A Group is itself a Readier, so groups nest. Add is called before Run and
// from one goroutine; Run is called once.
type Group struct {
	// StopWithin bounds the time from the first cause to stop until Run returns.
	// Zero means DefaultStopWithin.
	StopWithin time.Duration

	members []*member
	once    sync.Once
	ready   *Signal
}

// Add puts a service at the end of the starting order. The name stands in
// errors.
func (g *Group) Add(name string, s Service) {
	g.members = append(g.members, &member{name: name, service: s, ended: make(chan struct{})})
}

// AddFunc is Add for a function.
func (g *Group) AddFunc(name string, run func(ctx context.Context) error) {
	g.Add(name, Func(run))
}

// Ready gives a channel that is closed once every service has been started and
// every Readier among them is ready.
func (g *Group) Ready() <-chan struct{} { return g.signal().Done() }

// Run starts the services in order and blocks until all have returned. It stops
// them, last one first, when ctx is cancelled or one of them fails; a service
// that returns nil by itself has done its job and stops nobody.
//
// The error joins every failure as "run NAME: ...". When services are still
// running after StopWithin, Run gives them up: the error then has ErrStuck and
// their names, and the process should end.
func (g *Group) Run(ctx context.Context) error {
	// run ends when the caller wants the group to end or a member fails.
	run, fail := context.WithCancel(ctx)
	defer fail()
	started := g.start(run, fail)
	if len(started) == len(g.members) && run.Err() == nil {
		g.signal().Set()
		wait(run, started)
	}
	stuck := stop(started, g.bound())
	return errors.Join(append(failures(ctx, started), stuck)...)
}

// signal makes the readiness signal on first use, so that the zero Group works.
func (g *Group) signal() *Signal {
	g.once.Do(func() { g.ready = NewSignal() })
	return g.ready
}

func (g *Group) bound() time.Duration {
	if g.StopWithin <= 0 {
		return DefaultStopWithin
	}
	return g.StopWithin
}

// start starts services one by one until run ends, and gives those it started.
func (g *Group) start(run context.Context, fail func()) []*member {
	for i, m := range g.members {
		if run.Err() != nil {
			return g.members[:i]
		}
		m.start(run, fail)
		m.awaitReady(run)
	}
	return g.members
}

// wait blocks until run ends or all members have.
func wait(run context.Context, members []*member) {
	for _, m := range members {
		select {
		case <-run.Done():
			return
		case <-m.ended:
		}
	}
}

// stop stops the members one by one, last one first. When most of the bound has
// gone by, it tells all the others at once, so that a service that is stuck does
// not keep those below it from ending well.
func stop(members []*member, bound time.Duration) error {
	late := time.NewTimer(bound / 5 * 4)
	defer late.Stop()
	tooLate := time.NewTimer(bound)
	defer tooLate.Stop()
	for i := len(members) - 1; i >= 0; i-- {
		members[i].stop()
		select {
		case <-members[i].ended:
		case <-late.C:
			return stopAll(members[:i+1], tooLate.C, bound)
		}
	}
	return nil
}

// stopAll stops all members at once and names those that have not returned when
// tooLate fires.
func stopAll(members []*member, tooLate <-chan time.Time, bound time.Duration) error {
	for _, m := range members {
		m.stop()
	}
	for _, m := range members {
		select {
		case <-m.ended:
		case <-tooLate:
			return stuck(members, bound)
		}
	}
	return nil
}

func stuck(members []*member, bound time.Duration) error {
	var names []string
	for _, m := range members {
		if !m.hasEnded() {
			names = append(names, m.name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("stop within %v: %s: %w", bound, strings.Join(names, ", "), ErrStuck)
}

// failures gives the real errors of the members that have ended. A service that
// saw ctx end by itself before it was told to stop did nothing wrong.
func failures(ctx context.Context, members []*member) []error {
	var errs []error
	for _, m := range members {
		if !m.hasEnded() || m.err == nil {
			continue
		}
		if (m.stopped || ctx.Err() != nil) && IsCancellation(m.err) {
			continue
		}
		errs = append(errs, fmt.Errorf("run %s: %w", m.name, m.err))
	}
	return errs
}

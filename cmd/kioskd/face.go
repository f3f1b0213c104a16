package main

import (
	"context"
	"errors"
	"net"
	"sync"

	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/device"
	"github.com/timepost/timepost/device/hw"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/device/wifi"
	"github.com/timepost/timepost/internal/problem"
)

// face is what the socket asks: the Terminal once there is one, and before that
// a kiosk that says why not. The screen stays connected over the change.
type face struct {
	clocks *hw.Clocks

	mu        sync.Mutex
	terminal  *device.Terminal
	fault     problem.Code // why an enrolled kiosk has no Terminal
	enrolled  bool
	dismissed bool   // see Dismiss
	cramped   bool   // see Cramp
	leaving   bool   // see Leave
	restart   string // see RestartScreen
	called
	wireless
	card    *local.Provisioning // what came of the provisioning file; nil: nothing to say
	changed chan struct{}       // closed and replaced at each change
}

func newFace(clocks *hw.Clocks, net *wifi.Manager) *face {
	return &face{clocks: clocks, wireless: wireless{net: net}, changed: make(chan struct{})}
}

// serve puts the Terminal in place; nil takes it away.
func (f *face) serve(t *device.Terminal) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.terminal, f.fault = t, ""
	f.enrolled = f.enrolled || t != nil
	f.turn()
}

// fail says why an enrolled kiosk can't work now.
func (f *face) fail(code problem.Code) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fault == code && f.enrolled {
		return
	}
	f.terminal, f.fault, f.enrolled = nil, code, true
	f.turn()
}

func (f *face) isEnrolled() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.enrolled
}

// turn wakes who waits for a change. The caller holds the lock.
func (f *face) turn() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// now gives the Terminal, or the state and error of a kiosk without one.
func (f *face) now() (t *device.Terminal, changed <-chan struct{}, s local.State, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s = local.State{Enrolled: f.enrolled, Zone: "UTC", Fault: string(f.fault), ClockOK: f.clocks.Stamp("UTC").Synchronised()}
	switch {
	case f.terminal != nil:
	case f.fault != "":
		err = problem.New(f.fault, "This time clock can't work right now.", "Use another kiosk and tell your supervisor.")
	case f.enrolled:
		err = problem.New(problem.Unavailable, "This time clock is starting.", "Try again in a moment.")
	default:
		err = problem.New(problem.Conflict, "This machine is not a kiosk yet.", "Enrol it with a code from your operator.")
	}
	return f.terminal, f.changed, s, err
}

// State gives the present state.
func (f *face) State(ctx context.Context) (local.State, error) {
	t, _, s, err := f.now()
	if err != nil {
		return f.dressed(s), nil //nolint:nilerr // the state says it
	}
	s, err = t.State(ctx)
	return f.dressed(s), err
}

// People asks the Terminal.
func (f *face) People(ctx context.Context, q local.PeopleQuery) (local.PeoplePage, error) {
	t, _, _, err := f.now()
	if err != nil {
		return local.PeoplePage{}, err
	}
	return t.People(ctx, q)
}

// Identify asks the Terminal.
func (f *face) Identify(ctx context.Context, a local.Attempt) (local.Session, error) {
	t, _, _, err := f.now()
	if err != nil {
		return local.Session{}, err
	}
	return t.Identify(ctx, a)
}

// Punch asks the Terminal.
func (f *face) Punch(ctx context.Context, r local.PunchRequest) (local.Receipt, error) {
	t, _, _, err := f.now()
	if err != nil {
		return local.Receipt{}, err
	}
	return t.Punch(ctx, r)
}

// Forgot asks the Terminal.
func (f *face) Forgot(ctx context.Context, person string) (local.Asked, error) {
	t, _, _, err := f.now()
	if err != nil {
		return local.Asked{}, err
	}
	return t.Forgot(ctx, person)
}

// OpenTeam asks the Terminal.
func (f *face) OpenTeam(ctx context.Context, p pin.PIN) (local.Team, error) {
	t, _, _, err := f.now()
	if err != nil {
		return local.Team{}, err
	}
	return t.OpenTeam(ctx, p)
}

// PunchTeam asks the Terminal.
func (f *face) PunchTeam(ctx context.Context, r local.TeamPunch) (local.TeamReceipt, error) {
	t, _, _, err := f.now()
	if err != nil {
		return local.TeamReceipt{}, err
	}
	return t.PunchTeam(ctx, r)
}

// End asks the Terminal; without one there is no session.
func (f *face) End(ctx context.Context, session string) error {
	t, _, _, err := f.now()
	if err != nil {
		return nil //nolint:nilerr // nothing to end
	}
	return t.End(ctx, session)
}

// Watch follows the Terminal's states, and what there is before it and after it.
// Its goroutine ends with ctx.
func (f *face) Watch(ctx context.Context) <-chan local.State {
	out := make(chan local.State, 1)
	go func() {
		defer close(out)
		for ctx.Err() == nil {
			f.watchOnce(ctx, out)
		}
	}()
	return out
}

// watchOnce follows one Terminal, or none, until that changes.
func (f *face) watchOnce(ctx context.Context, out chan local.State) {
	t, changed, s, _ := f.now()
	if t == nil {
		newest(out, f.dressed(s))
		select {
		case <-ctx.Done():
		case <-changed:
		}
		return
	}
	one, cancel := context.WithCancel(ctx)
	defer cancel()
	states := t.Watch(one)
	for {
		select {
		case s, ok := <-states:
			if !ok {
				return
			}
			newest(out, f.dressed(s))
		case <-changed:
			return
		}
	}
}

// newest replaces what the receiver has not taken; one goroutine sends.
func newest(out chan local.State, s local.State) {
	select {
	case <-out:
	default:
	}
	out <- s
}

func isClosed(err error) bool { return errors.Is(err, net.ErrClosed) }

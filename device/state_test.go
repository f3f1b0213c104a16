package device_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/device"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/lifecycle"
	"github.com/timepost/timepost/internal/lifecycle/lifecycletest"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

func TestStateAndWatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.m.sync = false
	want := local.State{
		Enrolled: true, Org: "Acme", KioskID: kiosk, KioskName: "Front door", Zone: "Europe/Berlin", RequiresPIN: true,
		PINLengths: []int{4}, UniversalLen: 4, People: 3, RosterVer: 1, Queue: 2,
	}
	st, err := w.terminal.State(t.Context())
	must(t, err)
	if diff := cmp.Diff(want, st); diff != "" {
		t.Fatal(diff)
	}
	ctx, cancel := context.WithCancel(t.Context())
	watch := w.terminal.Watch(ctx)
	if diff := cmp.Diff(want, <-watch); diff != "" {
		t.Fatal(diff)
	}
	var g lifecycle.Group
	g.Add("terminal", w.terminal)
	ran := make(chan error, 1)
	go func() { ran <- g.Run(ctx) }()
	w.terminal.SetLink(true, w.m.real)
	for s := range watch {
		if s.Connected && s.LastContact == w.m.real.UnixMilli() && s.Queue == 3 {
			break // the roster's record is the third
		}
	}
	cancel()
	must(t, <-ran)
	for range watch { // closed at the end
	}
}

// unreadable is a roster on a disk that fails.
type unreadable struct{ device.Roster }

func (unreadable) Settings(context.Context) (wire.SettingsRow, error) {
	return wire.SettingsRow{}, problem.New(problem.OutOfOrder, "This time clock can't read.", "Use another kiosk.")
}

// A disk that can't be read is said on the screen before somebody has typed a PIN.
func TestAScreenThatCantReadSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	before := w.terminal.Watch(ctx)
	if s := <-before; s.Fault != "" {
		t.Fatalf("%+v", s)
	}
	w.close()
	w.roster = unreadable{}
	w.open()
	if s := <-w.terminal.Watch(ctx); s.Fault != string(problem.OutOfOrder) || !s.Enrolled {
		t.Errorf("who begins to watch is told %+v", s)
	}
	var g lifecycle.Group
	g.Add("terminal", w.terminal)
	ran := make(chan error, 1)
	go func() { ran <- g.Run(ctx) }()
	for s := range w.terminal.Watch(ctx) {
		if s.Fault == string(problem.OutOfOrder) {
			break
		}
	}
	cancel()
	must(t, <-ran)
}

func TestTerminalStartsAndStops(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lifecycletest.StartStop(t, func() lifecycle.Service { return w.terminal })
}

func TestRosterAppliedIsRecordedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tick()
	w.tick()
	w.crash()
	w.tick()
	w.apply(w.settings(false))
	w.tick()
	b := w.bodies(0, record.RosterApplied)
	if len(b) != 2 || b[0].Roster != 1 || b[1].Roster != 2 || b[1].Gen != 1 {
		t.Errorf("records = %+v", b)
	}
}

// A daemon that is told to stop gives back what open sessions were charged.
func TestStoppingEndsTheSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.in("ann", annPIN)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	must(t, w.terminal.Run(ctx))
	w.crash()
	if e := w.refused("ann", wrongPIN, problem.Unauthenticated); e.Detail["tries_left"] != 4 {
		t.Errorf("tries left = %v", e.Detail)
	}
}

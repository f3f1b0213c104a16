package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// door answers the touchscreen like a kiosk with 500 people, from memory.
type door struct {
	local.Service // the calls that nobody makes here
	people        []local.PersonCard
}

func newDoor() *door {
	d := &door{}
	for i := range 500 {
		d.people = append(d.people, local.PersonCard{ID: fmt.Sprintf("p-%d", i), Name: fmt.Sprintf("Person Number %d", i), State: attendance.StateOut})
	}
	return d
}

func serveDoor(ctx context.Context, socket string) error {
	d := newDoor()
	s := local.NewServer(d, d, nil, slog.New(slog.DiscardHandler))
	if err := s.Listen(socket, os.Getgid()); err != nil {
		return err
	}
	return s.Run(ctx)
}

// State tells of an enrolled kiosk in good health.
func (d *door) State(context.Context) (local.State, error) {
	return local.State{
		Enrolled: true, Org: "Bench", KioskID: "bench", KioskName: "Bench", Zone: "Europe/Berlin",
		RequiresPIN: true, PINLengths: []int{4}, People: len(d.people), RosterVer: 1, Connected: true, ClockOK: true,
	}, nil
}

// People gives a page of the 500.
func (d *door) People(_ context.Context, q local.PeopleQuery) (local.PeoplePage, error) {
	from := min(q.Offset, len(d.people))
	return local.PeoplePage{People: d.people[from:min(from+q.Limit, len(d.people))], Total: len(d.people)}, nil
}

// Identify knows nobody.
func (d *door) Identify(context.Context, local.Attempt) (local.Session, error) {
	return local.Session{}, problem.New(problem.Unauthenticated, "That PIN is not right.", "")
}

// Punch records nothing.
func (d *door) Punch(context.Context, local.PunchRequest) (local.Receipt, error) {
	return local.Receipt{}, problem.New(problem.Expired, "The session is over.", "")
}

// Forgot takes no requests.
func (d *door) Forgot(context.Context, string) (local.Asked, error) {
	return local.Asked{}, problem.New(problem.Conflict, "This kiosk takes no requests.", "")
}

// OpenTeam knows no PIN.
func (d *door) OpenTeam(context.Context, pin.PIN) (local.Team, error) {
	return local.Team{}, problem.New(problem.Unauthenticated, "That PIN is not right.", "")
}

// PunchTeam records nothing.
func (d *door) PunchTeam(context.Context, local.TeamPunch) (local.TeamReceipt, error) {
	return local.TeamReceipt{}, problem.New(problem.Expired, "The session is over.", "")
}

// End has nothing to end.
func (d *door) End(context.Context, string) error { return nil }

// Watch tells the one state.
func (d *door) Watch(ctx context.Context) <-chan local.State {
	ch := make(chan local.State, 1)
	s, err := d.State(ctx)
	if err == nil {
		ch <- s
	}
	context.AfterFunc(ctx, func() { close(ch) })
	return ch
}

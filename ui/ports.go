package ui

import (
	"context"

	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/device/local"
)

// Terminal is what the screens ask of the kiosk's service. Every error is (or
// wraps) a *problem.Error; each call returns within a few seconds, Punch returns
// a Receipt only when the punch is on disk, and Forgot when the request is.
type Terminal interface {
	People(ctx context.Context, q local.PeopleQuery) (local.PeoplePage, error)
	Identify(ctx context.Context, a local.Attempt) (local.Session, error)
	Punch(ctx context.Context, r local.PunchRequest) (local.Receipt, error)
	End(ctx context.Context, session string) error
	Forgot(ctx context.Context, person string) (local.Asked, error)
}

// Teams clocks several people in or out with one PIN. PunchTeam returns a receipt
// only when all of it is on disk.
type Teams interface {
	OpenTeam(ctx context.Context, p pin.PIN) (local.Team, error)
	PunchTeam(ctx context.Context, r local.TeamPunch) (local.TeamReceipt, error)
}

// Desk is what an identified person may do besides punching: see local.Desk.
type Desk interface {
	Hours(ctx context.Context, session string) (local.Hours, error)
	Missed(ctx context.Context, m local.Missed) (local.Asked, error)
	Unresolved(ctx context.Context, session string) (local.Session, error)
}

// Afterwards is what may follow a receipt: see local.Afterwards.
type Afterwards interface {
	Undo(ctx context.Context, ticket string) (local.Undone, error)
	Read(ctx context.Context, ticket, message string) error
}

// Newcomers takes a punch of somebody who is not listed: see local.Newcomers.
type Newcomers interface {
	NotListed(ctx context.Context, n local.Newcomer) (local.Receipt, error)
}

// Watcher streams the kiosk's state: the present one at once, then each newer
// one, until ctx ends. A state whose Fault is problem.Unavailable says that the
// service does not answer; so does a channel closed early, which is watched again.
type Watcher interface {
	Watch(ctx context.Context) <-chan local.State
}

// Enroller makes this machine a kiosk of an organisation and reports each step.
type Enroller interface {
	Enrol(ctx context.Context, r local.EnrolRequest, step func(local.EnrolStep)) error
}

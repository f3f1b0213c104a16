package local

import (
	"context"

	"github.com/timepost/timepost/attendance"
)

// Hours is what a person may see of their own time: from this kiosk's journal
// and what central last sent.
type Hours struct {
	Today   int64  `json:"today_ms"`   // worked today, up to now
	Week    int64  `json:"week_ms"`    // worked since Monday, in the kiosk's zone
	Days    []Day  `json:"days"`       // Monday to today
	Last    []Past `json:"last"`       // the last ten punches, the newest first
	Through int64  `json:"through_ms"` // what other kiosks recorded is in it up to then, unix ms; 0: never heard
}

// Day is one day's sum.
type Day struct {
	Date   string `json:"date"` // YYYY-MM-DD in the kiosk's zone
	Worked int64  `json:"worked_ms"`
	Doubt  bool   `json:"doubt,omitempty"` // a shift of that day has no known end: it counts nothing
}

// Past is one punch of one's own.
type Past struct {
	Action  attendance.Action `json:"action"`
	At      int64             `json:"at_ms"`
	Project string            `json:"project,omitempty"` // its name
	Kiosk   string            `json:"kiosk,omitempty"`   // the kiosk's name; empty: this one
	Fixed   bool              `json:"fixed,omitempty"`   // added or changed by a supervisor
}

// Missed asks for a punch that was not made.
type Missed struct {
	Session string            `json:"session"`
	Action  attendance.Action `json:"action"`
	At      int64             `json:"at_ms"` // unix ms, in the past and at most MissedWithin ago
	Reason  string            `json:"reason"`
}

// MissedWithinDays is how far back a missing punch may be asked for.
const MissedWithinDays = 14

// Newcomer is somebody whose name is not on the list.
type Newcomer struct {
	Name   string            `json:"name"`
	Action attendance.Action `json:"action"` // in or out
}

// Desk is what an identified person may do besides punching. Each call fails with
// problem.Expired when the session is over, and with problem.OutOfOrder when the
// disk did not take it; what returns without an error is on disk.
//
// Hours and Missed refuse with problem.Forbidden where nobody proved who they are:
// a session of auth none or universal; Hours with badge, too, because a card may
// have been found. Missed refuses with problem.Limited (detail wait_ms) after ten in
// a day; the same asked again is no new one. Missed refuses with problem.Invalid (detail
// field action, at or reason). Unresolved ends the shift that the session's
// Forgotten speaks of as unresolved, and gives the session as it then is; it
// refuses with problem.Conflict where there is none.
type Desk interface {
	Hours(ctx context.Context, session string) (Hours, error)
	Missed(ctx context.Context, m Missed) (Asked, error)
	Unresolved(ctx context.Context, session string) (Session, error)
}

// Afterwards is what may follow a receipt, within TicketLife; a ticket that a
// session gave holds for 20 s at least. Undo takes the punch
// back: a new record, the old one stays; it refuses with problem.Expired, also after
// a restart of the daemon, and with problem.Conflict where the person has punched
// since. Read notes that a message,
// or an answer in a session, was seen; ticket is the receipt's or the session's id.
type Afterwards interface {
	Undo(ctx context.Context, ticket string) (Undone, error)
	Read(ctx context.Context, ticket, message string) error
}

// Undone says which punch was taken back.
type Undone struct {
	Person string            `json:"person"`
	Action attendance.Action `json:"action"`
	At     int64             `json:"at_ms"`
	State  attendance.State  `json:"state"` // where that leaves the person
}

// Newcomers takes a punch of somebody who is not listed: an admin says later whose
// it is. It refuses with problem.Invalid (detail field name), problem.Limited
// (detail wait_ms) after too many, and problem.Conflict where it is not offered.
type Newcomers interface {
	NotListed(ctx context.Context, n Newcomer) (Receipt, error)
}

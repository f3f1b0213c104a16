package local

import (
	"context"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// State is what the Idle screen needs: who this kiosk is and how it is doing.
// It carries nothing personal.
type State struct {
	Enrolled     bool   `json:"enrolled"`
	Org          string `json:"org,omitempty"` // the organisation's name, for people
	KioskID      string `json:"kiosk_id,omitempty"`
	KioskName    string `json:"kiosk_name,omitempty"`
	Zone         string `json:"zone"`           // IANA name; the clock shows this zone
	Lang         string `json:"lang,omitempty"` // BCP 47, while nobody is identified; empty: the screen's own
	RequiresPIN  bool   `json:"requires_pin"`
	PINLengths   []int  `json:"pin_lengths"`             // every length acceptable here; one entry: submit at that length
	UniversalLen int    `json:"universal_len,omitempty"` // digits of the Universal PIN; 0: no team can be clocked in here
	People       int    `json:"people"`                  // listed people on the roster
	RosterVer    uint64 `json:"roster_version"`
	Connected    bool   `json:"connected"`       // a signed answer from central came in on the present link
	LastContact  int64  `json:"last_contact_ms"` // unix milliseconds by this kiosk's clock; 0: never
	Queue        int    `json:"queue"`           // records not yet acknowledged as stored by central
	Fault        string `json:"fault,omitempty"` // a problem code; "out_of_order" turns the screen to "use another kiosk"
	ClockOK      bool   `json:"clock_ok"`        // the system clock is synchronised

	Look   wire.Look   `json:"look,omitzero"`
	Habits wire.Habits `json:"habits,omitzero"`
	Logo   []byte      `json:"logo,omitempty"`  // a PNG in place of Org
	Teams  []string    `json:"teams,omitempty"` // of the listed people, in order; only with Habits.TeamFilter
	Badge  *BadgeRead  `json:"badge,omitempty"` // the last card held to the reader, for a few seconds

	// Restart changes when the touchscreen shall end, for its service to start it again.
	Restart string `json:"restart,omitempty"`

	// Notice is what central wants to be read by whoever comes, now. Identify, where it
	// is not empty, wants this kiosk to stand out; it is another one for each wish.
	Notice   string `json:"notice,omitempty"`
	Identify string `json:"identify,omitempty"`

	// Dismissed: central does not let this kiosk in any more. Punches are kept, and handed
	// in for a person to look at.
	Dismissed bool `json:"dismissed,omitempty"`

	// Cramped: the disk is full but for the room that was kept for punches.
	Cramped bool `json:"cramped,omitempty"`

	// Leaving: this machine is about to forget that it is a kiosk; it records nothing.
	Leaving bool `json:"leaving,omitempty"`

	// Wireless: this machine's Wi-Fi can be set up here.
	Wireless bool `json:"wireless,omitempty"`

	// Provisioning says why the provisioning file has not made this machine a kiosk, or
	// could not be removed.
	Provisioning *Provisioning `json:"provisioning,omitempty"`
}

// Provisioning is what came of the provisioning file on this machine's card.
type Provisioning struct {
	File    string `json:"file"`
	Code    string `json:"code"` // a problem code, as of an enrolment that is typed
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// PersonCard is one person on the People screen.
type PersonCard struct {
	ID      string              `json:"id"`
	Name    string              `json:"name"`
	Team    string              `json:"team,omitempty"`
	State   attendance.State    `json:"state"`
	Since   int64               `json:"since_ms,omitempty"` // unix ms; 0 when out or unknown
	Actions []attendance.Action `json:"actions,omitempty"`  // for a team only: what they may do now
}

// PeopleQuery asks for one page of the listed people, in name order. Search
// folds case and accents and matches the start of any word of the name, or the
// whole staff number; for a team, of the team's name, too; empty means everybody.
type PeopleQuery struct {
	Search string `json:"search"`
	Offset int    `json:"offset"`
	Limit  int    `json:"limit"`            // 1 to 200
	Team   bool   `json:"team,omitempty"`   // only those who can be clocked in with a team: no owners, no admins
	Of     string `json:"of,omitempty"`     // only the members of this team
	Letter string `json:"letter,omitempty"` // begin where the names reach this letter: Offset counts from there and may be negative
}

// PeoplePage is the answer to PeopleQuery.
type PeoplePage struct {
	People []PersonCard `json:"people"`
	Total  int          `json:"total"`
	Start  int          `json:"start,omitempty"` // the offset of the first one, where a Letter was asked for

	// Letters are those that the names of all of them begin with, in their order and
	// without accents; only where nothing was searched for.
	Letters []string `json:"letters,omitempty"`
}

// Attempt is one try to identify with a PIN.
type Attempt struct {
	Person string
	PIN    pin.PIN // zero where the kiosk does not require one
}

// Session is what a successful identification opens: bound to one person,
// dead after 3 min. Until then the screen watches over the touches and ends it:
// somebody may be reading or typing without a call.
type Session struct {
	ID       string              `json:"session"` // 128 random bits, base64url; a bearer secret of this socket only
	Person   PersonCard          `json:"person"`
	Role     attendance.Role     `json:"role"`
	Lang     string              `json:"lang,omitempty"`
	Auth     attendance.Auth     `json:"auth"`
	Actions  []attendance.Action `json:"actions"`             // what is valid now, the likeliest first
	NeedNote bool                `json:"need_note,omitempty"` // a punch without a Note is refused: the Universal PIN wants a reason
	Worked   int64               `json:"worked_today_ms"`
	Project  string              `json:"project,omitempty"`  // the open project's name
	Projects []Project           `json:"projects,omitempty"` // lately used ones first, then by name
	Default  string              `json:"default,omitempty"`  // the id of the project that an In books on if none is named

	Unconfirmed bool     `json:"unconfirmed,omitempty"`    // where the person stands is this kiosk's best guess: it has long heard nothing
	BreakShort  int64    `json:"break_short_ms,omitempty"` // so much is missing for a break of the least length; 0: it is long enough
	BreakDue    bool     `json:"break_due,omitempty"`      // worked longer than the rule allows without a break
	Forgotten   int64    `json:"forgotten_ms,omitempty"`   // the shift open since then, unix ms, looks like a forgotten clock-out: ask
	Double      *Double  `json:"double,omitempty"`         // a punch was recorded moments ago: ask before a second one
	Answers     []Answer `json:"answers,omitempty"`        // to requests of this person, not shown before
}

// Double is a punch of this person that was recorded here moments ago.
type Double struct {
	Action attendance.Action `json:"action"`
	At     int64             `json:"at_ms"`
	Ticket string            `json:"ticket"` // Undo takes it back
}

// Answer is what was decided about a request. Showing it is recorded with Read.
type Answer struct {
	Message string `json:"message"` // its id
	Text    string `json:"text"`
}

// Project is one project that a person may book on here.
type Project struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// PunchRequest records an action within a session.
type PunchRequest struct {
	Session string            `json:"session"`
	Action  attendance.Action `json:"action"`
	Project string            `json:"project,omitempty"` // a project's id; for in and switch
	Note    string            `json:"note,omitempty"`    // at most attendance.MaxNote bytes
}

// Receipt says what has been recorded. It is given only after the record is on
// disk: a Receipt is the promise that the punch is never lost.
type Receipt struct {
	Person string            `json:"person"` // display name
	Action attendance.Action `json:"action"`
	At     int64             `json:"at_ms"` // the stamp's CLOCK_REALTIME, unix ms
	Zone   string            `json:"zone"`
	Worked int64             `json:"worked_today_ms"`
	Auth   attendance.Auth   `json:"auth"`
	Seq    uint64            `json:"seq"`
	Queue  int               `json:"queue"` // not yet stored by central, this one included

	ID          string    `json:"id"`                    // the person's
	Lang        string    `json:"lang,omitempty"`        // the person's language
	Project     string    `json:"project,omitempty"`     // the name of the project it was booked on
	Ticket      string    `json:"ticket,omitempty"`      // Undo and Read take it, for TicketLife
	Unconfirmed bool      `json:"unconfirmed,omitempty"` // as in Session
	Messages    []Message `json:"messages,omitempty"`    // to be shown now, each once
}

// Message is a text from central.
type Message struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// TicketLife is how long after a punch it can be taken back where it was made.
const TicketLife = 60 * time.Second

// Asked is the answer to somebody who asks for a new PIN.
type Asked struct {
	Person   string `json:"person"`   // display name
	At       int64  `json:"at_ms"`    // when it was recorded, unix ms by this kiosk's clock
	Repeated bool   `json:"repeated"` // it had been asked before, at At: nothing was recorded now
}

// MaxTeam is the most people that are clocked in at once.
const MaxTeam = 200

// Team is a session in which a team is clocked in or out: opened by the Universal
// PIN, bound to nobody, 3 min at most.
type Team struct {
	ID       string `json:"session"`
	NeedNote bool   `json:"need_note,omitempty"` // a punch without a Note is refused
}

// TeamPunch records the same action for several people. Who is named twice counts
// once.
type TeamPunch struct {
	Session string            `json:"session"`
	Action  attendance.Action `json:"action"` // anything but switch
	People  []string          `json:"people"` // ids, 1 to MaxTeam
	Note    string            `json:"note,omitempty"`
}

// TeamReceipt says what has been recorded: a punch for each name in Done, all in
// one commit. It is given only after that is on disk.
type TeamReceipt struct {
	Action attendance.Action `json:"action"`
	At     int64             `json:"at_ms"`
	Zone   string            `json:"zone"`
	Done   []string          `json:"done"` // display names, in the order asked for
	Left   []LeftOut         `json:"left,omitempty"`
	Queue  int               `json:"queue"` // not yet stored by central, these included
}

// LeftOut is somebody for whom nothing was recorded, and why: problem.Conflict
// where the action is not valid from where they stand, problem.NotFound where
// they are not on the list any more, problem.Forbidden for owners and admins.
type LeftOut struct {
	PersonCard
	Why problem.Code `json:"why"`
}

// EnrolRequest is what a person types on the Enrol screen.
type EnrolRequest struct {
	Server string `json:"server"` // host, host:port or https://host:port of central's web address; or a whole timepost:// URL
	Code   string `json:"code"`   // 10 Crockford characters, with or without the dash; empty when Server is a URL, or to ask to be let in
}

// EnrolStep is one line of progress while enrolling.
type EnrolStep struct {
	Name  string `json:"name"` // keys, find_server, waiting (only without a code), ask_certificate, first_roster
	Done  bool   `json:"done"`
	Check string `json:"check,omitempty"` // of waiting: what whoever lets the machine in compares
}

// Terminal is the kiosk as the screen sees it: device.Terminal behind the socket.
//
// Every error is (or wraps) a *problem.Error. Identify refuses with
// problem.Unauthenticated (detail tries_left int) on a wrong PIN, problem.Limited
// (detail wait_ms int64) or problem.Locked while a guess limit holds. Punch
// refuses with problem.Invalid (detail field "note") where a reason is missing or
// can't be stored, problem.Conflict when the action is not valid now, problem.Expired
// when the session is over, and problem.OutOfOrder when the disk did not take it.
// Nothing blocks longer than a bcrypt comparison and two disk commits.
type Terminal interface {
	State(ctx context.Context) (State, error)
	People(ctx context.Context, q PeopleQuery) (PeoplePage, error)
	Identify(ctx context.Context, a Attempt) (Session, error)
	Punch(ctx context.Context, r PunchRequest) (Receipt, error)
	End(ctx context.Context, session string) error
}

// Requests takes what a person asks of their supervisors, without being
// identified: whoever stands here may ask, and what they get goes to the person.
//
// Forgot records that a listed person asks for a new PIN; when it returns, that
// is on disk and will reach central. It refuses with problem.NotFound for who is
// not listed, problem.Limited (detail wait_ms int64) when too many have asked,
// problem.Conflict where no PIN is needed, and problem.OutOfOrder.
type Requests interface {
	Forgot(ctx context.Context, person string) (Asked, error)
}

// Teams clocks several people in or out with the Universal PIN.
//
// OpenTeam refuses with problem.Unauthenticated on a wrong PIN, problem.Limited
// (detail wait_ms int64) while the limit of the whole kiosk holds, and
// problem.Conflict where there is no Universal PIN. PunchTeam refuses as Punch
// does, with problem.Conflict only where nobody at all could be recorded.
type Teams interface {
	OpenTeam(ctx context.Context, p pin.PIN) (Team, error)
	PunchTeam(ctx context.Context, r TeamPunch) (TeamReceipt, error)
}

// Service is all that the socket asks of a kiosk.
type Service interface {
	Terminal
	Requests
	Teams
	Desk
	Afterwards
	Newcomers
	Caretaker
	Mechanic
	Archivist
}

// Watcher tells the stream of state. Watch sends the present state at once and
// then after each change, until ctx ends; a slow receiver sees the newest state,
// not each one.
type Watcher interface {
	Watch(ctx context.Context) <-chan State
}

// Enroller makes this machine a kiosk of an organisation. Each step is reported;
// the error's problem code is Used, Expired, NotFound (unknown code), Untrusted
// (wrong CA), Unavailable (no network) or Limited.
type Enroller interface {
	Enrol(ctx context.Context, r EnrolRequest, step func(EnrolStep)) error
}

// SessionMax bounds a session's life.
const SessionMax = 3 * time.Minute

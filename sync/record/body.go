package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
)

// Version is the body format this package writes.
const Version = 1

// Type says what a record tells. The set is open: who reads a type it does not
// know stores and acknowledges it all the same.
type Type string

// The types written today.
const (
	Opened        Type = "opened"         // record 1 of every journal: why it began, and what came before
	Punched       Type = "punch"          // a person's action
	Boot          Type = "boot"           // the daemon started, on a boot it had not seen
	Lock          Type = "lock"           // a guess limit was reached
	RosterApplied Type = "roster_applied" // a roster version came into force
	Forgot        Type = "forgot_pin"     // a person asks for a new PIN
	Void          Type = "void"           // a person took back a punch of this journal, within the minute
	Request       Type = "request"        // a person asks for a punch that is missing
	Unlisted      Type = "unlisted"       // somebody who is not listed here wants to be clocked in or out
	BadgeUnknown  Type = "badge_unknown"  // a card that belongs to nobody was held to the reader
	MessageRead   Type = "message_read"   // a person has seen a message from central
	Clock         Type = "clock"          // something vouches for the time: an anchor, or the stamp itself
	CommandDone   Type = "command_done"   // what became of a command of central
)

// Body is everything a record says. Fields that do not belong to its type are
// left out; fields a reader does not know are ignored.
type Body struct {
	V     int              `json:"v"`
	Type  Type             `json:"type"`
	Stamp attendance.Stamp `json:"stamp"`

	// punch, lock, forgot_pin, void, request, message_read
	Person  string            `json:"person,omitempty"`
	Action  attendance.Action `json:"action,omitempty"`
	Auth    attendance.Auth   `json:"auth,omitempty"`
	Project string            `json:"project,omitempty"`
	Note    string            `json:"note,omitempty"`

	// opened
	Reason      string    `json:"reason,omitempty"` // enrolled, corrupt, reopen
	PrevJournal JournalID `json:"prev_journal,omitzero"`
	PrevSeq     uint64    `json:"prev_seq,omitempty"`
	PrevHash    Hash      `json:"prev_hash,omitzero"`

	// lock
	Limit    string `json:"limit,omitempty"`    // person, universal, kiosk
	Failures int    `json:"failures,omitempty"` // the counter's value

	// lock of a person, forgot_pin: the versions in force at the kiosk then
	PINVersion    uint64 `json:"pin_version,omitempty"`
	UnlockVersion uint64 `json:"unlock_version,omitempty"`

	// void: the record it takes back, in this journal
	Seq uint64 `json:"seq,omitempty"`

	// request: when the missing punch was, by the person's own word, unix
	// nanoseconds. Action and Project say what it was, Note why it is missing.
	Claim int64 `json:"claim,omitempty"`

	// unlisted: the name as they typed it. Action and Note as of a punch.
	Name string `json:"name,omitempty"`

	// badge_unknown: the card in canonical form, and the short code that the screen
	// showed for it.
	Badge string `json:"badge,omitempty"`
	Code  string `json:"code,omitempty"`

	// message_read
	Message string `json:"message,omitempty"`

	// roster_applied
	Roster uint64 `json:"roster,omitempty"`
	Gen    uint64 `json:"gen,omitempty"`

	// clock: what a central said; nil where the stamp's own clock is the evidence
	Anchor *Anchor `json:"anchor,omitempty"`

	// command_done; Gen is the command's. Note says in words how it went.
	Command uint64 `json:"command,omitempty"` // its number
	OK      bool   `json:"ok,omitempty"`
}

// Anchor ties an instant of the stamp's boot to UTC, as clocktrust.Anchor has it: At
// is clocktrust.Elapsed of the instant, everything in nanoseconds.
type Anchor struct {
	At     int64  `json:"at"`
	UTC    int64  `json:"utc"` // since 1970
	Err    int64  `json:"err"`
	Source string `json:"source"`
}

// Encode gives the bytes that are hashed, stored and sent: compact JSON in
// field order without HTML escaping, so that a name with < or & is what it is.
func Encode(b Body) ([]byte, error) {
	b.V = Version
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(b); err != nil {
		return nil, fmt.Errorf("encode record body: %w", err)
	}
	out := bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
	if len(out) > MaxBody {
		return nil, problem.New(problem.Invalid, "This is too long to be recorded.", "Shorten the note.")
	}
	return out, nil
}

// Decode reads a body. A body of a later version is read as far as it is known.
// It fails with problem.Invalid on what is no body at all.
func Decode(body []byte) (Body, error) {
	var b Body
	if len(body) > MaxBody || !utf8.Valid(body) {
		return b, problem.New(problem.Invalid, "This is not a record.", "")
	}
	if err := json.Unmarshal(body, &b); err != nil {
		return b, problem.New(problem.Invalid, "This is not a record.", "").Because(err)
	}
	if b.V < 1 || b.Type == "" {
		return b, problem.New(problem.Invalid, "This record has no version or type.", "")
	}
	return b, nil
}

// Punch gives the punch a body tells of, by the stamp's wall clock. ok is false
// for other types and for actions this version does not know.
func (b Body) Punch(kiosk string) (u attendance.Punch, ok bool) {
	if b.Type != Punched || !b.Action.Valid() || b.Person == "" {
		return u, false
	}
	return attendance.Punch{
		Person: b.Person, Kiosk: kiosk, Action: b.Action, At: b.Stamp.Time(),
		Project: b.Project, Note: b.Note, Auth: b.Auth,
	}, true
}

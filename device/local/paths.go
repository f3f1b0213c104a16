package local

import (
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/internal/problem"
)

// The calls of the socket.
const (
	pathState    = "/v1/state"            // GET: State
	pathEvents   = "/v1/events"           // GET: one State per line, for ever
	pathPeople   = "/v1/people"           // POST PeopleQuery: PeoplePage
	pathIdentify = "/v1/identify"         // POST wireAttempt: Session
	pathPunch    = "/v1/punch"            // POST PunchRequest: Receipt
	pathEnd      = "/v1/end"              // POST wireEnd: {}
	pathForgot   = "/v1/forgot"           // POST wirePerson: Asked
	pathTeam     = "/v1/team"             // POST wireAttempt without a person: Team
	pathTeamDone = "/v1/team/punch"       // POST TeamPunch: TeamReceipt
	pathHours    = "/v1/hours"            // POST wireEnd: Hours
	pathMissed   = "/v1/missed"           // POST Missed: Asked
	pathUnsolved = "/v1/unresolved"       // POST wireEnd: Session
	pathUndo     = "/v1/undo"             // POST wireTicket: Undone
	pathRead     = "/v1/read"             // POST wireTicket with a message: {}
	pathUnlisted = "/v1/unlisted"         // POST Newcomer: Receipt
	pathKeepers  = "/v1/care/people"      // GET: []PersonCard
	pathCare     = "/v1/care"             // POST wireAttempt: Condition
	pathFacts    = "/v1/care/facts"       // GET: Condition without a session
	pathHealth   = "/v1/care/condition"   // POST wireEnd: Condition
	pathRollCall = "/v1/care/roll-call"   // POST wireEnd: RollCall
	pathSync     = "/v1/care/sync"        // POST wireEnd: {}
	pathRestart  = "/v1/care/restart"     // POST wireEnd: {}
	pathReader   = "/v1/care/reader"      // POST wireEnd: Reader
	pathDiagnose = "/v1/care/diagnose"    // POST wireEnd: {}
	pathArchive  = "/v1/care/diagnostics" // POST wireArchive: wireArchive
	pathNetworks = "/v1/networks"         // POST wireEnd: []Network
	pathJoin     = "/v1/networks/join"    // POST Join: Joined
	pathEnrol    = "/v1/enrol"            // POST EnrolRequest: one wireProgress per line
)

// maxBody is the most bytes a request has.
const maxBody = 16 << 10

const (
	typeJSON    = "application/json"
	typeLines   = "application/x-ndjson"
	typeProblem = "application/problem+json"
)

// wireAttempt carries the PIN as digits over the socket: the one place outside
// the hash where it has to. It is never logged; its String says so.
type wireAttempt struct {
	Person string `json:"person"`
	PIN    string `json:"pin"`
}

// String redacts.
func (wireAttempt) String() string { return "[attempt]" }

// attempt checks the digits. No digits is an attempt without a PIN.
func (w wireAttempt) attempt() (Attempt, error) {
	a := Attempt{Person: w.Person}
	if w.PIN == "" {
		return a, nil
	}
	p, err := pin.Parse(w.PIN)
	if err != nil {
		return a, err
	}
	a.PIN = p
	return a, nil
}

type wireEnd struct {
	Session string `json:"session"`
}

// wireArchive asks for the archive of diagnostics, and carries it.
type wireArchive struct {
	Send bool   `json:"send,omitempty"`
	Body []byte `json:"body,omitempty"`
}

type wirePerson struct {
	Person string `json:"person"`
}

type wireTicket struct {
	Ticket  string `json:"ticket"`
	Message string `json:"message,omitempty"`
}

// wireProgress is one line of an enrolment: a step, or how it ended.
type wireProgress struct {
	Step  *EnrolStep       `json:"step,omitempty"`
	Done  bool             `json:"done,omitempty"`
	Error *problem.Details `json:"error,omitempty"`
}

package client

import (
	"time"

	"github.com/timepost/timepost/attendance"
)

// NewPerson is the body of POST /people.
type NewPerson struct {
	Name    string          `json:"name"`
	StaffNo string          `json:"staff_no,omitempty"`
	Team    string          `json:"team,omitempty"`
	Role    attendance.Role `json:"role,omitempty"` // empty: regular
	Lang    string          `json:"lang,omitempty"`
}

// Person is one person as the API shows them. PIN is given once, by the call
// that made it.
type Person struct {
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	StaffNo   string          `json:"staff_no,omitempty"`
	Team      string          `json:"team,omitempty"`
	Role      attendance.Role `json:"role"`
	Lang      string          `json:"lang,omitempty"`
	Active    bool            `json:"active"`
	PINStatus string          `json:"pin_status,omitempty"` // ready, or hashing while kiosks do not have it yet
	PIN       string          `json:"pin,omitempty"`
}

// PersonEdit is the body of PATCH /people/{id}; nil leaves a field as it is.
type PersonEdit struct {
	Name    *string          `json:"name,omitempty"`
	StaffNo *string          `json:"staff_no,omitempty"`
	Team    *string          `json:"team,omitempty"`
	Role    *attendance.Role `json:"role,omitempty"`
	Lang    *string          `json:"lang,omitempty"`
}

// ChangedPerson is a person after a change. NewPINs are those that the change
// made or the PIN rules forced; each is shown this once.
type ChangedPerson struct {
	Person
	NewPINs []NewPIN `json:"new_pins,omitempty"`
}

// SetPIN is the body of POST /people/{id}/pin; without a PIN one is generated.
type SetPIN struct {
	PIN string `json:"pin,omitempty"`
}

// People is one page of people.
type People struct {
	People []Person `json:"people"`
	Total  int      `json:"total"`
}

// RowError says what is wrong with one field of one row of an import. Row 1 is
// the header; 0 is the file as a whole.
type RowError struct {
	Row     int    `json:"row"`
	Field   string `json:"field,omitempty"`
	Message string `json:"message"`
}

// Imported is the answer to an import: either everybody, or every error.
type Imported struct {
	Created int        `json:"created"`
	DryRun  bool       `json:"dry_run,omitempty"`
	People  []Person   `json:"people,omitempty"`
	Errors  []RowError `json:"errors,omitempty"`
}

// Hashing is how far the background work on PINs is.
type Hashing struct {
	Pending int `json:"pending"`
	Total   int `json:"total"`
}

// NewKiosk is the body of POST /kiosks.
type NewKiosk struct {
	Name        string `json:"name"`
	Zone        string `json:"zone,omitempty"`         // IANA; empty: the organisation's
	RequiresPIN *bool  `json:"requires_pin,omitempty"` // nil: true
	Lang        string `json:"lang,omitempty"`         // of its screen, such as de; empty: the screen's own
	// UniversalReason: a punch with the Universal PIN needs a note saying why.
	UniversalReason bool `json:"universal_reason,omitempty"`
}

// Kiosk is one kiosk as the API shows it. UniversalPIN is given once, by the
// call that made it.
type Kiosk struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Zone        string    `json:"zone"`
	RequiresPIN bool      `json:"requires_pin"`
	Status      string    `json:"status"` // new, enrolled, revoked
	People      int       `json:"people"` // assigned
	LastSeen    time.Time `json:"last_seen,omitzero"`
	Queue       int       `json:"queue"` // records not yet sent, when last seen
	Software    string    `json:"software,omitempty"`
	Schedule    string    `json:"schedule,omitempty"` // cron; empty: every minute
	Mode        string    `json:"mode"`               // live or scheduled
	Lang        string    `json:"lang,omitempty"`     // empty: the screen's own
	// UniversalReason: as of NewKiosk.
	UniversalReason bool   `json:"universal_reason"`
	Theme           string `json:"theme,omitempty"` // of KioskEdit, as all below
	Text            string `json:"text,omitempty"`
	HideRoster      bool   `json:"hide_roster"`
	HideStatus      bool   `json:"hide_status"`
	NotListed       bool   `json:"not_listed"`
	TeamFilter      bool   `json:"team_filter"`
	BadgeFirst      bool   `json:"badge_first"`
	Badges          string `json:"badges,omitempty"`
	Double          int    `json:"double"`
	UniversalPIN    string `json:"universal_pin,omitempty"`
	// Problems is what is wrong with it now, the worst first.
	Problems []KioskProblem `json:"problems,omitempty"`
}

// KioskEdit is the body of PATCH /kiosks/{id}; what is nil stays as it is.
type KioskEdit struct {
	Name        *string `json:"name,omitempty"`
	Zone        *string `json:"zone,omitempty"` // IANA
	RequiresPIN *bool   `json:"requires_pin,omitempty"`
	Schedule    *string `json:"schedule,omitempty"` // cron; empty: every minute
	Mode        *string `json:"mode,omitempty"`     // live or scheduled
	Lang        *string `json:"lang,omitempty"`     // empty: the screen's own
	// UniversalReason: as of NewKiosk.
	UniversalReason *bool   `json:"universal_reason,omitempty"`
	Theme           *string `json:"theme,omitempty"` // light, dark or contrast; empty: the organisation's
	Text            *string `json:"text,omitempty"`  // normal or large; empty: the organisation's

	HideRoster *bool   `json:"hide_roster,omitempty"` // no names: search, or the staff number
	HideStatus *bool   `json:"hide_status,omitempty"` // nobody sees whether others are in
	NotListed  *bool   `json:"not_listed,omitempty"`  // offers "I'm not listed"
	TeamFilter *bool   `json:"team_filter,omitempty"` // names by team
	BadgeFirst *bool   `json:"badge_first,omitempty"` // asks for the card first
	Badges     *string `json:"badges,omitempty"`      // badge, badge_pin; empty: cards are not used
	Double     *int    `json:"double,omitempty"`      // seconds within which a second punch asks back; 0: 60; -1: never
}

// SetUniversal is the body of POST /kiosks/{id}/universal-pin. An empty PIN asks
// for a generated one.
type SetUniversal struct {
	PIN string `json:"pin,omitempty"`
}

// Kiosks is the answer to GET /kiosks.
type Kiosks struct {
	Kiosks []Kiosk `json:"kiosks"`
}

// Assignments says who is listed at a kiosk.
type Assignments struct {
	Everyone bool     `json:"everyone,omitempty"`
	Teams    []string `json:"teams,omitempty"`
	People   []string `json:"people,omitempty"` // ids
}

// Assigned is the answer to PUT assignments. NewPINs are those that the PIN
// rules forced; each is shown this once.
type Assigned struct {
	Assignments
	NewPINs []NewPIN `json:"new_pins,omitempty"`
}

// NewPIN is a PIN that somebody got because of another change.
type NewPIN struct {
	Kind    string `json:"kind"`    // personal or universal
	Subject string `json:"subject"` // a person's or kiosk's id
	PIN     string `json:"pin"`
}

// Code is a fresh enrolment code.
type Code struct {
	Code    string    `json:"code"` // 5-5 Crockford characters
	URL     string    `json:"url"`  // timepost://host:port/CODE?ca=SHA256; pins the CA
	Expires time.Time `json:"expires_at"`
}

// Punch is one punch as the API shows it. ID grows in order of arrival.
type Punch struct {
	ID         int64             `json:"id"`
	Person     string            `json:"person"`
	PersonName string            `json:"person_name"`
	StaffNo    string            `json:"staff_no,omitempty"`
	Kiosk      string            `json:"kiosk"`
	KioskName  string            `json:"kiosk_name"`
	Journal    string            `json:"journal"` // hex
	Seq        uint64            `json:"seq"`
	Action     attendance.Action `json:"action"`
	At         time.Time         `json:"at"`    // UTC
	Local      string            `json:"local"` // RFC 3339 in the kiosk's zone
	Zone       string            `json:"zone"`
	Auth       attendance.Auth   `json:"auth"`
	Project    string            `json:"project,omitempty"` // its id
	Note       string            `json:"note,omitempty"`

	ProjectName string `json:"project_name,omitempty"`

	// What was put right. A stream has none of it; where Status is PunchRecorded, the
	// rest is empty. Above is then what the kiosk recorded, or what was first said of
	// an added punch, whose ID is below zero.
	Status           string            `json:"status,omitempty"`
	Change           int64             `json:"change,omitempty"` // numbers the last correction
	CorrectedAction  attendance.Action `json:"corrected_action,omitempty"`
	CorrectedAt      time.Time         `json:"corrected_at,omitzero"`
	CorrectedLocal   string            `json:"corrected_local,omitempty"`
	CorrectedProject string            `json:"corrected_project,omitempty"`
	CorrectedNote    string            `json:"corrected_note,omitempty"`
	CorrectedBy      string            `json:"corrected_by,omitempty"`
	CorrectedOn      time.Time         `json:"corrected_on,omitzero"`
	Reason           string            `json:"reason,omitempty"`
}

// Punches is one page of punches, in order of arrival. Next is the value of
// After for the following page, 0 at the end.
type Punches struct {
	Punches []Punch `json:"punches"`
	Next    int64   `json:"next,omitempty"`
}

// PunchFilter chooses punches. Zero fields choose everything.
type PunchFilter struct {
	Person string
	Kiosk  string
	From   time.Time // inclusive
	To     time.Time // exclusive
	After  int64     // punch id
	Limit  int       // 1 to 1000; 0: 200
	Added  bool      // those that somebody added instead; not with Follow
}

// Present is one row of GET /now.
type Present struct {
	Person string           `json:"person"`
	Name   string           `json:"name"`
	Team   string           `json:"team,omitempty"`
	State  attendance.State `json:"state"`
	Since  time.Time        `json:"since,omitzero"`
	Kiosk  string           `json:"kiosk,omitempty"`
}

// Now is the answer to GET /now.
type Now struct {
	People []Present `json:"people"`
}

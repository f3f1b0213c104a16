package attendance

import "time"

// Action is what a person tells the clock.
type Action string

// The actions. Switch changes the project of a running shift. Unresolved ends a
// shift whose end nobody knows: somebody forgot to clock out, and says so at
// their next touch. It is no button of its own, and it makes no hours.
const (
	In         Action = "in"
	Out        Action = "out"
	BreakStart Action = "break_start"
	BreakEnd   Action = "break_end"
	Switch     Action = "switch"
	Unresolved Action = "unresolved"
)

// Valid says whether a is one of the six actions.
func (a Action) Valid() bool {
	switch a {
	case In, Out, BreakStart, BreakEnd, Switch, Unresolved:
		return true
	}
	return false
}

// Auth says how the person was identified for a punch.
type Auth string

// The ways to be identified. None is a kiosk that requires no PIN; Badge is a
// card alone, BadgePIN a card and the PIN of the person it belongs to.
const (
	AuthPersonal  Auth = "personal"
	AuthUniversal Auth = "universal"
	AuthNone      Auth = "none"
	AuthBadge     Auth = "badge"
	AuthBadgePIN  Auth = "badge_pin"
)

// Punch is one accepted action of one person.
type Punch struct {
	Person  string    `json:"person"`
	Kiosk   string    `json:"kiosk"`
	Action  Action    `json:"action"`
	At      time.Time `json:"at"` // UTC
	Project string    `json:"project,omitempty"`
	Note    string    `json:"note,omitempty"`
	Auth    Auth      `json:"auth"`
}

// Stamp is the evidence for a punch's time: every clock of the machine, read
// in one bracket, and what the kernel says about their quality. It is not a
// claim about the true time; resolving it is another package's work.
type Stamp struct {
	Real     int64  `json:"real"`     // CLOCK_REALTIME, nanoseconds since 1970
	Boot     int64  `json:"boot"`     // CLOCK_BOOTTIME, nanoseconds since this boot, suspend counted
	Mono     int64  `json:"mono"`     // CLOCK_MONOTONIC, nanoseconds
	Raw      int64  `json:"raw"`      // CLOCK_MONOTONIC_RAW, nanoseconds, not slewed by NTP
	BootID   string `json:"boot_id"`  // the kernel's random id of this boot
	BootSeq  uint64 `json:"boot_seq"` // +1 for each new BootID this kiosk has seen
	Status   int32  `json:"status"`   // adjtimex status bits; STA_UNSYNC is 0x40
	Freq     int64  `json:"freq"`     // adjtimex freq, ppm scaled by 2^16
	MaxError int64  `json:"maxerror"` // adjtimex maxerror, microseconds
	Zone     string `json:"zone"`     // the kiosk's IANA zone
	TZData   string `json:"tzdata"`   // version of the zone rules in force
}

// StaUnsync is adjtimex's STA_UNSYNC: the system clock is not synchronised.
const StaUnsync = 0x40

// Time gives the stamp's wall clock in UTC.
func (s Stamp) Time() time.Time { return time.Unix(0, s.Real).UTC() }

// Synchronised says whether the kernel believed its clock.
func (s Stamp) Synchronised() bool { return s.Status&StaUnsync == 0 }

package local

import (
	"context"
	"time"
)

// CareIdle is how long after its last use Maintenance is closed.
const CareIdle = 3 * time.Minute

// Condition is how the kiosk is doing, for who looks after it.
type Condition struct {
	State
	Session   string   `json:"session"`          // of the caretaker; 3 min after its last use it is over
	Name      string   `json:"name"`             // of the caretaker
	Speaks    string   `json:"speaks,omitempty"` // the caretaker's language, BCP 47; empty: the kiosk's
	Server    string   `json:"server"`           // central's address
	Addresses []string `json:"addresses"`        // of this machine
	Fetched   int64    `json:"fetched_ms"`       // when the roster was last known to be up to date, unix ms; 0: never
	Oldest    int64    `json:"oldest_ms"`        // the oldest record that central has not acknowledged; 0: none
	Offset    int64    `json:"offset_ms"`        // this clock minus central's at the last contact
	KeyTier   string   `json:"key_tier"`         // where the seal key is kept
	Software  string   `json:"software"`         // version of kioskd
	Started   int64    `json:"started_ms"`
	DiskFree  int64    `json:"disk_free"` // bytes
	Cert      int64    `json:"cert_ms"`   // the certificate's end
	Readers   []Reader `json:"readers"`
	Refused   bool     `json:"refused,omitempty"`      // the broker does not let this kiosk in
	HandedIn  int      `json:"handed_in,omitempty"`    // records handed in past the broker since the start
	HandedAt  int64    `json:"handed_in_ms,omitempty"` // when last; 0: never
}

// Reader is a badge reader.
type Reader struct {
	ID       string `json:"id"`   // vendor:product
	Name     string `json:"name"` // as the device calls itself
	Attached bool   `json:"attached"`
}

// RollCall lists who is in or on a break, for a roll-call.
type RollCall struct {
	At     int64        `json:"at_ms"`
	People []PersonCard `json:"people"` // in name order
	Out    int          `json:"out"`    // listed and not here
}

// Caretaker is the maintenance of the kiosk, offline too. Caretakers gives who may
// open it: owners and admins, listed or not. Care opens a session for one of them
// who types their personal PIN; whoever else tries is refused as Identify refuses a
// wrong PIN, and charged the same. The others fail with problem.Expired when the
// session is over; Facts needs none, and names nobody. Terminal's End closes a
// caretaker's session, too.
type Caretaker interface {
	Caretakers(ctx context.Context) ([]PersonCard, error)
	Care(ctx context.Context, a Attempt) (Condition, error)
	Condition(ctx context.Context, session string) (Condition, error)
	RollCall(ctx context.Context, session string) (RollCall, error)
	Facts(ctx context.Context) (Condition, error)
}

// Mechanic does what a caretaker asks for. SyncNow talks to central at once and
// says how that ended, within half a minute; it fails with problem.Unavailable
// where central does not answer. Restart ends kioskd; its keeper starts it again.
// LearnReader waits at most 30 s for a card at a device that is no reader yet; it
// fails with problem.Expired where none came, and with problem.NotFound where
// there is no such device. Diagnose hands in at central how this kiosk does, without
// anything about a person, within half a minute; it fails with problem.Unavailable
// where central does not answer.
type Mechanic interface {
	SyncNow(ctx context.Context, session string) error
	Restart(ctx context.Context, session string) error
	LearnReader(ctx context.Context, session string) (Reader, error)
	Diagnose(ctx context.Context, session string) error
}

// Archivist makes the archive of diagnostics, without anything about a person, for
// whoever may use the socket; with send it is handed in at central, too.
type Archivist interface {
	Diagnostics(ctx context.Context, send bool) ([]byte, error)
}

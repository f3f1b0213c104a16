package wire

import (
	"encoding/json"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/sync/record"
)

// The message types. Up: records, hello, pull. Down: ack, welcome, page,
// refetch, presence, summary, commands (commands.go), unsupported.
const (
	TypeRecords     Type = "records"      // up/records: Records
	TypeHello       Type = "hello"        // up/req: Hello
	TypePull        Type = "pull"         // up/req: Pull
	TypeAck         Type = "ack"          // down/ack: Ack
	TypeWelcome     Type = "welcome"      // down/res: Welcome, the answer to hello
	TypePage        Type = "page"         // down/res and down/push: Page
	TypeRefetch     Type = "must_refetch" // down/res: Refetch, before the chunks of a snapshot
	TypePresence    Type = "presence"     // down/push: PresencePage
	TypeSummary     Type = "summary"      // down/push: SummaryPage
	TypeUnsupported Type = "unsupported"  // down/res: Unsupported
)

// Versions are the protocol versions a side speaks; today [1].
type Versions []int

// Entry is one record on its way up.
type Entry struct {
	Body []byte      `json:"b"`
	Hash record.Hash `json:"h"`
	Sig  []byte      `json:"s"`
}

// MaxBatch is the most records one message carries, Window the most batches
// that are unacknowledged at once.
const (
	MaxBatch = 100
	Window   = 2
)

// Records is a batch: consecutive records of one journal from seq From on.
type Records struct {
	Journal record.JournalID `json:"journal"`
	From    uint64           `json:"from"`
	Entries []Entry          `json:"entries"`
}

// Ack says what central has committed. The kiosk releases records up to Through
// only if Hash is its own hash there. Credits is how many records central is
// ready to take; 0 means wait, and is an answer. Reopen tells the kiosk to
// begin a new journal: this one has forked or gone back.
type Ack struct {
	Gen     uint64           `json:"gen"`
	Journal record.JournalID `json:"journal"`
	Through uint64           `json:"through"`
	Hash    record.Hash      `json:"hash"`
	Credits int              `json:"credits"`
	Reopen  bool             `json:"reopen,omitempty"`
}

// Hello opens a round. Heard is by what central notices that a copy of the kiosk
// runs elsewhere. Oldest is the first seq the kiosk still holds. AckedHash is the
// kiosk's own hash at Acked, from which central sees whether the kiosk still holds
// what it has sent; older kiosks leave it out. Cert and
// the two public keys are sent when central does not know the kiosk.
type Hello struct {
	Versions  Versions         `json:"versions"`
	Software  string           `json:"software"`
	Journal   record.JournalID `json:"journal"`
	Head      uint64           `json:"head"`
	HeadHash  record.Hash      `json:"head_hash"`
	Oldest    uint64           `json:"oldest"`
	Acked     uint64           `json:"acked"` // highest seq the kiosk has released
	AckedHash record.Hash      `json:"acked_hash,omitzero"`
	Gen       uint64           `json:"gen"` // generation and roster version in force
	Roster    uint64           `json:"roster"`
	Keyset    uint64           `json:"keyset"`
	Queue     int              `json:"queue"`            // unacknowledged records
	Real      int64            `json:"real"`             // CLOCK_REALTIME, unix nanoseconds
	Command   CommandMark      `json:"command,omitzero"` // the last command that was begun
	Heard     string           `json:"heard,omitempty"`  // id of the last welcome since the program's start
}

// Welcome answers hello. The ack for the kiosk's journal is in it, so a lost
// ack heals with the next round.
type Welcome struct {
	Versions  Versions  `json:"versions"`
	Gen       uint64    `json:"gen"`
	Ack       Ack       `json:"ack"`
	Roster    uint64    `json:"roster"`             // the newest version; differs from the kiosk's: pull
	Keyset    *Keyset   `json:"keyset,omitempty"`   // only when newer than the kiosk's
	FleetSize int       `json:"fleet_size"`         // spreads reconnects
	Real      int64     `json:"real"`               // central's clock, unix nanoseconds
	Clock     *Clock    `json:"clock,omitempty"`    // only where central's clock can be believed
	Commands  []Command `json:"commands,omitempty"` // as in the message of that name
	Brokers   []string  `json:"brokers,omitempty"`  // tls://host:port that central is at, the preferred one first
}

// Pull asks for the roster from a version on. Hash is the roster hash the kiosk
// has there: a mismatch is answered with a snapshot.
type Pull struct {
	Gen     uint64 `json:"gen"`
	Version uint64 `json:"version"`
	Hash    string `json:"hash,omitempty"`
}

// Row is one put or delete of the roster. Put is nil for a delete.
type Row struct {
	Kind string          `json:"kind"` // one of the kinds below
	ID   string          `json:"id"`
	Put  json.RawMessage `json:"put,omitempty"`
}

// The kinds of Row; each one's Put is the type of the same name in roster.go.
const (
	KindPerson    = "person"
	KindUniversal = "universal"
	KindProject   = "project"
	KindSettings  = "settings"
	KindMessage   = "message"
	KindLogo      = "logo"
)

// Page carries the rows that lead from roster version From to To. A delta
// applies only if From is the kiosk's version; one that does not fit a message
// is split into Parts, all with the same From and To, applied together in one
// transaction. From 0 is a snapshot: it replaces everything.
type Page struct {
	Gen   uint64 `json:"gen"`
	From  uint64 `json:"from"`
	To    uint64 `json:"to"`
	Part  int    `json:"part"`  // 0-based
	Parts int    `json:"parts"` // at least 1
	Rows  []Row  `json:"rows"`
}

// Refetch says that the kiosk's version can't be continued and a snapshot of
// this version follows.
type Refetch struct {
	Gen     uint64 `json:"gen"`
	Version uint64 `json:"version"`
}

// PresenceRow tells where a person stands by punches made at other kiosks.
type PresenceRow struct {
	Person  string `json:"person"`
	State   string `json:"state"`
	Since   int64  `json:"since"` // unix nanoseconds
	Project string `json:"project,omitempty"`
	Kiosk   string `json:"kiosk,omitempty"`
}

// PresencePage carries presence. AsOf says up to which record of the receiving
// kiosk's own journal central had counted.
type PresencePage struct {
	Gen     uint64           `json:"gen"`
	Journal record.JournalID `json:"journal"`
	AsOf    uint64           `json:"as_of"`
	Rows    []PresenceRow    `json:"rows"`
}

// SummaryPunch is a punch as central has it now, corrections included.
type SummaryPunch struct {
	At      int64             `json:"at"` // unix nanoseconds
	Action  attendance.Action `json:"action"`
	Project string            `json:"project,omitempty"` // its name
	Kiosk   string            `json:"kiosk,omitempty"`   // the kiosk's name
	Fixed   bool              `json:"fixed,omitempty"`   // added or changed by hand
}

// SummaryRow is a person's own punches of late: all since From, at most
// MaxSummary, in order.
type SummaryRow struct {
	Person  string         `json:"person"`
	From    int64          `json:"from"` // unix nanoseconds
	Punches []SummaryPunch `json:"punches"`
}

// MaxSummary is the most punches a summary has.
const MaxSummary = 60

// SummaryPage carries summaries, as PresencePage carries presence: what the
// receiving kiosk has recorded after AsOf comes on top.
type SummaryPage struct {
	Gen     uint64           `json:"gen"`
	Journal record.JournalID `json:"journal"`
	AsOf    uint64           `json:"as_of"`
	Rows    []SummaryRow     `json:"rows"`
}

// Unsupported answers a message type or version that the other side does not know.
type Unsupported struct {
	Type     Type     `json:"type"`
	Versions Versions `json:"versions"`
}

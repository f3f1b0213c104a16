package device

import (
	"context"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// Journal is what the Terminal needs of the journal. Update commits all or
// nothing and returns nil only when it is on disk; problem.OutOfOrder means that
// the disk did not take it. Follow ticks after each change until ctx ends.
type Journal interface {
	Update(ctx context.Context, f func(tx *devicedb.JournalTx) error) error
	Head(ctx context.Context) (devicedb.Head, error)
	Punches(ctx context.Context, person string, fromReal int64) ([]devicedb.Punch, error)
	PunchesAfter(ctx context.Context, person string, journal record.JournalID, seq uint64) ([]devicedb.Punch, error)
	Follow(ctx context.Context) <-chan struct{}
	Memory
}

// Memory is what else the journal knows of a person: punches that were counted up
// to a record and taken back after it, and the messages they have read.
type Memory interface {
	Voided(ctx context.Context, person string, journal record.JournalID, seq uint64) ([]devicedb.Punch, error)
	Seen(ctx context.Context, person string) (map[string]bool, error)
}

// Roster is what central decided: each lookup fails with problem.NotFound where
// there is no such row.
type Roster interface {
	Settings(ctx context.Context) (wire.SettingsRow, error)
	Person(ctx context.Context, id string) (wire.PersonRow, error)
	Universal(ctx context.Context, kiosk string) (wire.UniversalRow, error)
	Project(ctx context.Context, id string) (wire.ProjectRow, error)
	Presence(ctx context.Context, person string) (devicedb.Remote, bool, error)
	News
}

// News is what else central sends: all projects by name, all messages with the
// newest first, the logo, what people have recorded lately, and whether anybody has
// ever punched at another kiosk.
type News interface {
	Projects() []wire.ProjectRow
	Messages() []wire.MessageRow
	Logo() []byte
	Summary(ctx context.Context, person string) (devicedb.Summary, bool, error)
	Elsewhere() bool
}

// Directory is the roster as lists: the people who are listed here in name
// order, every PIN length in use, and the version all of it has. People fails with
// problem.Invalid where a search has to say more.
type Directory interface {
	People(ctx context.Context, q devicedb.Search) (devicedb.Found, error)
	Crowd
	PINLengths() []int
	Version(ctx context.Context) (gen, version uint64, err error)
	Follow(ctx context.Context) <-chan struct{}
}

// Crowd is the listed people as a whole: how many, and their teams in order; and
// who may look after the kiosk, owners and admins in name order, listed or not.
type Crowd interface {
	Count() int
	Teams() []string
	Caretakers() []devicedb.Listed
}

// Upkeep is the machine as its caretaker sees it. SyncNow asks for a round with
// central at once and waits for how it ends, at most half a minute; it fails with
// problem.Unavailable where central does not answer. Restart ends the daemon soon,
// after the answer. LearnReader waits for a card at a device that is no reader yet.
// Diagnostics gives the archive of local.Archivist, handed in with send.
type Upkeep interface {
	Facts(ctx context.Context) (Facts, error)
	SyncNow(ctx context.Context) error
	Restart()
	LearnReader(ctx context.Context) (local.Reader, error)
	Diagnostics(ctx context.Context, send bool) ([]byte, error)
}

// Facts is what the machine tells of itself. Times are unix milliseconds.
type Facts struct {
	Server    string   // central's address
	Addresses []string // of this machine
	Current   int64    // when the roster was last known to be up to date; 0: not since the start
	Oldest    int64    // when the oldest record was made that central has not acknowledged; 0: none
	Offset    int64    // this clock minus central's at the last contact, ms
	KeyTier   string
	Software  string
	Started   int64
	DiskFree  int64 // bytes
	Cert      int64
	Readers   []local.Reader
	Refused   bool  // the broker does not let this kiosk in
	HandedIn  int   // records handed in past the broker since the start
	HandedAt  int64 // when last; 0: never
}

// Clocks reads every clock of the machine; zone goes into the stamp.
type Clocks func(zone string) attendance.Stamp

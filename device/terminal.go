package device

import (
	"context"
	"crypto/ecdh"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/wire"
)

// Config is everything a Terminal stands on.
type Config struct {
	Org       string // ids, as the seals are bound to them
	Kiosk     string
	Settings  wire.SettingsRow // as enrolment gave them: in force until the first roster
	Seal      *ecdh.PrivateKey // opens the PIN hashes
	SealKeyID pin.SealKeyID
	Journal   Journal
	Roster    Roster
	Directory Directory
	Badges    Badges // nil: no card belongs to anybody
	Upkeep    Upkeep // nil: Maintenance can only look
	Clocks    Clocks
	Random    io.Reader // session ids and the key of the memory of wrong PINs
	Dummy     []byte    // a bcrypt hash that nothing matches, of the cost in use
	Match     Match     // nil: pin.Matches
	ClockGood ClockGood // nil: Stamp.Synchronised
	Logger    *slog.Logger
}

// ClockGood says whether the wall clock of a stamp can be shown without a doubt.
type ClockGood func(s attendance.Stamp) bool

// Match says whether hash is the hash of this PIN; pin.Matches is one.
type Match func(hash []byte, kind pin.Kind, subject string, p pin.PIN) (bool, error)

// Terminal is one kiosk at work. It is a local.Service and a local.Watcher.
// Run keeps its house: it must run for sessions to be swept, for central to be
// told of limits and rosters, and for watchers to be told of changes.
type Terminal struct {
	c   Config
	log *slog.Logger

	punching sync.Mutex // one punch at a time: the check and the commit belong together
	badging  sync.Mutex // one card at a time; taken before punching

	mu       sync.Mutex // guards what follows
	sessions map[string]*session
	tickets  map[string]*ticket
	wrongs   *wrongs
	care     careSession
	badge    badgeDesk
	fault    problem.Code
	retired  bool // see Retire
	link     linkState
	stored   storedNote
	zone     *time.Location
	housed   time.Duration // CLOCK_BOOTTIME of the last saving of the uptime
	toTell   bool          // a guess failed since: a limit of the kiosk may have been reached
	noted    rosterNote    // recorded as applied
	changed  chan struct{}
	watchers map[chan local.State]struct{}
}

// storedNote is when central last said what it has of the journal: by the wall clock, to
// know it again, and by time that passes.
type storedNote struct {
	said time.Time
	at   instant
}

type linkState struct {
	connected bool
	last      time.Time
	heard     instant // when central was last known to be there
}

// deaf says whether nothing has been heard for long, by time that has passed.
func (l linkState) deaf(now instant) bool {
	return !l.connected && (l.heard.bootID != now.bootID || now.boot-l.heard.boot > deafAfter)
}

// NewTerminal gives a Terminal over c.
func NewTerminal(c Config) (*Terminal, error) {
	if c.Match == nil {
		c.Match = pin.Matches
	}
	if c.ClockGood == nil {
		c.ClockGood = attendance.Stamp.Synchronised
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	key := make([]byte, 32)
	if _, err := io.ReadFull(c.Random, key); err != nil {
		return nil, fmt.Errorf("draw key: %w", err)
	}
	return &Terminal{
		c: c, log: c.Logger, wrongs: newWrongs(key), sessions: map[string]*session{}, tickets: map[string]*ticket{},
		changed: make(chan struct{}, 1), watchers: map[chan local.State]struct{}{},
	}, nil
}

// SetLink tells the Terminal how the conversation with central stands: whether a
// signed answer came in on the present link, and when the last one did.
func (t *Terminal) SetLink(connected bool, last time.Time) {
	now := instantOf(t.c.Clocks(""))
	t.mu.Lock()
	heard := t.link.heard
	if connected || t.link.connected || last.After(t.link.last) {
		heard = now
	}
	t.link = linkState{connected, last, heard}
	t.mu.Unlock()
	t.poke()
}

// SetStored tells the Terminal when central last said how much of the journal it has; the
// zero time for never. Records are let go of by what it said, see devicedb.Retain.
func (t *Terminal) SetStored(said time.Time) {
	now := instantOf(t.c.Clocks(""))
	t.mu.Lock()
	defer t.mu.Unlock()
	if !said.IsZero() && !said.Equal(t.stored.said) {
		t.stored = storedNote{said, now}
	}
}

// State gives what the Idle screen needs. It does not fail for a disk that does:
// Fault then says so.
func (t *Terminal) State(ctx context.Context) (local.State, error) {
	s, err := t.settings(ctx)
	if err != nil {
		return local.State{}, err
	}
	head, err := t.c.Journal.Head(ctx)
	if err != nil {
		return local.State{}, err
	}
	_, version, err := t.c.Directory.Version(ctx)
	if err != nil {
		return local.State{}, err
	}
	universal, err := t.universal(ctx)
	if err != nil {
		return local.State{}, err
	}
	stamp := t.c.Clocks(s.Zone)
	t.mu.Lock()
	defer t.mu.Unlock()
	st := local.State{
		Enrolled: true, Org: s.OrgName, KioskID: t.c.Kiosk, KioskName: s.KioskName, Zone: s.Zone,
		Lang: s.Lang, RequiresPIN: s.RequiresPIN, PINLengths: t.c.Directory.PINLengths(),
		People: t.c.Directory.Count(), RosterVer: version,
		Connected: t.link.connected, Queue: head.Queue, Fault: string(t.fault),
		ClockOK: t.c.ClockGood(stamp),
		Look:    s.Look, Habits: s.Habits, Logo: t.c.Roster.Logo(), Badge: t.badge.shown(instantOf(stamp).boot),
	}
	if s.Habits.TeamFilter {
		st.Teams = t.c.Directory.Teams()
	}
	if universal != nil && s.RequiresPIN {
		st.UniversalLen = universal.PIN.Len
	}
	if !t.link.last.IsZero() {
		st.LastContact = t.link.last.UnixMilli()
	}
	return st, nil
}

// settings gives the settings in force.
func (t *Terminal) settings(ctx context.Context) (wire.SettingsRow, error) {
	s, err := t.c.Roster.Settings(ctx)
	if problem.Is(err, problem.NotFound) {
		return t.c.Settings, nil
	}
	return s, err
}

// location gives the kiosk's zone; UTC where this machine does not know it.
func (t *Terminal) location(name string) *time.Location {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.zone != nil && t.zone.String() == name {
		return t.zone
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.log.Warn("zone unknown", "zone", name, "err", err)
		loc = time.UTC
	}
	t.zone = loc
	return loc
}

// Retire ends what this Terminal records, for good: once it returns, no punch is written
// any more, and none is under way.
func (t *Terminal) Retire() {
	t.punching.Lock()
	defer t.punching.Unlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.retired = true
}

func (t *Terminal) isRetired() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.retired
}

// update is Journal.Update that keeps the Fault of the State.
func (t *Terminal) update(ctx context.Context, f func(tx *devicedb.JournalTx) error) error {
	if t.isRetired() {
		return problem.New(problem.Unavailable, "This time clock is being cleared.", "Use another one.")
	}
	err := t.c.Journal.Update(ctx, f)
	fault := problem.Code("")
	switch code := problem.CodeOf(err); code {
	case problem.OutOfOrder, problem.Damaged:
		fault = code
	}
	if err != nil && fault == "" {
		return err // refused by f, or given up: nothing is known of the disk
	}
	t.mu.Lock()
	was := t.fault
	t.fault = fault
	t.mu.Unlock()
	if was != fault {
		t.log.Log(ctx, level(fault), "disk state changed", "fault", string(fault), "err", err)
		t.poke()
	}
	return err
}

func level(fault problem.Code) slog.Level {
	if fault == "" {
		return slog.LevelInfo
	}
	return slog.LevelError
}

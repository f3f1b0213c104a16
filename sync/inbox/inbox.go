package inbox

import (
	"context"
	"crypto/ecdsa"
	"fmt"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// Cache is the kiosk's roster on disk.
//
// Version tells what is in force. Apply puts all parts of one page into force in
// one transaction; it fails with problem.Conflict when a delta does not start at
// the version in force and with problem.Untrusted when it is older.
// ApplyPresence and ApplySummary replace what is known of the people they name.
type Cache interface {
	Version(ctx context.Context) (gen, version uint64, err error)
	Apply(ctx context.Context, pages []wire.Page) error
	ApplyPresence(ctx context.Context, p wire.PresencePage) error
	ApplySummary(ctx context.Context, now time.Time, p wire.SummaryPage) error
}

// Config is what an Inbox stands on. Every field is needed.
type Config struct {
	Org, Kiosk string
	CA         *ecdsa.PublicKey // the pinned authority; it vouches for a keyset, and for its successor
	Keyset     wire.Keyset
	KeepKeyset func(ctx context.Context, k wire.Keyset) error // writes a newer one to disk
	Cache      Cache
}

// Kind says what a message was.
type Kind string

// The kinds of Event.
const (
	Dropped     Kind = "dropped"     // not believed, or of no use; Reason says why. It is no sign of life
	Ack         Kind = "ack"         // Event.Ack
	Welcome     Kind = "welcome"     // Event.Welcome
	Applied     Kind = "applied"     // a roster page is in force
	Current     Kind = "current"     // a roster page that brings nothing new
	Part        Kind = "part"        // a part of a page; more are missing
	Unfit       Kind = "unfit"       // a delta that does not start at our version: pull
	Refetch     Kind = "refetch"     // a snapshot follows
	Presence    Kind = "presence"    // presence has been taken over
	Summary     Kind = "summary"     // people's own hours have been taken over
	Back        Kind = "back"        // central is there again
	Commands    Kind = "commands"    // Event.Commands: all that wait
	Unsupported Kind = "unsupported" // central does not know Event.Type
	Unknown     Kind = "unknown"     // a signed message of a type this version does not know
)

// Event is what became of a message.
type Event struct {
	Kind     Kind
	Reason   Reason    // of Dropped
	Type     wire.Type // the message's, or the one that central does not know
	ID       string    // the message's own
	Re       string    // the message it answers, where it answers one
	Ack      wire.Ack
	Welcome  wire.Welcome
	Commands []wire.Command // of Commands
	Gen      uint64         // of Applied, Current, Refetch, Unfit
	Version  uint64
	Whole    bool // of Applied: everything was replaced
}

// Inbox is the receiving end of one kiosk.
type Inbox struct {
	cfg     Config
	keyset  wire.Keyset
	journal record.JournalID
	asOf    mark // of the newest presence
	summed  mark // of the newest summaries
	sets    sets
	seen    seen
	count   counters
}

// New gives an Inbox.
func New(cfg Config) *Inbox { return &Inbox{cfg: cfg, keyset: cfg.Keyset} }

// Keyset gives the version of the keyset in force.
func (in *Inbox) Keyset() uint64 { return in.keyset.Version }

// SetJournal names the kiosk's present journal: presence counted along another
// one is refused.
func (in *Inbox) SetJournal(id record.JournalID) { in.journal = id }

// Pull gives what to ask central for: everything from the version in force on.
func (in *Inbox) Pull(ctx context.Context) (wire.Pull, error) {
	gen, version, err := in.cfg.Cache.Version(ctx)
	if err != nil {
		return wire.Pull{}, fmt.Errorf("read roster version: %w", err)
	}
	return wire.Pull{Gen: gen, Version: version}, nil
}

// Take verifies one message and does what it says. A message that is not
// believed is an Event, not an error; an error is the cache's or the keyset's
// disk.
func (in *Inbox) Take(ctx context.Context, now time.Time, m wire.Message) (Event, error) {
	e, reason := in.open(m)
	if reason != "" {
		return in.drop(reason), nil
	}
	if in.seen.before(e.ID) {
		return in.drop(Repeated), nil
	}
	ev, err := in.act(ctx, now, e)
	if err != nil {
		return Event{Kind: Dropped, Reason: Failed, Type: e.Type}, err
	}
	if ev.Kind == Dropped {
		return in.drop(ev.Reason), nil
	}
	in.seen.add(e.ID)
	in.count.taken.Add(1)
	ev.ID, ev.Re = e.ID, e.Re
	if ev.Type == "" {
		ev.Type = e.Type
	}
	return ev, nil
}

// open decodes and verifies.
func (in *Inbox) open(m wire.Message) (wire.Envelope, Reason) {
	t, e, err := wire.Peek(m)
	switch {
	case err != nil:
		return e, Malformed
	case t.Org != in.cfg.Org || t.Kiosk != in.cfg.Kiosk:
		return e, Foreign
	case !placed(e.Type, t.Channel):
		return e, Misplaced
	}
	key, err := in.keyset.Public(e.Kid)
	if err != nil {
		key, err = in.vouched(e)
	}
	switch {
	case err != nil:
		return e, UnknownKey
	case !e.SignedBy(m.Topic, key):
		return e, Forged
	}
	return e, ""
}

// vouched looks for the signing key in the keyset that a welcome brings along: a
// server whose message key was replaced is believed because the authority
// vouches for the new one, and for nothing else.
func (in *Inbox) vouched(e wire.Envelope) ([]byte, error) {
	var w wire.Welcome
	if e.Type != wire.TypeWelcome || e.Decode(&w) != nil || w.Keyset == nil || w.Keyset.Version <= in.keyset.Version {
		return nil, problem.New(problem.Untrusted, "A message is signed by a key nobody vouched for.", "")
	}
	if _, err := in.keyset.Follow(in.cfg.CA, *w.Keyset, in.cfg.Org); err != nil {
		return nil, err
	}
	return w.Keyset.Public(e.Kid)
}

// placed says whether a type belongs on a channel. Types this version does not
// know may come on any down channel.
func placed(typ wire.Type, c wire.Channel) bool {
	switch typ {
	case wire.TypeAck:
		return c == wire.DownAck
	case wire.TypeWelcome, wire.TypeRefetch, wire.TypeUnsupported:
		return c == wire.DownRes
	case wire.TypePage:
		return c == wire.DownRes || c == wire.DownPush
	case wire.TypePresence, wire.TypeSummary, wire.TypeCommands, wire.TypeBack:
		return c == wire.DownPush
	case wire.TypeRecords, wire.TypeHello, wire.TypePull:
		return false
	}
	return c == wire.DownAck || c == wire.DownRes || c == wire.DownPush
}

func (in *Inbox) drop(r Reason) Event {
	in.count.drop(r)
	return Event{Kind: Dropped, Reason: r}
}

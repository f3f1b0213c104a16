package ingest

import (
	"context"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// Log is where records go.
//
// Cursor gives the zero Cursor for a journal nobody has seen. Append is one
// durable commit; it reports per batch whether it was stored, which fails when
// the cursor is not the one the batch was judged against. Divert keeps records
// that are not counted, and may be repeated. Gap moves a cursor over lost
// records under the same condition as Append.
type Log interface {
	Cursor(ctx context.Context, kiosk string, journal record.JournalID) (centraldb.Cursor, error)
	Hashes(ctx context.Context, kiosk string, journal record.JournalID, from, to uint64) (map[uint64]record.Hash, error)
	Append(ctx context.Context, batches []centraldb.Batch) ([]bool, error)
	Divert(ctx context.Context, kiosk string, journal record.JournalID, at time.Time, asides []centraldb.Aside) error
	Gap(ctx context.Context, g centraldb.Gap) (bool, error)
}

// Fleet knows the kiosks and this server's generation.
//
// KioskKey fails with problem.NotFound for a kiosk that is not enrolled and
// problem.Forbidden for a revoked one.
type Fleet interface {
	KioskKey(ctx context.Context, kiosk string) (ed25519.PublicKey, error)
	Seen(ctx context.Context, s centraldb.Seen) error
	FleetSize(ctx context.Context) (int, error)
	Generation(ctx context.Context) (uint64, error)
	RaiseGeneration(ctx context.Context, gen uint64) (uint64, error)
}

// Rosters answers for the rosters. Version gives a kiosk's newest roster
// version. Pages gives the signed answer to a pull, re being the pull's id.
type Rosters interface {
	Version(ctx context.Context, kiosk string) (uint64, error)
	Pages(ctx context.Context, kiosk, re string, p wire.Pull) ([]wire.Message, error)
}

// Config is what an Ingest stands on. All fields are needed but Stored, Heard, Health, Cloned, Flawed, Commands and Clock.
type Config struct {
	Org     string
	Signer  *wire.Signer
	NewID   func() string // gives message ids
	Keyset  func() wire.Keyset
	Now     func() time.Time
	Log     Log
	Fleet   Fleet
	Rosters Rosters
	Counts  *Counts
	Logger  *slog.Logger

	Stored func()                            // called after each commit that stored records; must not block
	Heard  func(kiosk string, all bool)      // called after a hello (all false) or pull (all true); must not block
	Health func(kiosk string, h wire.Health) // called with what a kiosk tells of its machine; must not block

	Cloned Cloned // called when a kiosk's keys are on two machines

	// Flawed writes down that a kiosk's journal is not what it has sent; nil: nobody does.
	Flawed func(ctx context.Context, f centraldb.Flaw) error

	// Commands gives what a kiosk is told to do that says hello with key and has begun
	// everything up to mark; nil: nothing.
	Commands func(ctx context.Context, kiosk string, key ed25519.PublicKey, mark wire.CommandMark) ([]wire.Command, error)

	// Brokers gives the addresses that kiosks connect to, the preferred one first; nil:
	// they are told none.
	Brokers func() []string

	// Clock names this machine's clock and says by how much it can be off; ok is false
	// while nothing keeps it right. nil: kiosks are told nothing of it.
	Clock func() (source string, off time.Duration, ok bool)
}

// Ingest handles the messages of all kiosks.
type Ingest struct {
	cfg    Config
	keys   *keys
	group  *group
	voices *voices
	gen    atomic.Uint64 // 0: not read yet

	mu      sync.Mutex
	cursors map[string]place // by kiosk: the journal it is writing
	raised  map[string]bool  // kiosks on whose word a generation was begun
	boasted map[string]bool  // and those of which it was logged that they are not believed
}

// place is a cursor that was read or moved by this process. Another process may
// have moved it since; the commit finds out.
type place struct {
	journal record.JournalID
	cursor  centraldb.Cursor
	moved   time.Time // when this process last stored a batch of the journal
}

// New gives an Ingest.
func New(cfg Config) *Ingest {
	if cfg.Stored == nil {
		cfg.Stored = func() {}
	}
	if cfg.Heard == nil {
		cfg.Heard = func(string, bool) {}
	}
	if cfg.Health == nil {
		cfg.Health = func(string, wire.Health) {}
	}
	return &Ingest{
		cfg: cfg, keys: newKeys(cfg.Fleet, cfg.Now), group: newGroup(cfg.Log), voices: newVoices(),
		cursors: map[string]place{}, raised: map[string]bool{}, boasted: map[string]bool{},
	}
}

// Forget makes the next message of a kiosk be judged by what the tables say:
// call it after enrolment and revocation.
func (g *Ingest) Forget(kiosk string) {
	g.keys.forget(kiosk)
	g.voices.forget(kiosk)
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.cursors, kiosk)
	delete(g.raised, kiosk)
	delete(g.boasted, kiosk)
}

// Waiting tells how many batches wait for a commit that has not begun: a gauge.
func (g *Ingest) Waiting() int { return g.group.size() }

// drop is why a message gets no answer.
type drop Event

// Error names the reason.
func (d drop) Error() string { return "dropped: " + string(d) }

// Handle takes in one message and gives the answers to publish, in order. What
// it returns has been committed before.
func (g *Ingest) Handle(ctx context.Context, m wire.Message) []wire.Message {
	out, err := g.handle(ctx, m)
	var d drop
	switch {
	case err == nil:
	case errors.As(err, &d):
		g.cfg.Counts.add(Event(d), 1)
		g.cfg.Logger.Debug("message dropped", "reason", string(d), "topic", m.Topic)
	case ctx.Err() != nil: // we are stopping; the kiosk asks again
	default:
		g.cfg.Counts.add(Failures, 1)
		g.cfg.Logger.Error("message left unanswered", "topic", m.Topic, "err", err)
	}
	return out
}

func (g *Ingest) handle(ctx context.Context, m wire.Message) ([]wire.Message, error) {
	arrived := g.cfg.Now()
	var key ed25519.PublicKey
	t, e, err := wire.Open(m, func(t wire.Topic, kid string) (_ ed25519.PublicKey, err error) {
		key, err = g.keyOf(ctx, t, kid)
		return key, err
	})
	switch {
	case problem.Is(err, problem.Invalid):
		return nil, drop(Malformed)
	case problem.Is(err, problem.Untrusted):
		return nil, drop(Forged)
	case err != nil:
		return nil, err
	}
	from := sender{topic: t, key: key, id: e.ID, at: arrived}
	switch {
	case e.Type == wire.TypeRecords && t.Channel == wire.UpRecords:
		return g.records(ctx, from, e)
	case e.Type == wire.TypeHello && t.Channel == wire.UpReq:
		return g.hello(ctx, from, e)
	case e.Type == wire.TypePull && t.Channel == wire.UpReq:
		return g.pull(ctx, from, e)
	case e.Type == wire.TypeHealth && t.Channel == wire.UpHealth:
		return nil, g.health(from, e)
	case e.Type == wire.TypeRecords || e.Type == wire.TypeHello || e.Type == wire.TypePull || e.Type == wire.TypeHealth:
		return nil, drop(Misplaced)
	}
	return g.unsupported(from, e.Type)
}

// sender is who sent the message that is being handled: what the topic says and
// the signature has proved.
type sender struct {
	topic wire.Topic
	key   ed25519.PublicKey
	id    string // of the message
	at    time.Time
}

func (s sender) kiosk() string { return s.topic.Kiosk }

func (s sender) chain(j record.JournalID) record.Chain {
	return record.Chain{Org: s.topic.Org, Kiosk: s.topic.Kiosk, Journal: j}
}

func (g *Ingest) keyOf(ctx context.Context, t wire.Topic, kid string) (ed25519.PublicKey, error) {
	if t.Org != g.cfg.Org {
		return nil, drop(Foreign)
	}
	if t.Channel != wire.UpRecords && t.Channel != wire.UpReq && t.Channel != wire.UpHealth {
		return nil, drop(Misplaced)
	}
	key, err := g.keys.of(ctx, t.Kiosk, kid)
	switch {
	case problem.Is(err, problem.NotFound):
		return nil, drop(Unknown)
	case problem.Is(err, problem.Forbidden):
		return nil, drop(Revoked)
	case err != nil:
		return nil, err
	}
	if wire.KeyID(key) != kid {
		return nil, drop(Forged)
	}
	return key, nil
}

// reply seals one answer to the sender.
func (g *Ingest) reply(to sender, ch wire.Channel, typ wire.Type, body any) ([]wire.Message, error) {
	return g.replyAs(to, ch, typ, g.cfg.NewID(), body)
}

// replyAs is reply with an id of the caller's.
func (g *Ingest) replyAs(to sender, ch wire.Channel, typ wire.Type, id string, body any) ([]wire.Message, error) {
	t := wire.Topic{Org: to.topic.Org, Kiosk: to.topic.Kiosk, Channel: ch}
	m, err := g.cfg.Signer.Seal(t, typ, id, to.id, body)
	if err != nil {
		return nil, err
	}
	return []wire.Message{m}, nil
}

func (g *Ingest) unsupported(from sender, typ wire.Type) ([]wire.Message, error) {
	g.cfg.Counts.add(Unsupported, 1)
	return g.reply(from, wire.DownRes, wire.TypeUnsupported, wire.Unsupported{Type: typ, Versions: spoken()})
}

// spoken gives the protocol versions of this package.
func spoken() wire.Versions { return wire.Versions{1} }

// generation gives the generation in force; fresh reads it again.
func (g *Ingest) generation(ctx context.Context, fresh bool) (uint64, error) {
	if gen := g.gen.Load(); gen != 0 && !fresh {
		return gen, nil
	}
	gen, err := g.cfg.Fleet.Generation(ctx)
	if err != nil {
		return 0, err
	}
	g.gen.Store(gen)
	return gen, nil
}

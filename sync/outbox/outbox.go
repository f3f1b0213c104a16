package outbox

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// Journal is the kiosk's durable list of records.
//
// Head tells where it stands. After gives at most limit records of the current
// journal above seq, in order. Release marks everything up to through as stored
// by central; it fails with problem.Untrusted when hash is not the journal's own
// hash there, with problem.NotFound when the journal has been set aside, and goes
// down only under a newer gen. Reopen begins a new journal
// and keeps the old one's tail. All of them return after the disk has it.
type Journal interface {
	Head(ctx context.Context) (Head, error)
	After(ctx context.Context, seq uint64, limit int) ([]record.Record, error)
	Release(ctx context.Context, journal record.JournalID, through uint64, hash record.Hash, gen uint64) error
	Reopen(ctx context.Context, reason string) error
}

// Sealer signs a message for a topic: a *wire.Signer with the record key.
type Sealer interface {
	Seal(topic wire.Topic, typ wire.Type, id, re string, body any) (wire.Message, error)
}

// Config is what an Outbox stands on. Every field is needed but Gen.
type Config struct {
	Journal Journal
	Sealer  Sealer
	Topic   wire.Topic        // the kiosk's up/records
	Key     ed25519.PublicKey // the record key's public half
	IDs     func() string     // gives a message id never given before
	Gen     uint64            // the highest generation this kiosk has seen
}

// Times and sizes. The ack timeouts are PROTOCOL.md's.
const (
	firstTimeout = 10 * time.Second
	lastTimeout  = 120 * time.Second
	againAfter   = time.Second // go back for the same place at most this often
	readAhead    = 5 * wire.MaxBatch
	releaseEvery = 10 * wire.MaxBatch // write acknowledgements down at the latest after so many records
	growAfter    = 16                 // batches that fit before a larger one is tried
	noLimit      = ^uint64(0)
)

// Outbox is the sending end of one kiosk's journal.
type Outbox struct {
	cfg   Config
	count counters

	loaded  bool
	journal record.JournalID
	gen     uint64
	acked   uint64 // stored by central, checked against our own hash
	written uint64 // what the journal knows of that
	hash    record.Hash
	buf     []record.Record // consecutive, from acked+1 on
	next    uint64          // the next seq to send
	limit   uint64          // the last seq central has given credit for
	more    bool            // records are waiting that may be sent later

	flight   []batch
	spare    *sealed       // the batch that follows them, made ahead
	heard    time.Time     // the last acknowledgement that released anything
	timeout  time.Duration // the present one
	strikes  int
	wentBack time.Time // for the present place; zero: not yet
	paused   time.Time // nothing is sent before
	size     int       // records that are tried as one batch
	fitted   int       // full batches of this size in a row
}

// batch is one message on its way.
type batch struct {
	id            string
	from, through uint64
	sent          time.Time
}

// New gives an Outbox. It reads nothing before its first step.
func New(cfg Config) *Outbox {
	return &Outbox{cfg: cfg, gen: cfg.Gen, limit: noLimit, timeout: firstTimeout, size: wire.MaxBatch}
}

// Next gives the messages to publish at now, in order. None means that the
// window is full, nothing is waiting, or central asked to wait; see Deadline.
func (o *Outbox) Next(ctx context.Context, now time.Time) ([]wire.Message, error) {
	if err := o.load(ctx); err != nil {
		return nil, err
	}
	o.expire(now)
	var out []wire.Message
	for !now.Before(o.paused) && len(o.flight) < wire.Window {
		s, ok, err := o.following(ctx)
		if err != nil {
			return out, err
		}
		if !ok {
			break
		}
		out = append(out, o.send(now, s))
	}
	if len(o.flight) == 0 || o.acked-o.written >= releaseEvery {
		if err := o.writeDown(ctx); err != nil {
			return out, err
		}
	}
	return out, nil
}

// Prepare seals a batch ahead while the window is full, so that it leaves the
// moment an acknowledgement makes room. It changes nothing that can be seen; the
// owner calls it when there is nothing else to do.
func (o *Outbox) Prepare(ctx context.Context) error {
	if o.spare != nil && o.spare.from >= o.next || len(o.flight) < wire.Window {
		return nil
	}
	s, ok, err := o.following(ctx)
	if ok {
		o.spare = &s
	}
	return err
}

// Deadline gives the time at which Next has work to do though nothing came in;
// ok is false when there is none.
func (o *Outbox) Deadline() (at time.Time, ok bool) {
	if len(o.flight) > 0 {
		return o.due(), true
	}
	return o.paused, o.more
}

// Drained says whether, when Next was last called, central had acknowledged
// every record there was.
func (o *Outbox) Drained() bool { return o.loaded && len(o.flight) == 0 && !o.more }

// Waiting says whether, at now, central has asked for nothing to be sent.
func (o *Outbox) Waiting(now time.Time) bool { return now.Before(o.paused) }

// Strikes says how many acknowledgement timeouts there were in a row.
func (o *Outbox) Strikes() int { return o.strikes }

// Gen gives the highest generation seen in an acknowledgement or given to New.
func (o *Outbox) Gen() uint64 { return o.gen }

// Head writes down what is acknowledged and gives the journal's head: what a
// hello says. A journal that was opened anew meanwhile is taken up here.
func (o *Outbox) Head(ctx context.Context) (Head, error) {
	if err := o.load(ctx); err != nil {
		return Head{}, err
	}
	if err := o.writeDown(ctx); err != nil {
		return Head{}, err
	}
	h, err := o.cfg.Journal.Head(ctx)
	if err != nil {
		return Head{}, fmt.Errorf("read journal head: %w", err)
	}
	if h.Journal != o.journal {
		o.take(h)
	}
	return h, nil
}

// Again sends what is on its way once more: whoever was to answer was not there.
func (o *Outbox) Again() {
	o.goBack()
	o.timeout, o.wentBack = firstTimeout, time.Time{}
}

// Reset forgets what is on its way: the link it was sent over is gone. The
// next Next begins again above the last acknowledged record.
func (o *Outbox) Reset(ctx context.Context) error {
	o.goBack()
	o.timeout, o.strikes, o.wentBack = firstTimeout, 0, time.Time{}
	o.paused, o.limit = time.Time{}, noLimit
	if !o.loaded {
		return nil
	}
	return o.writeDown(ctx)
}

// load reads the head once.
func (o *Outbox) load(ctx context.Context) error {
	if o.loaded {
		return nil
	}
	h, err := o.cfg.Journal.Head(ctx)
	if err != nil {
		return fmt.Errorf("read journal head: %w", err)
	}
	o.take(h)
	return nil
}

// take begins at a head. Records below Oldest are gone: hello says so, and
// central writes a gap.
func (o *Outbox) take(h Head) {
	o.loaded = true
	o.journal, o.acked, o.written = h.Journal, h.Acked, h.Acked
	if h.Oldest > 0 && o.acked < h.Oldest-1 {
		o.acked, o.written = h.Oldest-1, h.Oldest-1
	}
	o.hash, o.buf, o.spare = record.Hash{}, nil, nil
	o.limit, o.paused, o.wentBack = noLimit, time.Time{}, time.Time{}
	o.more = h.Seq > o.acked
	o.goBack()
}

// goBack forgets what is on its way and begins above the acknowledged record.
func (o *Outbox) goBack() {
	o.flight, o.next = o.flight[:0], o.acked+1
}

// writeDown tells the journal what central stores. A journal that is not there
// any more was set aside as damaged: there is nothing to tell, and the one that
// took its place is taken up.
func (o *Outbox) writeDown(ctx context.Context) error {
	if o.acked <= o.written {
		return nil
	}
	err := o.cfg.Journal.Release(ctx, o.journal, o.acked, o.hash, o.gen)
	if problem.Is(err, problem.NotFound) {
		return o.retake(ctx)
	}
	if err != nil {
		return fmt.Errorf("release records through %d: %w", o.acked, err)
	}
	o.written = o.acked
	return nil
}

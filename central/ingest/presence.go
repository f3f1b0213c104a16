package ingest

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// Presences is what presence pushes are made of.
//
// Holders gives the kiosks whose roster holds each person. Counted gives the
// kiosk's newest journal and which of its records presence already contains.
// PresenceFor gives everybody on the kiosk's roster who last punched elsewhere.
type Presences interface {
	Holders(ctx context.Context, people []string) (map[string][]string, error)
	Presence(ctx context.Context, people []string) (map[string]centraldb.Present, error)
	PresenceFor(ctx context.Context, kiosk string) ([]centraldb.Present, error)
	Counted(ctx context.Context, kiosk string) (record.JournalID, uint64, error)
	Generation(ctx context.Context) (uint64, error)
}

// Publisher sends a message to its kiosk. A nil error promises nothing about
// the other side.
type Publisher interface {
	Publish(ctx context.Context, m wire.Message) error
}

// presenceEvery is how often one kiosk is told, presencePage how many people
// one message holds at first.
const (
	presenceEvery = 2 * time.Second
	presencePage  = 400
)

// Presence tells kiosks where people stand who punched elsewhere. It is a
// service; Changed, Heard and Added may be called at any time and never block.
//
// A push may be lost, so each change is told again with the kiosk's next two
// hellos, and everything after its first hello and after each pull, and once more
// with the hello after that.
type Presence struct {
	org       string
	db        Presences
	signer    *wire.Signer
	newID     func() string
	publisher Publisher
	logger    *slog.Logger
	summaries *summaries // nil: none are told
	wake      chan struct{}

	mu     sync.Mutex
	people map[string]struct{} // changed, not yet spread to the kiosks
	kiosks map[string]*audience
}

// audience is one kiosk and what it is to be told.
type audience struct {
	all    bool
	again  bool                // and with the next hello after that
	people map[string]struct{} // changed: to be told with the next push
	repeat map[string]struct{} // to be told again with the next push
	recent map[string]struct{} // told for the first time since the last hello
	older  map[string]struct{} // the same since the hello before
	after  time.Time           // the next push
}

// PresenceConfig is what a Presence stands on. All fields are needed but Summaries.
type PresenceConfig struct {
	Org       string
	DB        Presences
	Signer    *wire.Signer
	NewID     func() string
	Publisher Publisher
	Logger    *slog.Logger
	Summaries Summaries // nil: kiosks are not told people's own punches
}

// NewPresence gives a Presence.
func NewPresence(c PresenceConfig) *Presence {
	p := &Presence{
		org: c.Org, db: c.DB, signer: c.Signer, newID: c.NewID, publisher: c.Publisher, logger: c.Logger,
		wake: make(chan struct{}, 1), people: map[string]struct{}{}, kiosks: map[string]*audience{},
	}
	if c.Summaries != nil {
		p.summaries = &summaries{db: c.Summaries, known: map[string]latest{}}
	}
	return p
}

// Changed says that these people punched, or that a correction moved them.
func (p *Presence) Changed(people []string) {
	if p.summaries != nil {
		p.summaries.forget(people)
	}
	p.mu.Lock()
	for _, id := range people {
		p.people[id] = struct{}{}
	}
	p.mu.Unlock()
	p.ring()
}

// Heard says that a kiosk sent a hello, or, with all, pulled its roster.
func (p *Presence) Heard(kiosk string, all bool) {
	p.mu.Lock()
	a, known := p.kiosks[kiosk]
	if !known {
		a = newAudience()
		p.kiosks[kiosk] = a
	}
	switch {
	case all || !known:
		a.all, a.again = true, true
	case a.again && !a.all:
		a.all, a.again = true, false
	}
	if !all {
		maps.Copy(a.repeat, a.older)
		maps.Copy(a.repeat, a.recent)
		a.older, a.recent = a.recent, map[string]struct{}{}
	}
	p.mu.Unlock()
	p.ring()
}

// Added says that these people have come onto a kiosk's roster.
func (p *Presence) Added(kiosk string, people []string) {
	p.mu.Lock()
	if a, ok := p.kiosks[kiosk]; ok {
		for _, id := range people {
			a.people[id] = struct{}{}
		}
	}
	p.mu.Unlock()
	p.ring()
}

func newAudience() *audience {
	return &audience{
		people: map[string]struct{}{}, repeat: map[string]struct{}{}, recent: map[string]struct{}{}, older: map[string]struct{}{},
	}
}

func (p *Presence) ring() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// Run pushes until ctx ends.
func (p *Presence) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-p.wake:
		case <-timer.C:
		}
		next, err := p.Once(ctx, time.Now())
		if err != nil && ctx.Err() == nil {
			p.logger.Warn("presence not told", "err", err)
			next = time.Now().Add(retry)
		}
		if !next.IsZero() {
			timer.Reset(time.Until(next))
		}
	}
}

// Once pushes what is due at now and gives the time of the next push, zero when
// nothing waits.
func (p *Presence) Once(ctx context.Context, now time.Time) (time.Time, error) {
	if err := p.spread(ctx); err != nil {
		return time.Time{}, err
	}
	due, next := p.due(now)
	heads := make([]wire.PresencePage, len(due))
	for i, d := range due {
		var err error
		if heads[i], err = p.tell(ctx, d); err != nil {
			p.later(due[i:])
			return time.Time{}, err
		}
	}
	// Where people stand goes first, to everybody: it decides which buttons there are.
	for i, d := range due {
		if err := p.summarise(ctx, d, heads[i], now); err != nil {
			p.later(due[i:])
			return time.Time{}, err
		}
	}
	return next, nil
}

// later has kiosks told everything the next time: what was to be told now is not.
func (p *Presence) later(due []duty) {
	for _, d := range due {
		p.Heard(d.kiosk, true)
	}
}

// spread notes changed people with the kiosks that are heard of and have them.
func (p *Presence) spread(ctx context.Context) error {
	p.mu.Lock()
	people := keysOf(p.people)
	clear(p.people)
	p.mu.Unlock()
	if len(people) == 0 {
		return nil
	}
	holders, err := p.db.Holders(ctx, people)
	if err != nil {
		p.Changed(people)
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for person, kiosks := range holders {
		for _, k := range kiosks {
			if a, ok := p.kiosks[k]; ok {
				a.people[person] = struct{}{}
			}
		}
	}
	return nil
}

type duty struct {
	kiosk  string
	all    bool
	people []string
}

func (p *Presence) due(now time.Time) (due []duty, next time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for k, a := range p.kiosks {
		if !a.all && len(a.people) == 0 && len(a.repeat) == 0 {
			continue
		}
		if now.Before(a.after) {
			if next.IsZero() || a.after.Before(next) {
				next = a.after
			}
			continue
		}
		maps.Copy(a.recent, a.people)
		maps.Copy(a.repeat, a.people)
		due = append(due, duty{kiosk: k, all: a.all, people: keysOf(a.repeat)})
		clear(a.people)
		clear(a.repeat)
		a.all, a.after = false, now.Add(presenceEvery)
	}
	return due, next
}

// tell sends a kiosk the presence of the people who last punched elsewhere. It gives
// what the pages had in common.
func (p *Presence) tell(ctx context.Context, d duty) (page wire.PresencePage, err error) {
	// Read before the rows: what they contain beyond it, the kiosk merges.
	if page.Journal, page.AsOf, err = p.db.Counted(ctx, d.kiosk); err != nil {
		return page, err
	}
	if page.Gen, err = p.db.Generation(ctx); err != nil {
		return page, err
	}
	return page, p.tellPresence(ctx, d.kiosk, d.all, d.people, page)
}

func (p *Presence) tellPresence(ctx context.Context, kiosk string, all bool, people []string, page wire.PresencePage) error {
	var rows []wire.PresenceRow
	if all {
		present, err := p.db.PresenceFor(ctx, kiosk)
		if err != nil {
			return err
		}
		for _, e := range present {
			rows = append(rows, rowOf(e))
		}
	} else {
		present, err := p.db.Presence(ctx, people)
		if err != nil {
			return err
		}
		for _, id := range people {
			if e, ok := present[id]; ok && (e.Fixed || e.Kiosk != kiosk) {
				rows = append(rows, rowOf(e))
			}
		}
	}
	for len(rows) > 0 {
		n := min(len(rows), presencePage)
		page.Rows = rows[:n]
		if err := p.push(ctx, kiosk, page); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// push sends one page, in halves where it does not fit.
func (p *Presence) push(ctx context.Context, kiosk string, page wire.PresencePage) error {
	t := wire.Topic{Org: p.org, Kiosk: kiosk, Channel: wire.DownPush}
	m, err := p.signer.Seal(t, wire.TypePresence, p.newID(), "", page)
	if wire.IsTooLarge(err) && len(page.Rows) > 1 {
		half := page
		half.Rows = page.Rows[:len(page.Rows)/2]
		if err := p.push(ctx, kiosk, half); err != nil {
			return err
		}
		half.Rows = page.Rows[len(page.Rows)/2:]
		return p.push(ctx, kiosk, half)
	}
	if err != nil {
		return err
	}
	return p.publisher.Publish(ctx, m)
}

func rowOf(e centraldb.Present) wire.PresenceRow {
	return wire.PresenceRow{
		Person: e.Person, State: string(e.State), Since: e.Since.UnixNano(), Project: e.Project, Kiosk: e.Kiosk,
	}
}

func keysOf(m map[string]struct{}) []string { return slices.Sorted(maps.Keys(m)) }

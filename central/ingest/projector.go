package ingest

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

// Projection is the log as the projector reads it and the tables it fills.
//
// Unprojected gives the records after the cursor in order of arrival, and the
// cursor. Project commits a step if the cursor still is where the step begins.
type Projection interface {
	Unprojected(ctx context.Context, limit int) ([]centraldb.Logged, int64, error)
	Presence(ctx context.Context, people []string) (map[string]centraldb.Present, error)
	Project(ctx context.Context, s centraldb.Step) (bool, error)
}

// Chunk sizes and waits of the projector. It keeps out of the way while batches
// arrive in a stream, but nobody waits longer than patience for a punch.
const (
	chunk    = 1000
	quiet    = 20 * time.Millisecond
	patience = 300 * time.Millisecond
	retry    = time.Second
)

// Projector turns the stored log into punches and presence, in order of
// arrival. It is a service; Wake, Follow and Once may be called at any time.
type Projector struct {
	db      Projection
	counts  *Counts
	logger  *slog.Logger
	changed func(people []string)
	wake    chan struct{}
	step    sync.Mutex // one step at a time

	// Read, where it is not nil, is called after a commit with people who have seen a
	// message that was for them alone; it must not block. Set it before Run.
	Read func(people []string)

	// Next, where it is not nil, is called after each commit: who follows the log behind
	// the projector goes on then. It must not block. Set it before Run.
	Next func()

	// Ended, where it is not nil, takes in how a command of this server went at a kiosk,
	// in the step's transaction; at is when the record came in. Set it before Run.
	Ended func(ctx context.Context, tx *centraldb.Tx, kiosk string, at int64, b record.Body) error

	mu        sync.Mutex
	followers map[chan struct{}]struct{}
}

// NewProjector gives a Projector. changed is called after each commit with the
// people whose presence has changed; it must not block, and may be nil.
func NewProjector(db Projection, counts *Counts, logger *slog.Logger, changed func(people []string)) *Projector {
	if changed == nil {
		changed = func([]string) {}
	}
	return &Projector{
		db: db, counts: counts, logger: logger, changed: changed,
		wake: make(chan struct{}, 1), followers: map[chan struct{}]struct{}{},
	}
}

// Wake says that records have been stored. It never blocks.
func (p *Projector) Wake() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// Follow gives a channel that ticks after punches were added; ticks that nobody
// takes are merged into one. Call stop when done.
func (p *Projector) Follow() (ticks <-chan struct{}, stop func()) {
	ch := make(chan struct{}, 1)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.followers[ch] = struct{}{}
	return ch, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.followers, ch)
	}
}

// Run projects whenever there is something new, until ctx ends.
func (p *Projector) Run(ctx context.Context) error {
	for {
		if err := p.drain(ctx); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			p.logger.Error("punches wait: the log can't be projected", "err", err)
			if !sleep(ctx, retry) {
				return nil
			}
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-p.wake:
		}
		p.settle(ctx)
	}
}

// drain projects all there is, giving way between chunks.
func (p *Projector) drain(ctx context.Context) error {
	for {
		n, err := p.Once(ctx)
		if err != nil || n == 0 {
			return err
		}
		select {
		case <-p.wake:
			p.settle(ctx)
		default:
		}
	}
}

// settle waits until no batch has come for a moment, but not for long.
func (p *Projector) settle(ctx context.Context) {
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		calm := time.NewTimer(quiet)
		select {
		case <-p.wake:
			calm.Stop()
		case <-calm.C:
			return
		case <-limit.C:
			calm.Stop()
			return
		case <-ctx.Done():
			calm.Stop()
			return
		}
	}
}

// Once projects the next chunk of the log and gives the number of records in it.
func (p *Projector) Once(ctx context.Context) (int, error) {
	p.step.Lock()
	defer p.step.Unlock()
	rows, upto, err := p.db.Unprojected(ctx, chunk)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	d := p.decode(rows)
	var also asked
	s := centraldb.Step{From: upto, To: rows[len(rows)-1].ID, Punches: d.punches, Also: both(p.tell(d.told), p.ask(d.asked, &also))}
	people, err := p.present(ctx, &s)
	if err != nil {
		return 0, err
	}
	done, err := p.db.Project(ctx, s)
	if err != nil {
		return 0, err
	}
	if done {
		p.counts.add(Locks, locks(d.told))
		p.spread(len(s.Punches), people, also)
		if p.Next != nil {
			p.Next()
		}
	}
	return len(rows), nil
}

// locks counts the PINs that were closed.
func locks(told []saying) (n int) {
	for _, s := range told {
		if s.body.Type == record.Lock {
			n++
		}
	}
	return n
}

// both gives what runs one after the other; either may be nil.
func both(first, then func(context.Context, *centraldb.Tx) error) func(context.Context, *centraldb.Tx) error {
	if first == nil || then == nil {
		if first == nil {
			return then
		}
		return first
	}
	return func(ctx context.Context, tx *centraldb.Tx) error {
		if err := first(ctx, tx); err != nil {
			return err
		}
		return then(ctx, tx)
	}
}

// spread tells of a step that was committed: new punches, and whom they and what
// was taken back have moved.
func (p *Projector) spread(punches int, people []string, also asked) {
	if p.Read != nil && len(also.read) > 0 {
		p.Read(also.read)
	}
	if punches == 0 && len(also.moved) == 0 {
		return
	}
	p.counts.add(Punches, punches)
	p.tick()
	for _, id := range also.moved {
		if !slices.Contains(people, id) {
			people = append(people, id)
		}
	}
	p.changed(people)
}

// decoded is what a chunk of the log says.
type decoded struct {
	punches []centraldb.Projected
	told    []saying // what admins are to hear of
	asked   []saying // what people did besides punching
}

// decode reads a chunk. What can't be read stays in the log, counted; types that
// this version does not know are passed.
func (p *Projector) decode(rows []centraldb.Logged) (d decoded) {
	for _, l := range rows {
		b, err := record.Decode(l.Body)
		if err != nil {
			p.counts.add(Undecodable, 1)
			p.logger.Warn("record can't be read", "kiosk", l.Kiosk, "journal", l.Journal.String(), "seq", l.Seq, "err", err)
			continue
		}
		if u, ok := b.Punch(l.Kiosk); ok {
			d.punches = append(d.punches, centraldb.Projected{ID: l.ID, Journal: l.Journal, Seq: l.Seq, Punch: u, Zone: b.Stamp.Zone, ReceivedAt: l.ReceivedAt})
		}
		switch {
		case asks(b):
			d.asked = append(d.asked, saying{l, b})
		case !tells(b):
		case !countable(b):
			p.logger.Warn("record with numbers that no kiosk counts to", "kiosk", l.Kiosk, "journal", l.Journal.String(), "seq", l.Seq)
		default:
			d.told = append(d.told, saying{l, b})
		}
	}
	return d
}

// present works out where the step's punches leave their people: the latest by
// the stamp's time (its arrival at the latest), of equal ones the last to arrive. It gives the people whose
// presence changes.
func (p *Projector) present(ctx context.Context, s *centraldb.Step) ([]string, error) {
	var people []string
	seen := map[string]bool{}
	for i := range s.Punches {
		if id := s.Punches[i].Punch.Person; !seen[id] {
			seen[id] = true
			people = append(people, id)
		}
	}
	before, err := p.db.Presence(ctx, people)
	if err != nil {
		return nil, err
	}
	now := make(map[string]centraldb.Present, len(people))
	for i := range s.Punches {
		u := s.Punches[i].Punch
		// Nobody punches after the punch has arrived: a clock in the future would
		// else decide where a person stands until then.
		if arrived := time.Unix(0, s.Punches[i].ReceivedAt).UTC(); u.At.After(arrived) {
			u.At = arrived
		}
		was, ok := now[u.Person]
		if !ok {
			was, ok = before[u.Person]
		}
		if at := u.At.UnixNano(); !ok || at >= was.At {
			was.State = stateOf(was)
			now[u.Person] = centraldb.Present{Presence: was.After(u), At: at}
		}
	}
	changed := people[:0]
	for _, id := range people {
		if n, ok := now[id]; ok {
			s.Present = append(s.Present, n)
			changed = append(changed, id)
		}
	}
	return changed, nil
}

func stateOf(p centraldb.Present) attendance.State {
	if p.State == "" {
		return attendance.StateOut
	}
	return p.State
}

func (p *Projector) tick() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for ch := range p.followers {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

// sleep waits for d and says whether ctx is still alive.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

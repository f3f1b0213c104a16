package ingest

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// credits is how many records a kiosk may have on their way.
const credits = 2 * wire.Window * wire.MaxBatch

// attempts is how often a batch is judged anew because another process moved
// the cursor meanwhile.
const attempts = 3

// lateReason marks a record that came after its gap had been written down.
const lateReason = "late"

func (g *Ingest) records(ctx context.Context, from sender, e wire.Envelope) ([]wire.Message, error) {
	var b wire.Records
	if err := e.Decode(&b); err != nil || !wellFormed(b) {
		return nil, drop(Malformed)
	}
	cur, err := g.take(ctx, from, b)
	if err != nil {
		return nil, err
	}
	gen, err := g.generation(ctx, false)
	if err != nil {
		return nil, err
	}
	return g.reply(from, wire.DownAck, wire.TypeAck, ackOf(gen, b.Journal, cur))
}

func wellFormed(b wire.Records) bool {
	return !b.Journal.IsZero() && b.From > 0 && b.From < math.MaxInt64-wire.MaxBatch &&
		len(b.Entries) > 0 && len(b.Entries) <= wire.MaxBatch
}

func ackOf(gen uint64, j record.JournalID, c centraldb.Cursor) wire.Ack {
	return wire.Ack{Gen: gen, Journal: j, Through: c.Through, Hash: c.Hash, Credits: credits, Reopen: c.Closed}
}

// take receives a batch and gives the cursor it leaves.
func (g *Ingest) take(ctx context.Context, from sender, b wire.Records) (centraldb.Cursor, error) {
	cur, err := g.cursor(ctx, from, b.Journal)
	for range attempts {
		switch {
		case err != nil:
			return cur, err
		case cur.Closed || b.From <= cur.Through:
			return g.again(ctx, from, b, cur)
		case b.From > cur.Through+1:
			g.cfg.Counts.add(OutOfOrder, 1)
			return cur, nil
		}
		next, stored, err := g.store(ctx, from, b, cur)
		if err != nil || stored {
			return next, err
		}
		cur, err = g.reread(ctx, from, b.Journal)
		if err != nil {
			return cur, err
		}
	}
	return cur, errors.New("store batch: the cursor moves faster than batches are judged")
}

// store appends a batch that begins right behind cur.
func (g *Ingest) store(ctx context.Context, from sender, b wire.Records, cur centraldb.Cursor) (centraldb.Cursor, bool, error) {
	batch := judge(from, b, cur)
	batch.ReceivedAt = g.cfg.Now()
	var err error
	if batch.Flaws, err = g.before(ctx, from, batch); err != nil {
		return cur, false, err
	}
	stored, err := g.group.append(ctx, batch)
	if err != nil || !stored {
		return cur, false, err
	}
	next := centraldb.Cursor{Through: batch.Through, Hash: batch.Hash, Known: true}
	g.remember(from.kiosk(), place{journal: b.Journal, cursor: next, moved: batch.ReceivedAt})
	g.cfg.Counts.add(Batches, 1)
	g.cfg.Counts.add(Stored, len(batch.Good))
	if n := len(batch.Asides); n > 0 {
		g.cfg.Counts.add(Faults, n)
		g.cfg.Logger.Warn("records quarantined", "kiosk", from.kiosk(), "journal", b.Journal.String(),
			"count", n, "first", batch.Asides[0].Record.Seq, "fault", batch.Asides[0].Reason)
	}
	g.cfg.Stored()
	return next, true, nil
}

// judge tells the good records of a run from the others. The envelope vouches
// for the carried hashes, so the cursor goes on from those in any case.
func judge(from sender, b wire.Records, cur centraldb.Cursor) centraldb.Batch {
	run := runOf(b)
	var faults []record.Fault
	if cur.Through > 0 && cur.Hash == (record.Hash{}) {
		faults = afterGap(from, b.Journal, run)
	} else {
		faults = record.Verify(from.chain(b.Journal), from.key, cur.Hash, run)
	}
	last := run[len(run)-1]
	out := centraldb.Batch{
		Kiosk: from.kiosk(), Journal: b.Journal, Before: cur,
		Good: run[:0:0], Through: last.Seq, Hash: last.Hash,
	}
	if !cur.Known {
		out.Before = centraldb.Cursor{}
	}
	for i, f := range faults {
		if f != record.Good {
			out.Asides = append(out.Asides, centraldb.Aside{Kind: centraldb.Fault, Reason: string(f), Record: run[i]})
		}
	}
	if len(out.Asides) == 0 {
		out.Good = run
		return out
	}
	for i, f := range faults {
		if f == record.Good {
			out.Good = append(out.Good, run[i])
		}
	}
	return out
}

// afterGap verifies a run whose first record follows one that is lost: its link
// can't be checked, its own signature can.
func afterGap(from sender, j record.JournalID, run []record.Record) []record.Fault {
	first := record.Good
	switch n := len(run[0].Body); {
	case n == 0 || n > record.MaxBody:
		first = record.Malformed
	case !record.Signed(from.key, run[0].Hash, run[0].Sig):
		first = record.Unsigned
	}
	return append([]record.Fault{first}, record.Verify(from.chain(j), from.key, run[0].Hash, run[1:])...)
}

func runOf(b wire.Records) []record.Record {
	run := make([]record.Record, len(b.Entries))
	for i, e := range b.Entries {
		run[i] = record.Record{Journal: b.Journal, Seq: b.From + uint64(i), Body: e.Body, Hash: e.Hash, Sig: e.Sig}
	}
	return run
}

// again handles a batch of which central has passed at least the beginning.
// Equal hashes are repetitions. Another hash is a fork: the journal was
// continued from an older copy. Everything of it is kept apart, also what lies
// beyond the cursor, and the journal is closed.
func (g *Ingest) again(ctx context.Context, from sender, b wire.Records, cur centraldb.Cursor) (centraldb.Cursor, error) {
	run := runOf(b)
	have, err := g.cfg.Log.Hashes(ctx, from.kiosk(), b.Journal, b.From, run[len(run)-1].Seq)
	if err != nil {
		return cur, err
	}
	asides, forked := compare(run, have, cur)
	if len(asides) == 0 {
		g.cfg.Counts.add(Duplicates, len(have))
		return cur, nil
	}
	if err := g.cfg.Log.Divert(ctx, from.kiosk(), b.Journal, g.cfg.Now(), asides); err != nil {
		return cur, err
	}
	if !forked {
		g.cfg.Counts.add(Late, len(asides))
		return cur, nil
	}
	g.cfg.Counts.add(Forks, len(asides))
	if !cur.Closed {
		g.cfg.Counts.add(Reopens, 1)
		g.cfg.Logger.Warn("journal forked", "kiosk", from.kiosk(), "journal", b.Journal.String(), "seq", asides[0].Record.Seq)
	}
	cur.Closed = true
	g.remember(from.kiosk(), place{journal: b.Journal, cursor: cur})
	return cur, nil
}

// compare gives what of a run must be kept apart, and whether that is a fork.
func compare(run []record.Record, have map[uint64]record.Hash, cur centraldb.Cursor) (asides []centraldb.Aside, forked bool) {
	forked = cur.Closed
	for _, r := range run {
		h, ok := have[r.Seq]
		forked = forked || ok && h != r.Hash
	}
	for _, r := range run {
		h, ok := have[r.Seq]
		switch {
		case ok && h == r.Hash:
		case forked:
			asides = append(asides, centraldb.Aside{Kind: centraldb.Fork, Reason: "other content", Record: r})
		case r.Seq <= cur.Through:
			asides = append(asides, centraldb.Aside{Kind: centraldb.Fault, Reason: lateReason, Record: r})
		}
	}
	return asides, forked
}

// cursor gives the cursor of a journal; of one nobody has seen, the beginning.
func (g *Ingest) cursor(ctx context.Context, from sender, j record.JournalID) (centraldb.Cursor, error) {
	g.mu.Lock()
	p, ok := g.cursors[from.kiosk()]
	g.mu.Unlock()
	if ok && p.journal == j {
		return p.cursor, nil
	}
	return g.reread(ctx, from, j)
}

func (g *Ingest) reread(ctx context.Context, from sender, j record.JournalID) (centraldb.Cursor, error) {
	cur, err := g.cfg.Log.Cursor(ctx, from.kiosk(), j)
	if err != nil {
		return cur, err
	}
	if !cur.Known {
		cur.Hash = from.chain(j).Genesis(from.key)
		return cur, nil
	}
	g.remember(from.kiosk(), place{journal: j, cursor: cur})
	return cur, nil
}

// remember keeps p; without an instant of its own it takes over the known one.
func (g *Ingest) remember(kiosk string, p place) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if old := g.cursors[kiosk]; p.moved.IsZero() && old.journal == p.journal {
		p.moved = old.moved
	}
	g.cursors[kiosk] = p
}

// movedAt tells when this process last stored a batch of the journal; zero:
// not since it began to.
func (g *Ingest) movedAt(kiosk string, j record.JournalID) time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	if p := g.cursors[kiosk]; p.journal == j {
		return p.moved
	}
	return time.Time{}
}

package ingest

import (
	"context"

	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// Why a kiosk begins a new journal.
const (
	reasonReopen  = "reopen"  // central told it to, and what it holds is not what central has
	reasonCorrupt = "corrupt" // it found the one before damaged
	reasonLost    = "lost"    // the one before is not there any more
)

// rewritten says whether the journal has to end, in reply to a hello: it is closed, or
// the kiosk's own hash where it was acknowledged is not the one that was. An honest
// hello that somebody sends again can't show that, so it is written down at once.
func (g *Ingest) rewritten(ctx context.Context, from sender, h wire.Hello, cur centraldb.Cursor) (bool, error) {
	if cur.Closed || h.Acked == 0 || h.AckedHash == (record.Hash{}) || h.Acked > cur.Through {
		return cur.Closed, nil
	}
	hash := cur.Hash
	if h.Acked < cur.Through {
		have, err := g.cfg.Log.Hashes(ctx, from.kiosk(), h.Journal, h.Acked, h.Acked)
		if err != nil {
			return false, err
		}
		hash = have[h.Acked]
	}
	if hash == (record.Hash{}) || hash == h.AckedHash {
		return false, nil
	}
	g.cfg.Counts.add(Reopens, 1)
	g.cfg.Logger.Error("a kiosk's journal was rewritten", "kiosk", from.kiosk(), "journal", h.Journal.String(), "seq", h.Acked)
	if g.cfg.Flawed == nil {
		return true, nil
	}
	return true, g.cfg.Flawed(ctx, centraldb.Flaw{
		Kiosk: from.kiosk(), Journal: h.Journal, Kind: centraldb.FlawRewritten, From: 1, To: h.Acked, LastAt: g.cfg.Now().UnixNano(),
	})
}

// before gives what the first record of a new journal proves of the one before it:
// that it was an older copy of what central has, or other content, or damaged. A
// hello alone proves none of it: somebody may send an old one again.
func (g *Ingest) before(ctx context.Context, from sender, b centraldb.Batch) ([]centraldb.Flaw, error) {
	if len(b.Good) == 0 || b.Good[0].Seq != 1 {
		return nil, nil
	}
	body, err := record.Decode(b.Good[0].Body)
	if err != nil || body.Type != record.Opened {
		return nil, nil //nolint:nilerr // what can't be read tells nothing; the projector counts it
	}
	f := centraldb.Flaw{Kiosk: from.kiosk(), Journal: body.PrevJournal, LastAt: b.ReceivedAt.UnixNano()}
	switch body.Reason {
	case reasonLost:
		f.Kind, f.Journal = centraldb.FlawGap, b.Journal
		return []centraldb.Flaw{f}, nil
	case reasonCorrupt:
		f.Kind, f.From, f.To = centraldb.FlawAltered, body.PrevSeq+1, body.PrevSeq+1
		if f.Journal.IsZero() {
			f.Journal, f.From, f.To = b.Journal, 0, 0
		}
		return []centraldb.Flaw{f}, nil
	}
	if f.Journal.IsZero() {
		return nil, nil
	}
	was, err := g.cfg.Log.Cursor(ctx, from.kiosk(), f.Journal)
	switch {
	case err != nil:
		return nil, err
	case !was.Known || was.Closed: // nothing to compare with, or said already
		return nil, nil
	case body.PrevSeq < was.Through:
		f.Kind, f.From, f.To = centraldb.FlawRollback, body.PrevSeq+1, was.Through
	case body.PrevSeq == was.Through && (was.Hash == (record.Hash{}) || was.Hash == body.PrevHash):
		return nil, nil // it is as central has it
	case body.PrevSeq > was.Through && body.Reason != reasonReopen:
		return nil, nil
	default: // it obeys only where its own record is another one: more may have come since
		f.Kind, f.From, f.To = centraldb.FlawFork, was.Through, body.PrevSeq
	}
	return []centraldb.Flaw{f}, nil
}

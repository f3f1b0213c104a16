package ingest

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// maxGen bounds the generation a kiosk may claim. What it can add to the one in
// force is bounded, too; see agree.
const maxGen = 1 << 40

// overtaking is how long a hello may be on its way while batches are faster.
const overtaking = 10 * time.Second

// maxSoftware bounds the version text of a hello, in bytes.
const maxSoftware = 200

func (g *Ingest) hello(ctx context.Context, from sender, e wire.Envelope) ([]wire.Message, error) {
	var h wire.Hello
	if err := e.Decode(&h); err != nil || !sensible(h) {
		return nil, drop(Malformed)
	}
	g.cfg.Counts.add(Hellos, 1)
	if !slices.Contains(h.Versions, spoken()[0]) {
		return g.unsupported(from, e.Type)
	}
	g.listen(ctx, from, h.Heard)
	cur, err := g.reread(ctx, from, h.Journal)
	if err != nil {
		return nil, err
	}
	if cur, err = g.gap(ctx, from, h, cur); err != nil {
		return nil, err
	}
	w, err := g.welcome(ctx, from, h, cur)
	if err != nil {
		return nil, err
	}
	err = g.cfg.Fleet.Seen(ctx, centraldb.Seen{
		Kiosk: from.kiosk(), At: g.cfg.Now(), Queue: h.Queue, Roster: h.Roster, Keyset: h.Keyset, Software: h.Software,
	})
	if err != nil {
		return nil, err
	}
	w.Clock = g.clock(from)
	id := g.cfg.NewID()
	out, err := g.replyAs(from, wire.DownRes, wire.TypeWelcome, id, w)
	if err == nil {
		g.voices.welcomed(from.kiosk(), from.id, id)
		g.cfg.Heard(from.kiosk(), false)
	}
	return out, err
}

func sensible(h wire.Hello) bool {
	const most = math.MaxInt64
	return !h.Journal.IsZero() && h.Head < most && h.Oldest <= h.Head+1 && h.Acked <= h.Head &&
		h.Gen < maxGen && h.Roster < most && h.Keyset < most && h.Command.Gen < maxGen && h.Command.N < most && h.Queue >= 0 && len(h.Software) <= maxSoftware
}

func (g *Ingest) welcome(ctx context.Context, from sender, h wire.Hello, cur centraldb.Cursor) (wire.Welcome, error) {
	w := wire.Welcome{Versions: spoken(), Real: g.cfg.Now().UnixNano()}
	if g.cfg.Brokers != nil {
		w.Brokers = g.cfg.Brokers()
	}
	var err error
	if w.Roster, err = g.cfg.Rosters.Version(ctx, from.kiosk()); err != nil {
		return w, err
	}
	if w.Gen, err = g.agree(ctx, from, h, cur, w.Roster); err != nil {
		return w, err
	}
	if w.FleetSize, err = g.cfg.Fleet.FleetSize(ctx); err != nil {
		return w, err
	}
	if g.cfg.Commands != nil {
		if w.Commands, err = g.cfg.Commands(ctx, from.kiosk(), from.key, h.Command); err != nil {
			return w, err
		}
	}
	w.Ack = ackOf(w.Gen, h.Journal, cur)
	if w.Ack.Reopen, err = g.rewritten(ctx, from, h, cur); err != nil {
		return w, err
	}
	if !w.Ack.Reopen && rolledBack(h, cur) && !g.overtaken(from, h, cur) {
		w.Ack.Reopen = true
		g.cfg.Counts.add(Reopens, 1)
		g.cfg.Logger.Warn("kiosk has gone back", "kiosk", from.kiosk(), "journal", h.Journal.String(),
			"head", h.Head, "through", cur.Through)
	}
	if k := g.cfg.Keyset(); k.Version > h.Keyset {
		w.Keyset = &k
	}
	return w, nil
}

// rolledBack says whether the kiosk's journal is an older copy of what central
// has: shorter, or with another record at the same place.
func rolledBack(h wire.Hello, cur centraldb.Cursor) bool {
	if h.Head < cur.Through {
		return true
	}
	return h.Head == cur.Through && h.Head > 0 && cur.Hash != (record.Hash{}) && h.HeadHash != cur.Hash
}

// overtaken says whether the hello may simply be older than a batch that came
// in before it: then its head lies behind through without anything being wrong.
// A card that was rolled back takes longer to boot, and says hello again.
func (g *Ingest) overtaken(from sender, h wire.Hello, cur centraldb.Cursor) bool {
	at := g.movedAt(from.kiosk(), h.Journal)
	return h.Head < cur.Through && !at.IsZero() && g.cfg.Now().Sub(at) < overtaking
}

// gap passes over records that the kiosk no longer holds and central never got.
func (g *Ingest) gap(ctx context.Context, from sender, h wire.Hello, cur centraldb.Cursor) (centraldb.Cursor, error) {
	for range attempts {
		if cur.Closed || h.Oldest <= cur.Through+1 {
			return cur, nil
		}
		before := cur
		if !cur.Known {
			before = centraldb.Cursor{}
		}
		moved, err := g.cfg.Log.Gap(ctx, centraldb.Gap{
			Kiosk: from.kiosk(), Journal: h.Journal, Before: before, To: h.Oldest - 1, NoticedAt: g.cfg.Now(),
		})
		if err != nil {
			return cur, err
		}
		if moved {
			g.cfg.Counts.add(Gaps, 1)
			g.cfg.Logger.Error("records are missing", "kiosk", from.kiosk(), "journal", h.Journal.String(),
				"from", cur.Through+1, "to", h.Oldest-1)
		}
		if cur, err = g.reread(ctx, from, h.Journal); err != nil {
			return cur, err
		}
	}
	return cur, nil
}

func (g *Ingest) pull(ctx context.Context, from sender, e wire.Envelope) ([]wire.Message, error) {
	var p wire.Pull
	if err := e.Decode(&p); err != nil {
		return nil, drop(Malformed)
	}
	g.cfg.Counts.add(Pulls, 1)
	out, err := g.cfg.Rosters.Pages(ctx, from.kiosk(), e.ID, p)
	if err == nil {
		g.cfg.Heard(from.kiosk(), true)
	}
	return out, err
}

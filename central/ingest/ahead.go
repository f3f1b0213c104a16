package ingest

import (
	"context"

	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// maxLead is how many generations a kiosk may be ahead of this server. Each stands
// for a backup that was restored, so honest kiosks are ahead by one or two.
const maxLead = 1000

// agree gives the generation in force. A kiosk that knows more under it than
// this server does proves that the server was restored from a backup: a new
// generation begins, under which the kiosk believes it again and sends anew. A
// kiosk that speaks of an earlier generation has not heard of that yet.
func (g *Ingest) agree(ctx context.Context, from sender, h wire.Hello, cur centraldb.Cursor, roster uint64) (uint64, error) {
	gen, err := g.generation(ctx, true)
	if err != nil {
		return 0, err
	}
	ahead := h.Gen > gen || h.Gen == gen && (h.Roster > roster || h.Acked > cur.Through)
	if !ahead || !g.believed(from, h, gen) {
		return gen, nil
	}
	raised, err := g.cfg.Fleet.RaiseGeneration(ctx, h.Gen+1)
	if err != nil {
		return 0, err
	}
	g.gen.Store(raised)
	g.cfg.Counts.add(WentBack, 1)
	g.cfg.Logger.Error("this server has gone back", "kiosk", from.kiosk(), "generation", raised,
		"kiosk_generation", h.Gen, "kiosk_roster", h.Roster, "kiosk_acked", h.Acked, "through", cur.Through)
	return raised, nil
}

// believed says whether a kiosk's word alone begins a new generation, for which
// every kiosk of the fleet fetches its roster again: once, since nobody restores a
// backup under a running process, and not from far ahead, since generations end.
func (g *Ingest) believed(from sender, h wire.Hello, gen uint64) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.raised[from.kiosk()] && h.Gen <= gen+maxLead {
		g.raised[from.kiosk()] = true
		return true
	}
	g.cfg.Counts.add(Disbelieved, 1)
	if !g.boasted[from.kiosk()] {
		g.boasted[from.kiosk()] = true
		g.cfg.Logger.Error("a kiosk claims what can't be: is it in bad hands?", "kiosk", from.kiosk(), "generation", gen,
			"kiosk_generation", h.Gen, "kiosk_roster", h.Roster, "kiosk_acked", h.Acked)
	}
	return false
}

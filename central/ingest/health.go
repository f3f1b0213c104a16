package ingest

import "github.com/timepost/timepost/sync/wire"

// health passes on what a kiosk tells of its machine. Nothing is answered: it is
// lossy, and the next round says it again.
func (g *Ingest) health(from sender, e wire.Envelope) error {
	var h wire.Health
	if err := e.Decode(&h); err != nil || h.Validate() != nil {
		return drop(Malformed)
	}
	g.cfg.Counts.add(Healths, 1)
	g.cfg.Health(from.kiosk(), h)
	return nil
}

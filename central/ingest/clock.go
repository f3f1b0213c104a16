package ingest

import "github.com/timepost/timepost/sync/wire"

// clock gives what a kiosk's time can be tied to: when its hello came in, and now.
// Work in between is no part of the way that the kiosk has to doubt.
func (g *Ingest) clock(from sender) *wire.Clock {
	if g.cfg.Clock == nil {
		return nil
	}
	source, off, ok := g.cfg.Clock()
	if !ok {
		return nil
	}
	return &wire.Clock{Source: source, Received: from.at.UnixNano(), Sent: g.cfg.Now().UnixNano(), Err: int64(off)}
}

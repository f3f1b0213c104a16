package ingest

import (
	"context"

	"github.com/timepost/timepost/sync/wire"
)

// Back gives the hint for a kiosk that this server is there again.
func (g *Ingest) Back(ctx context.Context, kiosk string) (wire.Message, error) {
	gen, err := g.generation(ctx, false)
	if err != nil {
		return wire.Message{}, err
	}
	to := wire.Topic{Org: g.cfg.Org, Kiosk: kiosk, Channel: wire.DownPush}
	return g.cfg.Signer.Seal(to, wire.TypeBack, g.cfg.NewID(), "", wire.Back{Gen: gen})
}

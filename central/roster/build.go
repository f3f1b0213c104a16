package roster

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// build makes the bodies of changed rows. A seal costs 0.12 ms, so those whose
// inputs have not changed are taken over, and the others made on all cores.
func (r *Rosters) build(ctx context.Context, key kioskKey, changed []want, marks map[centraldb.RosterKey]centraldb.RosterMark) ([]centraldb.RosterRow, error) {
	kept, err := r.keptSeals(ctx, key.kiosk, changed, marks)
	if err != nil {
		return nil, err
	}
	out := make([]centraldb.RosterRow, len(changed))
	var all errgroup.Group
	all.SetLimit(runtime.GOMAXPROCS(0))
	const share = 64
	for from := 0; from < len(changed); from += share {
		all.Go(func() error {
			for i := from; i < min(from+share, len(changed)); i++ {
				var err error
				if out[i], err = r.row(key, changed[i], kept[changed[i].key]); err != nil {
					return err
				}
			}
			return ctx.Err()
		})
	}
	if err := all.Wait(); err != nil {
		return nil, err
	}
	return out, nil
}

func (r *Rosters) row(key kioskKey, w want, sealed *wire.SealedPIN) (centraldb.RosterRow, error) {
	if sealed == nil && w.pin != nil {
		var err error
		if sealed, err = r.seal(key, w.pin); err != nil {
			return centraldb.RosterRow{}, err
		}
	}
	body, err := json.Marshal(w.body(sealed))
	if err != nil {
		return centraldb.RosterRow{}, fmt.Errorf("encode roster row: %w", err)
	}
	return centraldb.RosterRow{RosterKey: w.key, Fingerprint: w.print, Body: body}, nil
}

func (r *Rosters) seal(key kioskKey, p *pinInput) (*wire.SealedPIN, error) {
	hash, err := r.cfg.OpenHash(p.kind, p.subject, p.Version, p.Hash)
	if err != nil {
		return nil, fmt.Errorf("open pin hash of %s: %w", p.subject, err)
	}
	sealed, err := pin.Seal(key.public, pin.Binding{
		Org: r.cfg.Org, Kiosk: key.kiosk, Key: key.id, Kind: p.kind, Subject: p.subject, Role: p.role, Version: p.Version,
	}, hash)
	if err != nil {
		return nil, err
	}
	return &wire.SealedPIN{Version: p.Version, Len: p.Len, Sealed: sealed}, nil
}

// keptSeals gives the sealed PINs that changed rows keep: those whose second
// half of the fingerprint is the stored one.
func (r *Rosters) keptSeals(ctx context.Context, kiosk string, changed []want, marks map[centraldb.RosterKey]centraldb.RosterMark) (map[centraldb.RosterKey]*wire.SealedPIN, error) {
	ids := map[string][]string{}
	for _, w := range changed {
		m := marks[w.key]
		if w.pin != nil && !m.Gone && len(m.Fingerprint) == 2*printLen && bytes.Equal(m.Fingerprint[printLen:], w.print[printLen:]) {
			ids[w.key.Kind] = append(ids[w.key.Kind], w.key.ID)
		}
	}
	out := map[centraldb.RosterKey]*wire.SealedPIN{}
	for kind, list := range ids {
		bodies, err := r.cfg.Rows.RosterBodies(ctx, kiosk, kind, list)
		if err != nil {
			return nil, err
		}
		for id, body := range bodies {
			var stored struct {
				PIN *wire.SealedPIN `json:"pin"`
			}
			if err := json.Unmarshal(body, &stored); err != nil {
				return nil, fmt.Errorf("read stored roster row: %w", err)
			}
			out[centraldb.RosterKey{Kind: kind, ID: id}] = stored.PIN
		}
	}
	return out, nil
}

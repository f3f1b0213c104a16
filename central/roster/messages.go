package roster

import (
	"context"

	"github.com/timepost/timepost/sync/wire"
)

// wantedMessages gives the rows of what a kiosk is to show its people. What has
// ended by itself goes with the next refresh; the kiosk judges by the row's own end.
func (r *Rosters) wantedMessages(ctx context.Context, key kioskKey) ([]want, error) {
	if r.cfg.Messages == nil {
		return nil, nil
	}
	rows, err := r.cfg.Messages.RosterMessages(ctx, key.kiosk, r.cfg.Now().Unix())
	if err != nil {
		return nil, err
	}
	out := make([]want, 0, len(rows))
	for _, m := range rows {
		w, err := plainWant(key, wire.KindMessage, m.ID, m)
		if err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return out, nil
}

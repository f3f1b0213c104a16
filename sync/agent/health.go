package agent

import (
	"context"
	"fmt"
	"time"

	"github.com/timepost/timepost/sync/wire"
)

// healthWithin is how long a round's health waits for the round's work to be done.
const healthWithin = 10 * time.Second

// tellHealth sends how the machine does, once a round: when there is nothing else
// to do, or has been too much for a while.
func (s *session) tellHealth(ctx context.Context, now time.Time) error {
	if s.healthBy.IsZero() || s.complete.IsZero() && now.Before(s.healthBy) {
		return nil
	}
	s.healthBy = time.Time{}
	h, err := s.cfg.Health(ctx, s.status.get())
	if err != nil {
		s.log.Warn("health not told", "err", err)
		return ctx.Err()
	}
	topic := wire.Topic{Org: s.cfg.Org, Kiosk: s.cfg.Kiosk, Channel: wire.UpHealth}
	m, err := s.cfg.Sealer.Seal(topic, wire.TypeHealth, s.cfg.IDs(), "", h)
	if err != nil {
		return fmt.Errorf("seal health: %w", err)
	}
	return s.publish(ctx, m)
}

// wantHealth begins a round's wait.
func (s *session) wantHealth(now time.Time) {
	if s.cfg.Health != nil {
		s.healthBy = now.Add(healthWithin)
	}
}

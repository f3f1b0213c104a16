package agent

import (
	"context"

	"github.com/timepost/timepost/attendance/clocktrust"
	"github.com/timepost/timepost/sync/wire"
)

// helloed is a hello that was sent, and when by the machine's own time.
type helloed struct {
	id string
	at int64
	ok bool // at could be read
}

func (s *session) helloed(id string) helloed {
	h := helloed{id: id}
	if s.cfg.Clock != nil {
		h.at, h.ok = s.cfg.Clock.Elapsed()
	}
	return h
}

// takeTime hands on what a welcome says of central's clock. A disk that does not
// take it stops nothing: the next round brings another.
func (s *session) takeTime(ctx context.Context, h helloed, c *wire.Clock) {
	if c == nil || !h.ok || c.Source == "" || c.Source == clocktrust.NTP {
		return
	}
	to, ok := s.cfg.Clock.Elapsed()
	if !ok || to < h.at {
		return
	}
	a := clocktrust.Answered(0, c.Source, h.at, to, c.Received, c.Sent, c.Err)
	if err := s.cfg.Clock.Take(ctx, a); err != nil {
		s.log.Warn("central's time not kept", "err", err)
	}
}

package agent

import (
	"context"
	"time"

	"github.com/timepost/timepost/sync/schedule"
)

// between is the least time between two hints that are followed: a broker may
// repeat them.
const between = 10 * time.Second

// back is central's hint that it is there again. The kiosk says hello, for something may
// have changed, and whatever waits for an answer is sent anew, spread as after an outage,
// instead of when its time-out is over.
type back struct {
	due      time.Time // when to follow the hint; zero: there is none
	followed time.Time
}

// onBack takes the hint in.
func (s *session) onBack(now time.Time) {
	if !s.back.due.IsZero() || now.Sub(s.back.followed) < between {
		return
	}
	s.back.due = now.Add(schedule.Reconnect{Fleet: s.fleet}.Wait(0, s.cfg.Chance()))
}

// follow does what the hint is for, when it is time.
func (s *session) follow(ctx context.Context, now time.Time) {
	if s.back.due.IsZero() || now.Before(s.back.due) {
		return
	}
	s.log.DebugContext(ctx, "central is back")
	s.back = back{followed: now}
	s.hello.want()
	for _, q := range []*question{&s.hello, &s.pull} {
		if q.open() {
			q.at, q.tries = now, 0
		}
	}
	s.cfg.Outbox.Again()
}

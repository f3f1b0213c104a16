package agent

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/timepost/timepost/sync/inbox"
	"github.com/timepost/timepost/sync/outbox"
	"github.com/timepost/timepost/sync/wire"
)

// drain takes in m and whatever else has already arrived, so that one flush
// answers several acknowledgements.
func (s *session) drain(ctx context.Context, m wire.Message) error {
	for {
		if err := s.receive(ctx, m); err != nil {
			return err
		}
		var ok bool
		select {
		case m, ok = <-s.link.Receive():
			if !ok {
				return s.down()
			}
		default:
			return ctx.Err()
		}
	}
}

func (s *session) receive(ctx context.Context, m wire.Message) error {
	now := s.cfg.Now()
	ev, err := s.cfg.Inbox.Take(ctx, now, m)
	if err != nil {
		// Our disk did not take it. Punches have to go up all the same, and what was
		// lost is pulled again.
		s.log.Error("message not taken in", "type", ev.Type, "err", err)
		s.pull.want()
		return ctx.Err()
	}
	live := true
	switch ev.Kind {
	case inbox.Dropped:
		s.warn(ev)
		return nil
	case inbox.Ack:
		live, err = s.onAck(ctx, now, ev.Re, ev.Ack)
	case inbox.Welcome:
		live, err = s.onWelcome(ctx, now, ev)
	case inbox.Applied:
		if ev.Whole {
			s.anew.Store(false)
		}
		s.log.Info("roster applied", "gen", ev.Gen, "version", ev.Version)
		s.onRoster(now, ev)
	case inbox.Current:
		s.onRoster(now, ev)
	case inbox.Part, inbox.Refetch:
		s.pull.going(now)
	case inbox.Unfit:
		s.reach(version{ev.Gen, ev.Version})
	case inbox.Back:
		s.onBack(now)
	case inbox.Commands:
		s.cfg.Commands.Take(ev.Commands)
	case inbox.Unsupported, inbox.Unknown:
		s.log.Warn("message type unsupported", "type", ev.Type, "by_central", ev.Kind == inbox.Unsupported)
	}
	if err != nil || !live {
		return err
	}
	s.silence, s.hello.unheard, s.pull.unheard = 0, 0, 0
	if s.welcomed {
		s.status.contact(now)
	}
	return nil
}

// onAck hands an acknowledgement to the outbox; live is false when it was not
// believed, or may be a repetition from long ago.
func (s *session) onAck(ctx context.Context, now time.Time, re string, a wire.Ack) (live bool, err error) {
	v, err := s.cfg.Outbox.OnAck(ctx, now, re, a)
	if err != nil {
		return false, fmt.Errorf("take in acknowledgement: %w", err)
	}
	switch {
	case v.Refused():
		s.log.Warn("acknowledgement refused", "verdict", v, "gen", a.Gen, "through", a.Through)
	case v == outbox.Reopened:
		s.log.Warn("journal reopened", "gen", a.Gen)
		s.hello.answered()
		s.hello.want() // central learns the new journal from a hello
	}
	live = !v.Refused() && v != outbox.Stale
	if live && v != outbox.Reopened {
		s.status.stored(now)
	}
	return live, nil
}

// onWelcome begins the round's work; live is false for an answer to a hello of
// another link.
func (s *session) onWelcome(ctx context.Context, now time.Time, ev inbox.Event) (live bool, err error) {
	i := slices.IndexFunc(s.hellos, func(h helloed) bool { return h.id == ev.Re })
	if i < 0 {
		s.log.Debug("welcome overtaken", "re", ev.Re)
		return false, nil
	}
	w := ev.Welcome
	s.takeTime(ctx, s.hellos[i], w.Clock)
	s.cfg.Commands.Take(w.Commands)
	s.hellos, s.heard = nil, ev.ID
	s.hello.answered()
	if w.Keyset != nil && w.Keyset.Version == s.cfg.Inbox.Keyset() {
		s.hello.want() // central learns that it has been taken over
	}
	s.fleet = w.FleetSize
	if !s.welcomed {
		s.welcomed = true
		s.log.Info("link up", "gen", w.Gen, "roster", w.Roster, "fleet", w.FleetSize)
	}
	var offset time.Duration
	if w.Real != 0 {
		offset = now.Sub(time.Unix(0, w.Real))
	}
	s.status.welcomed(now, offset)
	if s.cfg.Brokers.Welcomed(ctx, w.Brokers) {
		return true, moved()
	}
	s.wantHealth(now)
	if !w.Ack.Journal.IsZero() {
		if _, err := s.onAck(ctx, now, ev.Re, w.Ack); err != nil {
			return false, err
		}
	}
	at, err := s.cfg.Inbox.Pull(ctx)
	if err != nil {
		return false, err
	}
	if w.Gen > at.Gen || (w.Gen == at.Gen && w.Roster > at.Version) || s.anew.Load() {
		s.reach(version{w.Gen, w.Roster})
	} else if !s.pull.open() {
		s.status.current(now)
	}
	return true, nil
}

// version is a roster version.
type version struct{ gen, number uint64 }

// reaches says whether v is at least o.
func (v version) reaches(o version) bool {
	return v.gen > o.gen || (v.gen == o.gen && v.number >= o.number)
}

// reach pulls until v is in force.
func (s *session) reach(v version) {
	if !s.target.reaches(v) {
		s.target = v
	}
	s.pull.want()
}

// onRoster ends the pull once what central has is in force here.
func (s *session) onRoster(now time.Time, ev inbox.Event) {
	if (version{ev.Gen, ev.Version}).reaches(s.target) {
		s.pull.answered()
		s.status.current(now)
		return
	}
	s.pull.going(now)
}

// warn logs the first message of each kind that was dropped on this link; the
// counters have them all.
func (s *session) warn(ev inbox.Event) {
	if s.warned[ev.Reason] {
		return
	}
	s.warned[ev.Reason] = true
	s.log.Warn("message dropped", "reason", ev.Reason, "type", ev.Type)
}

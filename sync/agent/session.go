package agent

import (
	"context"
	"fmt"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/inbox"
	"github.com/timepost/timepost/sync/wire"
)

// session is the conversation over one link.
type session struct {
	*Agent
	link wire.Link

	hello    question
	hellos   []helloed // those that central may still answer
	pull     question
	target   version   // what the pull is to reach
	welcomed bool      // central has answered a hello on this link
	round    time.Time // when the next round begins
	complete time.Time // since when there has been nothing to do; zero: there is
	silence  int       // the outbox's timeouts since anything was heard
	strikes  int       // the outbox's, as last seen
	warned   map[inbox.Reason]bool
	healthBy time.Time // when the round's health is told at the latest; zero: it has been
	back     back
}

func newSession(a *Agent, link wire.Link) *session {
	return &session{Agent: a, link: link, round: a.cfg.Now(), warned: map[inbox.Reason]bool{}}
}

// run talks until the link is down (an error), or the round is complete and the
// plan does not keep the link (nil).
func (s *session) run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		if err := s.once(ctx); err != nil {
			return err
		}
		now := s.cfg.Now()
		if s.over(now) {
			s.log.Debug("round complete")
			return nil
		}
		timer.Reset(s.nap(now))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		case m, ok := <-s.link.Receive():
			if !ok {
				return s.down()
			}
			if err := s.drain(ctx, m); err != nil {
				return err
			}
		case <-s.cfg.Journal.Changed():
		case <-s.poke:
			s.round = s.cfg.Now()
		case <-s.wake:
			s.round = s.nextRound()
		}
	}
}

// once does everything that is due now.
func (s *session) once(ctx context.Context) error {
	now := s.cfg.Now()
	s.round = s.earlier(s.round)
	if !now.Before(s.round) {
		s.hello.want()
		s.round = s.nextRound()
	}
	s.follow(ctx, now)
	if s.hello.due(now) {
		if err := s.ask(ctx, now, &s.hello, wire.TypeHello, s.helloBody); err != nil {
			return err
		}
	}
	if !s.welcomed {
		return nil // a kiosk that has gone back is told so before it sends
	}
	if s.pull.due(now) {
		if err := s.ask(ctx, now, &s.pull, wire.TypePull, s.pullBody); err != nil {
			return err
		}
	}
	if err := s.flush(ctx, now); err != nil {
		return err
	}
	return s.tellHealth(ctx, now)
}

// flush sends what the outbox has to send.
func (s *session) flush(ctx context.Context, now time.Time) error {
	ms, err := s.cfg.Outbox.Next(ctx, now)
	for _, m := range ms {
		if err := s.publish(ctx, m); err != nil {
			return err
		}
	}
	if err != nil {
		return fmt.Errorf("flush outbox: %w", err)
	}
	if n := s.cfg.Outbox.Strikes(); n > s.strikes {
		if s.silence++; s.silence >= maxSilence {
			return silent()
		}
	}
	s.strikes = s.cfg.Outbox.Strikes()
	if err := s.cfg.Outbox.Prepare(ctx); err != nil {
		return fmt.Errorf("flush outbox: %w", err)
	}
	h, err := s.cfg.Journal.Head(ctx)
	if err != nil {
		return fmt.Errorf("read journal head: %w", err)
	}
	s.status.queue(h.Queue)
	s.noteIdle(now)
	return nil
}

// noteIdle notes since when there has been nothing to do.
func (s *session) noteIdle(now time.Time) {
	busy := s.hello.open() || s.pull.open() || !(s.cfg.Outbox.Drained() || s.cfg.Outbox.Waiting(now))
	switch {
	case busy:
		s.complete = time.Time{}
	case s.complete.IsZero():
		s.complete = now
	}
}

// over says whether the link has done its work for now.
func (s *session) over(now time.Time) bool {
	return !s.plan.Load().Live && !s.complete.IsZero() && now.Sub(s.complete) >= linger
}

// nap gives how long there is nothing to do unless something comes in.
func (s *session) nap(now time.Time) time.Duration {
	d := min(maxSleep, s.round.Sub(now))
	for _, q := range []*question{&s.hello, &s.pull} {
		if q.open() {
			d = min(d, q.at.Sub(now))
		}
	}
	if at, ok := s.cfg.Outbox.Deadline(); ok && s.welcomed {
		d = min(d, at.Sub(now))
	}
	if !s.back.due.IsZero() {
		d = min(d, s.back.due.Sub(now))
	}
	if !s.healthBy.IsZero() {
		d = min(d, s.healthBy.Sub(now))
	}
	if !s.complete.IsZero() && !s.plan.Load().Live {
		d = min(d, s.complete.Add(linger).Sub(now))
	}
	return max(d, 0)
}

func (s *session) publish(ctx context.Context, m wire.Message) error {
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	if err := s.link.Publish(ctx, m); err != nil {
		return fmt.Errorf("publish to %s: %w", m.Topic, err)
	}
	return nil
}

// silent is the error when nothing at all was heard through three timeouts of
// one kind in a row: the link is dead, whatever the socket thinks.
func silent() error {
	return problem.New(problem.Unavailable, "The server does not answer.", "Nothing is lost: punches are kept and sent later.")
}

func (s *session) down() error {
	if err := s.link.Err(); err != nil {
		return fmt.Errorf("receive: %w", err)
	}
	return problem.New(problem.Unavailable, "The connection to the server ended.", "")
}

package agent

import (
	"context"
	"fmt"
	"time"

	"github.com/timepost/timepost/sync/schedule"
	"github.com/timepost/timepost/sync/wire"
)

// maxHellos is how many unanswered hellos may still be answered.
const maxHellos = 8

// question is something central is asked until it answers.
type question struct {
	wanted  bool
	id      string    // of the last asking
	at      time.Time // ask (again) at
	tries   int       // since it is wanted: the timeouts double
	unheard int       // askings since anything at all came in
}

// want asks as soon as possible, unless it is being asked.
func (q *question) want() {
	if !q.wanted {
		*q = question{wanted: true, unheard: q.unheard}
	}
}

func (q *question) open() bool             { return q.wanted }
func (q *question) due(now time.Time) bool { return q.wanted && !now.Before(q.at) }
func (q *question) answered()              { *q = question{} }

// going puts the next asking off: an answer has begun to come in.
func (q *question) going(now time.Time) {
	if q.wanted {
		q.at = now.Add(schedule.AckTimeout)
	}
}

// ask sends a question, or fails when the last three were met with silence.
func (s *session) ask(ctx context.Context, now time.Time, q *question, typ wire.Type, body func(context.Context) (any, error)) error {
	if q.unheard >= maxSilence {
		return silent()
	}
	b, err := body(ctx)
	if err != nil {
		return err
	}
	q.id = s.cfg.IDs()
	topic := wire.Topic{Org: s.cfg.Org, Kiosk: s.cfg.Kiosk, Channel: wire.UpReq}
	m, err := s.cfg.Sealer.Seal(topic, typ, q.id, "", b)
	if err != nil {
		return fmt.Errorf("seal %s: %w", typ, err)
	}
	q.at = now.Add(schedule.Ack(q.tries))
	q.tries++
	q.unheard++
	if typ == wire.TypeHello {
		s.hellos = append(s.hellos[max(0, len(s.hellos)+1-maxHellos):], s.helloed(q.id))
	}
	return s.publish(ctx, m)
}

func (s *session) helloBody(ctx context.Context) (any, error) {
	h, err := s.cfg.Outbox.Head(ctx)
	if err != nil {
		return nil, err
	}
	s.cfg.Inbox.SetJournal(h.Journal)
	at, err := s.cfg.Inbox.Pull(ctx)
	if err != nil {
		return nil, err
	}
	return wire.Hello{
		Versions: wire.Versions{1}, Software: s.cfg.Software,
		Journal: h.Journal, Head: h.Seq, HeadHash: h.Hash, Oldest: h.Oldest, Acked: h.Acked, AckedHash: h.AckedHash, Queue: h.Queue,
		Gen: at.Gen, Roster: at.Version, Keyset: s.cfg.Inbox.Keyset(), Real: s.cfg.Now().UnixNano(),
		Command: s.cfg.Commands.Begun(), Heard: s.heard,
	}, nil
}

func (s *session) pullBody(ctx context.Context) (any, error) {
	p, err := s.cfg.Inbox.Pull(ctx)
	if s.anew.Load() {
		p.Version = 0 // answered with everything
	}
	return p, err
}

package device

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/wire"
)

// maxSessions bounds how many sessions are open at once. One screen has one.
const maxSessions = 16

// session is one identified person, until they punch or walk away.
type session struct {
	id      string
	person  wire.PersonRow
	auth    attendance.Auth
	refund  *refund // nil: nothing was charged
	offered []attendance.Action
	own     int                // punches of this person here when the actions were offered
	newest  uint64             // and the record of the newest
	place   place              // where the journal stood then
	shift   []attendance.Punch // and what was punched here for today
	began   time.Duration      // CLOCK_BOOTTIME
	used    time.Duration
	reason  bool // it takes a punch with a note only
	crew    bool // it has no person: it takes one punch of a team
	busy    bool // a punch is being written

	project     string // the one that was open
	unconfirmed bool   // where the person stood was a guess
	answered    bool   // answers to their requests are on the screen
}

func (s *session) over(now time.Duration) bool {
	return now-s.began >= local.SessionMax
}

// open starts a session. When there are too many, the oldest ends.
func (t *Terminal) open(ctx context.Context, s *session) error {
	b := make([]byte, 16)
	if _, err := io.ReadFull(t.c.Random, b); err != nil {
		return fmt.Errorf("draw session: %w", err)
	}
	s.id = base64.RawURLEncoding.EncodeToString(b)
	t.mu.Lock()
	var oldest *session
	if len(t.sessions) >= maxSessions {
		for _, o := range t.sessions {
			if !o.busy && (oldest == nil || o.used < oldest.used) {
				oldest = o
			}
		}
	}
	if oldest != nil {
		delete(t.sessions, oldest.id)
	}
	t.sessions[s.id] = s
	t.mu.Unlock()
	if oldest != nil {
		return t.giveBack(ctx, []*session{oldest})
	}
	return nil
}

func errExpired() error {
	return problem.New(problem.Expired, "This took too long.", "Start again with your name.")
}

// take gives the live session, of a team or of one person, and keeps others from using it until it is put
// back or dropped.
func (t *Terminal) take(id string, now time.Duration, crew bool) (*session, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.sessions[id]
	if s == nil || s.over(now) || s.crew != crew {
		return nil, errExpired()
	}
	if s.busy {
		return nil, problem.New(problem.Conflict, "This is being recorded already.", "Wait a moment.")
	}
	s.busy = true
	return s, nil
}

func (t *Terminal) putBack(s *session, now time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s.busy, s.used = false, now
}

func (t *Terminal) drop(s *session) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.sessions, s.id)
}

// End closes a session before its time: the person has walked away. One that is
// over already is no error.
func (t *Terminal) End(ctx context.Context, id string) error {
	if t.endCare(id) {
		return nil
	}
	t.mu.Lock()
	s := t.sessions[id]
	if s == nil || s.busy {
		t.mu.Unlock()
		return nil
	}
	delete(t.sessions, id)
	t.mu.Unlock()
	return t.giveBack(ctx, []*session{s})
}

// sweep ends the sessions whose time is over.
func (t *Terminal) sweep(ctx context.Context, now time.Duration) error {
	var over []*session
	t.mu.Lock()
	for id, s := range t.sessions {
		if s.over(now) && !s.busy {
			over = append(over, s)
			delete(t.sessions, id)
		}
	}
	t.mu.Unlock()
	return t.giveBack(ctx, over)
}

// endAll ends every session that is not being written: what was charged for them
// is given back before the daemon stops.
func (t *Terminal) endAll(ctx context.Context) error {
	var open []*session
	t.mu.Lock()
	for id, s := range t.sessions {
		if !s.busy {
			open = append(open, s)
			delete(t.sessions, id)
		}
	}
	t.mu.Unlock()
	return t.giveBack(ctx, open)
}

// giveBack commits the refunds of sessions that end without a punch.
func (t *Terminal) giveBack(ctx context.Context, ended []*session) error {
	var due []*refund
	for _, s := range ended {
		if s.refund != nil && !s.refund.nothing() {
			due = append(due, s.refund)
		}
	}
	if len(due) == 0 {
		return nil
	}
	stamp := t.stamp(ctx)
	err := t.update(ctx, func(tx *devicedb.JournalTx) error {
		for _, r := range due {
			if err := settle(tx, *r, stamp); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

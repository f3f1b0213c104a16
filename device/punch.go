package device

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
)

// Punch records an action in a session and ends it: one session takes one punch.
// It returns a Receipt only after the record is on disk. When it refuses before
// writing, the session lives on; when the disk did not take it, nobody knows and
// the session is over. See local.Terminal for its errors.
func (t *Terminal) Punch(ctx context.Context, r local.PunchRequest) (local.Receipt, error) {
	t.punching.Lock()
	defer t.punching.Unlock()
	stamp := t.stamp(ctx)
	now := instantOf(stamp)
	s, err := t.take(r.Session, now.boot, false)
	if err != nil {
		return local.Receipt{}, err
	}
	if r.Project, err = t.booked(ctx, s.person, r.Action, r.Project); err != nil {
		t.putBack(s, now.boot)
		return local.Receipt{}, err
	}
	worked, err := t.check(ctx, s, r, stamp)
	if err != nil {
		t.putBack(s, now.boot)
		return local.Receipt{}, err
	}
	body := record.Body{
		Type: record.Punched, Stamp: stamp, Person: s.person.ID,
		Action: r.Action, Auth: s.auth, Project: r.Project, Note: r.Note,
	}
	rec, err := t.commit(ctx, s, body)
	t.drop(s)
	if err != nil {
		return local.Receipt{}, err
	}
	t.poke()
	t.log.Info("punch recorded", "person", s.person.ID, "action", string(r.Action), "auth", string(s.auth), "seq", rec.Seq)
	return t.receipt(ctx, s, body, rec, worked), nil
}

// commit writes the punches and gives back what the guess was charged, all at
// once. It gives the last record.
func (t *Terminal) commit(ctx context.Context, s *session, bodies ...record.Body) (last record.Record, err error) {
	err = t.update(ctx, func(tx *devicedb.JournalTx) error {
		if s.refund != nil {
			if err := settle(tx, *s.refund, bodies[0].Stamp); err != nil {
				return err
			}
		}
		for _, b := range bodies {
			if last, err = tx.Append(b); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return last, fmt.Errorf("record punch: %w", err)
	}
	return last, nil
}

// check refuses what is not valid now, and gives the hours worked today as they
// are with the new punch: after the commit nothing may fail any more.
func (t *Terminal) check(ctx context.Context, s *session, r local.PunchRequest, stamp attendance.Stamp) (time.Duration, error) {
	if err := checkNote(s, r.Note); err != nil {
		return 0, err
	}
	next := attendance.Punch{Person: s.person.ID, Kiosk: t.c.Kiosk, Action: r.Action, At: stamp.Time(), Project: r.Project, Auth: s.auth}
	// What was offered stays valid, whatever news arrives from elsewhere
	// meanwhile; only another punch made here changes it.
	now, err := t.place(ctx)
	if err != nil {
		return 0, err
	}
	if now == s.place && slices.Contains(s.offered, r.Action) {
		return t.worked(append(slices.Clone(s.shift), next), stamp), nil
	}
	p, err := t.presence(ctx, s.person.ID)
	if err != nil {
		return 0, err
	}
	if p.own != s.own || p.newest != s.newest || !slices.Contains(s.offered, r.Action) {
		if err := p.Check(r.Action); err != nil {
			return 0, err
		}
	}
	history, err := t.history(ctx, p)
	if err != nil {
		return 0, err
	}
	shift, err := t.shift(ctx, p, history, stamp)
	if err != nil {
		return 0, err
	}
	return t.worked(append(shift, next), stamp), nil
}

func checkNote(s *session, note string) error {
	switch {
	case s.reason && strings.TrimSpace(note) == "":
		return badNote("The reason is missing.", "Say why the Universal PIN is used.")
	case len(note) > attendance.MaxNote:
		return badNote("The note is too long.", "Shorten the note.")
	case !utf8.ValidString(note) || strings.ContainsFunc(note, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }):
		return badNote("The note has characters that can't be stored.", "Type the note again.")
	}
	return nil
}

func badNote(message, hint string) error {
	return problem.New(problem.Invalid, message, hint).With("field", "note")
}

// receipt says what is on disk. What can't be read any more is left out: the punch
// is recorded.
func (t *Terminal) receipt(ctx context.Context, s *session, body record.Body, rec record.Record, worked time.Duration) local.Receipt {
	r := local.Receipt{
		Person: s.person.Name, Action: body.Action, At: body.Stamp.Time().UnixMilli(), Zone: body.Stamp.Zone,
		Worked: worked.Milliseconds(), Auth: s.auth, Seq: rec.Seq, Queue: t.queue(ctx, 1),
		ID: s.person.ID, Lang: s.person.Lang, Unconfirmed: s.unconfirmed,
	}
	now := instantOf(body.Stamp).boot
	project := body.Project
	if body.Action == attendance.BreakEnd {
		project = s.project
	}
	var errs [3]error
	r.Project, errs[0] = t.projectName(ctx, project)
	r.Messages, errs[1] = t.messages(ctx, s, body.Stamp)
	r.Ticket, errs[2] = t.issue(ticket{
		person: s.person, auth: s.auth, journal: rec.Journal, seq: rec.Seq, action: body.Action, at: r.At, until: now + local.TicketLife,
	}, now)
	if err := errors.Join(errs[:]...); err != nil {
		t.log.Warn("receipt incomplete", "err", err)
	}
	return r
}

// queue gives how many records wait to be sent; least where that is unknown.
func (t *Terminal) queue(ctx context.Context, least int) int {
	head, err := t.c.Journal.Head(ctx)
	if err != nil {
		t.log.Warn("queue length unknown", "err", err)
		return least
	}
	return head.Queue
}

// stamp reads the clocks with the zone in force.
func (t *Terminal) stamp(ctx context.Context) attendance.Stamp {
	s, err := t.settings(ctx)
	if err != nil {
		t.log.Warn("settings unreadable", "err", err)
		s = t.c.Settings
	}
	return t.c.Clocks(s.Zone)
}

package ingest

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/badge"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

// undoWithin is how long after a punch a takeback of it is believed. Kiosks allow a
// minute by a clock that only goes forward; the rest is for a stamp that is made
// while the machine is busy.
const undoWithin = 2 * time.Minute

// asked is what a step's records besides punches have changed, by person.
type asked struct {
	moved []string // where they stand, or what counts of their punches
	read  []string // who has seen what was for them alone
}

// asks says whether a body is something that a person does at a kiosk besides
// punching. Numbers that no kiosk writes come from one that somebody has taken over.
func asks(b record.Body) bool {
	switch b.Type {
	case record.Void:
		return b.Person != "" && b.Seq > 0 && b.Seq <= math.MaxInt64
	case record.Unlisted:
		return b.Name != "" && b.Action.Valid()
	case record.Request:
		return b.Person != "" && b.Action.Valid() && b.Action != attendance.Unresolved && b.Claim > 0
	case record.MessageRead:
		return b.Person != "" && b.Message != ""
	case record.CommandDone:
		return b.Command > 0 && b.Command <= math.MaxInt64 && b.Gen < maxGen
	case record.BadgeUnknown:
		return b.Code != "" && badge.Canonical(b.Badge).Valid()
	}
	return false
}

// ask stores what people have asked for and taken back, in the step's transaction.
func (p *Projector) ask(sayings []saying, out *asked) func(context.Context, *centraldb.Tx) error {
	if len(sayings) == 0 {
		return nil
	}
	return func(ctx context.Context, tx *centraldb.Tx) error {
		*out = asked{}
		for _, s := range sayings {
			if err := p.askOne(ctx, tx, s, out); err != nil {
				return fmt.Errorf("take in %s: %w", s.body.Type, err)
			}
		}
		return nil
	}
}

func (p *Projector) askOne(ctx context.Context, tx *centraldb.Tx, s saying, out *asked) error {
	switch s.body.Type {
	case record.Void:
		return takeBack(ctx, tx, s, out)
	case record.Unlisted:
		err := tx.AddNewcomer(ctx, centraldb.NewcomerPunch{
			ID: s.row.ID, Kiosk: s.row.Kiosk, Seq: s.row.Seq, Name: oneLine(s.body.Name), Action: s.body.Action, Note: oneLine(s.body.Note),
			At: s.body.Stamp.Time().UnixNano(), Zone: s.body.Stamp.Zone, ReceivedAt: s.row.ReceivedAt,
		})
		if err != nil {
			return err
		}
		return tellAsked(ctx, tx, s)
	case record.Request:
		err := tx.AddPunchRequest(ctx, centraldb.PunchRequest{
			ID: s.row.ID, Person: s.body.Person, Kiosk: s.row.Kiosk, Action: s.body.Action, Project: s.body.Project, Reason: oneLine(s.body.Note),
			Claim: s.body.Claim, Zone: s.body.Stamp.Zone, MadeAt: s.body.Stamp.Time().UnixNano(), ReceivedAt: s.row.ReceivedAt,
		})
		if err != nil {
			return err
		}
		return tellAsked(ctx, tx, s)
	case record.MessageRead:
		_, personal, err := tx.MarkRead(ctx, s.body.Message, s.body.Person, s.row.Kiosk, s.body.Stamp.Time().UnixNano())
		if personal {
			out.read = append(out.read, s.body.Person)
		}
		return err
	case record.CommandDone:
		if p.Ended == nil {
			return nil
		}
		s.body.Note = oneLine(s.body.Note)
		return p.Ended(ctx, tx, s.row.Kiosk, s.row.ReceivedAt, s.body)
	case record.BadgeUnknown:
		return tx.AddUnknownBadge(ctx, centraldb.UnknownBadge{
			ID: s.row.ID, Kiosk: s.row.Kiosk, Badge: s.body.Badge, Code: oneLine(s.body.Code),
			At: s.body.Stamp.Time().UnixNano(), ReceivedAt: s.row.ReceivedAt,
		})
	}
	return nil
}

// oneLine makes a text from a kiosk fit for a line, as a correction keeps it: who has
// taken a kiosk over can write anything there.
func oneLine(text string) string {
	const most = 200
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text))
	if r := []rune(text); len(r) > most {
		text = string(r[:most-1]) + "…"
	}
	return text
}

// takeBack has a punch count no more that its person took back within the minute.
// Anything else waits for an admin. The records of a journal come in order, so the
// punch is there before.
func takeBack(ctx context.Context, tx *centraldb.Tx, s saying, out *asked) error {
	b := centraldb.Takeback{
		ID: s.row.ID, Kiosk: s.row.Kiosk, Seq: s.row.Seq, Person: s.body.Person, At: s.body.Stamp.Time().UnixNano(),
		Zone: s.body.Stamp.Zone, ReceivedAt: s.row.ReceivedAt,
	}
	h, err := weigh(ctx, tx, s, &b)
	if err != nil {
		return err
	}
	if fresh, err := tx.AddTakeback(ctx, b); err != nil || !fresh || b.Entry == 0 || h.Kind == centraldb.FixVoid {
		return err
	}
	c := h.Correction
	c.Kind, c.MadeBy, c.MadeAt, c.Reason = centraldb.FixVoid, centraldb.ByPerson, min(b.At, b.ReceivedAt), "Taken back at the kiosk, within the minute."
	if _, err := tx.AddCorrection(ctx, c); err != nil {
		return err
	}
	out.moved = append(out.moved, c.Person)
	return tx.SettlePresence(ctx, c.Person)
}

// weigh finds the punch that a takeback names, and says in b what is in its way.
func weigh(ctx context.Context, tx *centraldb.Tx, s saying, b *centraldb.Takeback) (h centraldb.Held, err error) {
	b.Why = centraldb.TakebackNoPunch
	l, err := tx.LoggedAt(ctx, s.row.Kiosk, s.row.Journal, s.body.Seq)
	if err != nil || l.ID == 0 || l.ID >= s.row.ID {
		return h, err
	}
	named, err := record.Decode(l.Body)
	if err != nil {
		return h, nil // it can't be read, and so is no punch
	}
	u, ok := named.Punch(l.Kiosk)
	if !ok {
		return h, nil
	}
	if h, err = tx.Held(ctx, l.ID); err != nil {
		return h, err
	}
	b.Punch, b.Why = l.ID, ""
	switch {
	case u.Person != b.Person:
		b.Why = centraldb.TakebackNotTheir
	case h.Kind == centraldb.FixVoid: // it counts no more already: nothing to do
	case !soonAfter(named.Stamp, s.body.Stamp):
		b.Why = centraldb.TakebackLate
	case h.Kind != "":
		b.Why = centraldb.TakebackFixed
	}
	if b.Why == "" {
		b.Entry = l.ID
	}
	return h, nil
}

// soonAfter compares two stamps of one journal: by the time that has passed since
// the start of the machine, which nobody sets, where it has not started anew.
func soonAfter(punch, then attendance.Stamp) bool {
	gone := then.Boot - punch.Boot
	if punch.BootID != then.BootID || punch.BootID == "" {
		gone = then.Real - punch.Real
	}
	return gone >= 0 && gone <= int64(undoWithin)
}

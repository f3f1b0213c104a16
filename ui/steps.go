package ui

import (
	"context"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// welcome shows what the person may do, after what has to be asked or told first:
// the reason for a Universal PIN, answers to their requests, a punch of moments
// ago, a shift that they may have forgotten to end. Each comes once.
func (k *Kiosk) welcome(s local.Session) {
	switch {
	case s.NeedNote && k.note == "":
		k.reason.askReason(k.say.ReasonTitle, s.Person.Name, noPIN(), k.say.Reasons, k.own().Reasons, func(note string) {
			k.note = note
			k.welcome(s)
		})
		k.show(k.reason)
	case len(s.Answers) > 0:
		next := s
		next.Answers = s.Answers[1:]
		k.tell(k.say.Answer, s.Answers[0].Text, s.Answers[0].Message, k.session, func() { k.welcome(next) })
	case s.Double != nil:
		k.askDouble(s)
	case s.Forgotten > 0:
		k.askForgotten(s)
	default:
		k.choose.open(s)
		k.show(k.choose)
	}
	k.changed()
}

// askDouble asks what a second touch within moments was meant to be.
func (k *Kiosk) askDouble(s local.Session) {
	w, d := k.say, *s.Double
	s.Double = nil
	k.doubt.open(w.justNow(d, k.at(d.At)), w.DoubleHint,
		option{"right", w.DoubleRight, "", glyphCheck, accentTint(), k.home},
		option{"undo", w.DoubleUndo, "", glyphBack, plainTint(), func() { k.undo(d.Ticket) }},
		option{"more", w.DoubleMore, "", glyphMore, plainTint(), func() { k.welcome(s) }},
	)
	k.show(k.doubt)
}

// undo takes a punch back that was made moments ago.
func (k *Kiosk) undo(ticket string) {
	var u local.Undone
	k.ask(func(ctx context.Context) (err error) {
		u, err = k.cfg.Afterwards.Undo(ctx, ticket)
		return err
	}, func(err error) {
		w := k.say
		switch {
		case problem.Is(err, problem.Expired) || problem.Is(err, problem.Conflict):
			k.refuse(refusal{title: w.UndoLate, hint: w.UndoLateHint, over: w.OK})
		case err != nil:
			k.refuse(punchRefusal(k, err))
		default:
			hint := fill(w.UndoneHint, "what", w.did(u.Action), "time", w.clock(k.at(u.At)))
			k.told.open(refusal{fill: okGround, sign: glyphCheck, title: w.Undone, hint: hint, over: w.OK})
			k.show(k.told)
			k.changed()
		}
	})
}

// askForgotten asks about a shift that has been open for too long.
func (k *Kiosk) askForgotten(s local.Session) {
	w, since := k.say, k.at(s.Forgotten)
	s.Forgotten = 0
	k.doubt.open(w.ForgottenAsk, fill(w.Forgotten, "date", w.day(since), "time", w.clock(since)),
		option{"forgotten_yes", w.ForgottenYes, w.ForgottenYesSub, glyphOut, outTint(), k.leaveOpen},
		option{"forgotten_no", w.ForgottenNo, w.ForgottenNoSub, glyphIn, plainTint(), func() { k.welcome(s) }},
	)
	k.show(k.doubt)
}

// leaveOpen has the forgotten shift end as unresolved, and goes on from there.
func (k *Kiosk) leaveOpen() {
	var s local.Session
	id := k.session
	k.ask(func(ctx context.Context) (err error) {
		s, err = k.cfg.Desk.Unresolved(ctx, id)
		return err
	}, func(err error) {
		if err != nil {
			k.refuse(punchRefusal(k, err))
			return
		}
		s.Answers, s.Double, s.NeedNote = nil, nil, false // all that has been asked
		k.welcome(s)
	})
}

// endBreak ends a break, and asks once where it has been too short.
func (k *Kiosk) endBreak(s local.Session) {
	missing := time.Duration(s.BreakShort) * time.Millisecond
	if missing <= 0 {
		k.punch(attendance.BreakEnd, "")
		return
	}
	w := k.say
	missing = (missing + time.Minute - 1).Truncate(time.Minute)
	k.doubt.open(fill(w.BreakShort, "length", w.length(missing)), w.BreakShortHint,
		option{"break_stay", w.BreakShortStay, "", glyphPause, breakTint(), k.home},
		option{"break_short", w.BreakShortEnd, "", glyphResume, plainTint(), func() { k.punch(attendance.BreakEnd, "") }},
	)
	k.show(k.doubt)
	k.changed()
}

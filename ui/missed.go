package ui

import (
	"context"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// askMissed is the tap on "Missed a punch?": what is missing, then when it was,
// then why.
func (k *Kiosk) askMissed() {
	var all []option
	for _, a := range []attendance.Action{attendance.In, attendance.Out, attendance.BreakStart, attendance.BreakEnd} {
		title, _ := k.say.action(a, 0)
		sign, dye := looks(a)
		all = append(all, option{"missed_" + string(a), title, "", sign, dye, func() { k.askWhen(a) }})
	}
	k.doubt.open(k.say.MissedTitle, k.choose.name.text, all...)
	k.show(k.doubt)
	k.changed()
}

func (k *Kiosk) askWhen(a attendance.Action) {
	k.when.open(a)
	k.show(k.when)
	k.changed()
}

// askWhy asks for the reason of a missing punch, and sends it.
func (k *Kiosk) askWhy(a attendance.Action, at time.Time) {
	w := k.say
	who := w.did(a) + " \u00b7 " + w.dayOf(at, k.cfg.Now().In(k.zone)) + " " + w.clock(at)
	k.reason.askReason(w.MissedReason, who, [3]glyph{glyphAsk, glyphNext, glyphAlert}, w.MissedReasons, k.own().MissedReasons, func(why string) {
		k.sendMissed(local.Missed{Session: k.session, Action: a, At: at.UnixMilli(), Reason: why})
	})
	k.show(k.reason)
	k.changed()
}

// sendMissed has the request recorded and says what becomes of it.
func (k *Kiosk) sendMissed(m local.Missed) {
	var a local.Asked
	k.ask(func(ctx context.Context) (err error) {
		a, err = k.cfg.Desk.Missed(ctx, m)
		return err
	}, func(err error) {
		w := k.say
		if err != nil {
			r := refusalOf(k, err, nil)
			if problem.Is(err, problem.Limited) {
				r.title, r.hint = w.MissedMany, w.MissedManyHint
			}
			k.refuse(r)
			return
		}
		r := refusal{fill: okGround, sign: glyphCheck, title: w.MissedTold, hint: w.MissedNow, over: w.OK}
		if !k.state.Connected {
			r.hint = w.MissedLater
		}
		if a.Repeated {
			r.title = w.MissedAgain
		}
		k.told.open(r)
		k.show(k.told)
		k.changed()
	})
}

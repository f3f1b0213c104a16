package ui

import (
	"context"

	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// askForgot asks before it tells anybody that a person needs a new PIN: a tap on
// the wrong key must not wake a supervisor.
func (k *Kiosk) askForgot(who local.PersonCard) {
	w := k.say
	k.forgot.open(refusal{
		fill: accentGround, sign: glyphAsk, title: w.ForgotTitle, hint: w.ForgotHint,
		retry: w.ForgotYes, again: func() { k.tellForgot(who) },
		over: w.Back, leave: func() { k.askPIN(who) },
	})
	k.show(k.forgot)
	k.changed()
}

// tellForgot has the request recorded and says what becomes of it.
func (k *Kiosk) tellForgot(who local.PersonCard) {
	var a local.Asked
	k.ask(func(ctx context.Context) (err error) {
		a, err = k.cfg.Terminal.Forgot(ctx, who.ID)
		return err
	}, func(err error) {
		if err != nil {
			k.refuse(forgotRefusal(k, err))
			return
		}
		k.told.open(toldOf(k, a))
		k.show(k.told)
		k.changed()
	})
}

// toldOf gives the words for a request that is on disk.
func toldOf(k *Kiosk, a local.Asked) refusal {
	w := k.say
	r := refusal{fill: okGround, sign: glyphCheck, title: w.ForgotTold, hint: w.ForgotNow, over: w.OK}
	if !k.state.Connected {
		r.hint = w.ForgotLater
	}
	if a.Repeated {
		r.fill, r.sign, r.title = accentGround, glyphWait, w.askedBefore(k.at(a.At), k.cfg.Now().In(k.zone))
		r.hint = w.ForgotKnown
	}
	return r
}

// forgotRefusal is refusalOf for a request: too many of them have nothing to do
// with wrong PINs.
func forgotRefusal(k *Kiosk, err error) refusal {
	r := refusalOf(k, err, nil)
	if problem.Is(err, problem.Limited) {
		r.title, r.hint = k.say.ForgotMany, k.say.ForgotManyHint
	}
	return r
}

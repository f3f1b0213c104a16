package ui

import (
	"context"
	"fmt"
	"time"

	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// How long the service may take to talk to central, and to wait for a card.
const (
	syncLimit  = 30 * time.Second
	learnLimit = 35 * time.Second
)

// askKeeper is the long touch of the clock: who is it that looks after it?
func (k *Kiosk) askKeeper() {
	var who []local.PersonCard
	k.ask(func(ctx context.Context) (err error) {
		who, err = k.cfg.Caretaker.Caretakers(ctx)
		return err
	}, func(err error) {
		if err != nil {
			k.refuse(refusalOf(k, err, nil))
			return
		}
		k.keepers.open(who)
		k.show(k.keepers)
		k.changed()
	})
}

func (k *Kiosk) askCarePIN(p local.PersonCard) {
	k.carePIN.open(p)
	k.show(k.carePIN)
}

// openCare opens Maintenance for who has typed their own PIN.
func (k *Kiosk) openCare(p local.PersonCard, secret pin.PIN) {
	var c local.Condition
	k.ask(func(ctx context.Context) (err error) {
		c, err = k.cfg.Caretaker.Care(ctx, local.Attempt{Person: p.ID, PIN: secret})
		return err
	}, func(err error) {
		k.carePIN.clear()
		if err != nil {
			k.refuse(refusalOf(k, err, func() { k.askCarePIN(p) }))
			return
		}
		if c.Speaks != "" {
			k.speakTo(c.Speaks)
		}
		k.session, k.note = c.Session, ""
		k.care.open(c)
		k.show(k.care)
		k.changed()
	})
}

// tend does something for the caretaker that may take long, and then shows what
// came of it and how the clock is.
func (k *Kiosk) tend(meanwhile string, limit time.Duration, work func(ctx context.Context, session string) error, news func(local.Condition, error) string) {
	var c local.Condition
	var after error
	id := k.session
	k.care.tell(meanwhile)
	k.askWithin(limit, func(ctx context.Context) error {
		err := work(ctx, id)
		c, after = k.cfg.Caretaker.Condition(context.WithoutCancel(ctx), id)
		return err
	}, func(err error) {
		if after != nil { // closed meanwhile, or the service is gone
			k.refuse(refusalOf(k, after, nil))
			return
		}
		k.took("done") // the time begins anew
		k.care.update(c)
		k.care.tell(news(c, err))
		k.changed()
	})
}

// syncNow is the tap on "Sync now".
func (k *Kiosk) syncNow() {
	w := k.say
	k.tend(w.Syncing, syncLimit, k.cfg.Mechanic.SyncNow, func(c local.Condition, err error) string {
		switch {
		case err != nil:
			return w.SyncFailed
		case c.Queue > 0:
			return fill(w.SyncedPart, "n", fmt.Sprint(c.Queue))
		}
		return w.Synced
	})
}

// learnReader is the tap on "Learn a badge reader".
func (k *Kiosk) learnReader() {
	w := k.say
	var r local.Reader
	k.tend(w.Learning, learnLimit, func(ctx context.Context, session string) (err error) {
		r, err = k.cfg.Mechanic.LearnReader(ctx, session)
		return err
	}, func(_ local.Condition, err error) string {
		switch {
		case problem.Is(err, problem.NotFound):
			return w.LearnNoDevice
		case err != nil:
			return w.LearnNone
		case r.Name == "":
			return fill(w.Learnt, "name", r.ID)
		}
		return fill(w.Learnt, "name", r.Name)
	})
}

// callRoll is the tap on "Roll-call".
func (k *Kiosk) callRoll() {
	var r local.RollCall
	id := k.session
	k.ask(func(ctx context.Context) (err error) {
		r, err = k.cfg.Caretaker.RollCall(ctx, id)
		return err
	}, func(err error) {
		if err != nil {
			k.refuse(refusalOf(k, err, nil))
			return
		}
		k.roll.open(r)
		k.show(k.roll)
		k.changed()
	})
}

// testScreen is the tap on "Screen test".
func (k *Kiosk) testScreen() {
	k.test.open()
	k.show(k.test)
	k.changed()
}

// backToCare ends the roll-call or the screen's test.
func (k *Kiosk) backToCare() {
	k.show(k.care)
	k.changed()
}

// askRestart asks before the clock is gone for a moment.
func (k *Kiosk) askRestart() {
	w := k.say
	k.sure.open(refusal{
		fill: accentGround, sign: glyphAsk, title: w.RestartAsk, hint: w.RestartHint,
		retry: w.Restart, again: k.restart, over: w.Back, leave: k.backToCare,
	})
	k.show(k.sure)
	k.changed()
}

// restart has the service end; the screen says that it starts, and is back with it.
func (k *Kiosk) restart() {
	id := k.session
	k.ask(func(ctx context.Context) error { return k.cfg.Mechanic.Restart(ctx, id) }, func(err error) {
		if err != nil {
			k.care.tell(k.say.RestartFailed)
			k.backToCare()
			return
		}
		k.session = "" // it ends with the service
		k.home()
	})
}

package ui

import (
	"strings"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// cardRead takes what came of the last card held to a reader. Each card is shown
// once, whatever screen is there: it ends somebody else's receipt or session, but
// not Maintenance, which says what came of it. While
// a request is under way the newest card waits for its answer. The first state of
// all may tell of a card from before this program started, which is not shown.
func (k *Kiosk) cardRead(r *local.BadgeRead, first bool) {
	if r == nil || r.Serial == k.card {
		return
	}
	k.card = r.Serial
	if first {
		return
	}
	k.held = r
	k.showCard()
}

// showCard shows the card that waits, if there is one and nothing is under way.
func (k *Kiosk) showCard() {
	r := k.held
	if r == nil || k.busy {
		return
	}
	k.held = nil
	if !k.ready() {
		return
	}
	k.cfg.Logger.Info("card_shown", "serial", r.Serial)
	if k.caring() {
		k.tellKeeper(r)
		return
	}
	k.leave()
	switch {
	case r.Receipt != nil:
		k.receipt.open(*r.Receipt)
		k.show(k.receipt)
	case r.Person != nil:
		k.play(SoundBadge)
		k.chosen(*r.Person)
	case r.Code != "":
		k.refuse(refusal{title: k.say.CardUnknown, hint: fill(k.say.CardUnknownHint, "code", whole(r.Code)), over: k.say.OK})
	case r.Refused != nil:
		k.refuseCard(r.Refused.Problem())
	}
	// The finger that was on its way to another person's screen does not count,
	// also where it is the same screen again.
	k.shown, k.settled = k.cfg.Now(), false
	k.changed()
}

// whole keeps a code from being broken over two lines at its hyphen.
func whole(code string) string { return strings.ReplaceAll(code, "-", "\u2011") }

// refuseCard says why a card recorded nothing. What was recorded moments ago can
// be taken back.
func (k *Kiosk) refuseCard(p *problem.Error) {
	if ticket, ok := p.Detail["ticket"].(string); ok && p.Code == problem.Conflict {
		k.askTwice(p, ticket)
		return
	}
	k.refuse(k.cardRefusal(p))
}

// cardRefusal is the refusal of a card that recorded nothing.
func (k *Kiosk) cardRefusal(p *problem.Error) refusal {
	w := k.say
	r := punchRefusal(k, p)
	r.over = w.OK
	switch p.Code {
	case problem.Conflict:
		r.title, r.hint = w.CardUnread, w.UnlistedHint // two people have it
	case problem.Forbidden:
		r.title, r.hint = w.CardOff, w.CardOffHint
	case problem.Invalid:
		r.title, r.hint = w.CardUnread, w.CardUnreadHint
	}
	return r
}

// askTwice says that a card's punch is recorded already, and offers to undo it.
func (k *Kiosk) askTwice(p *problem.Error, ticket string) {
	w := k.say
	name, _ := p.Detail["person"].(string)
	did, _ := p.Detail["action"].(string)
	at, _ := number(p.Detail["at_ms"])
	d := local.Double{Action: attendance.Action(did), At: at, Ticket: ticket}
	options := []option{{"right", w.DoubleRight, "", glyphCheck, accentTint(), k.home}}
	if ticket != "" {
		options = append(options, option{"undo", w.DoubleUndo, "", glyphBack, plainTint(), func() { k.undo(ticket) }})
	}
	k.doubt.open(w.justNow(d, k.at(at)), name+". "+w.DoubleHint, options...)
	k.show(k.doubt)
	k.play(SoundRefused)
}

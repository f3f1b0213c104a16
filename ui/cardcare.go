package ui

import (
	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// caring says whether somebody has Maintenance open.
func (k *Kiosk) caring() bool {
	switch k.current {
	case k.care, k.roll, k.test, k.sure:
		return true
	}
	return false
}

// tellKeeper says in Maintenance what came of a card. What the card recorded is on
// disk already, and whoever looks after the clock goes on: only what would need a
// screen of its own has to wait.
func (k *Kiosk) tellKeeper(r *local.BadgeRead) {
	w := k.say
	var news string
	sound := SoundRefused
	switch {
	case r.Receipt != nil:
		news = r.Receipt.Person + " \u00b7 " + w.did(r.Receipt.Action) + " \u00b7 " + w.clock(k.at(r.Receipt.At))
		sound = SoundBadge
	case r.Person != nil:
		news = r.Person.Name + " \u00b7 " + w.CardLater
	case r.Code != "":
		news = w.CardUnknown + " " + whole(r.Code)
	case r.Refused != nil:
		news = k.refusedCard(r.Refused.Problem())
	}
	k.care.interrupt(news)
	k.play(sound)
	k.changed()
}

// refusedCard says in one line why a card recorded nothing.
func (k *Kiosk) refusedCard(p *problem.Error) string {
	if p.Code != problem.Conflict {
		return k.cardRefusal(p).title
	}
	name, _ := p.Detail["person"].(string)
	did, _ := p.Detail["action"].(string)
	at, _ := number(p.Detail["at_ms"])
	if name == "" { // two people have it
		return k.say.CardUnread
	}
	return name + " \u00b7 " + k.say.justNow(local.Double{Action: attendance.Action(did), At: at}, k.at(at))
}

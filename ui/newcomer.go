package ui

import (
	"context"
	"strings"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
)

// leastName is how many letters a newcomer's name has before it is offered.
const leastName = 3

// offersNewcomer says whether the screen offers to clock in somebody who is not on
// the list: after the last of all names, and of those that a search finds, where
// there is room; who has the name of somebody else is found, too.
func (s *peopleScreen) offersNewcomer() bool {
	if s.picks != nil || !s.k.state.Habits.NotListed {
		return false
	}
	if s.search && (s.query.Search == "" || len([]rune(strings.TrimSpace(s.field.text))) < leastName) {
		return false
	}
	if s.k.state.Habits.HideRoster && !s.search {
		return false
	}
	return s.query.Offset+s.got >= s.total && s.got < s.perPage()
}

// newcomer is the tap on "I'm not listed": the name is typed into the search, which
// shows at once if it is there after all.
func (s *peopleScreen) newcomer() {
	if !s.search {
		s.toggleSearch()
		return
	}
	s.k.askNewcomer(properName(s.k.say, s.field.text))
}

// properName writes a typed name as names are written.
func properName(w *words, typed string) string {
	all := strings.Fields(typed)
	for i, one := range all {
		first := firstLetter(one)
		all[i] = upper(w.tag, first) + one[len(first):]
	}
	return strings.Join(all, " ")
}

// askNewcomer asks somebody who is not on the list what they do.
func (k *Kiosk) askNewcomer(name string) {
	var all []option
	for _, a := range []attendance.Action{attendance.In, attendance.Out} {
		title, sub := k.say.action(a, 0)
		if a == attendance.Out {
			sub = ""
		}
		sign, dye := looks(a)
		all = append(all, option{string(a), title, sub, sign, dye, func() { k.clockNewcomer(name, a) }})
	}
	k.newcomer.open(name, k.say.NewcomerHint, all...)
	k.show(k.newcomer)
	k.changed()
}

// clockNewcomer has the punch of somebody who is not on the list recorded.
func (k *Kiosk) clockNewcomer(name string, a attendance.Action) {
	var r local.Receipt
	k.ask(func(ctx context.Context) (err error) {
		r, err = k.cfg.Newcomers.NotListed(ctx, local.Newcomer{Name: name, Action: a})
		return err
	}, func(err error) {
		if err != nil {
			k.refuse(punchRefusal(k, err))
			return
		}
		k.receipt.openNewcomer(r)
		k.show(k.receipt)
		k.changed()
	})
}

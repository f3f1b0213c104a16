package ui

import (
	"context"
	"slices"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/device/local"
)

// picks is who has been ticked for a team, over all pages, and for what.
type picks struct {
	screen  *peopleScreen
	action  attendance.Action
	people  []string // ids, in the order of the ticks
	confirm *key
	area    rect
	reason  bool // the service wants one
}

func newPicks(s *peopleScreen) *picks {
	p := &picks{screen: s}
	p.confirm = newKey(s.k.gate, "confirm", "", glyphNone, capTitle, accentTint(), s.k.confirmTeam)
	return p
}

// begin starts with nobody ticked.
func (p *picks) begin(a attendance.Action) {
	_, t := looks(a)
	p.people, p.action, p.confirm.live = nil, a, t
	p.confirm.off = false
	p.tell()
	p.screen.title.set(p.screen.k.say.whoDoes(a))
}

func (p *picks) clear() { p.people = nil }

// mark says how somebody's card stands: who can't do this now can't be ticked.
func (p *picks) mark(who local.PersonCard) mark {
	switch {
	case slices.Contains(p.people, who.ID):
		return markTicked
	case slices.Contains(who.Actions, p.action):
		return markFree
	}
	return markBarred
}

// tell has the key say what it would do.
func (p *picks) tell() {
	p.confirm.rename("confirm", p.screen.k.say.doTeam(p.action, len(p.people)))
	p.confirm.enable(len(p.people) > 0)
}

// pick is the tap on a card of a team: it ticks it, or takes the tick away.
func (s *peopleScreen) pick(who local.PersonCard) {
	p := s.picks
	if i := slices.Index(p.people, who.ID); i >= 0 {
		p.people = slices.Delete(p.people, i, i+1)
	} else if len(p.people) < local.MaxTeam {
		p.people = append(p.people, who.ID)
	}
	for _, c := range s.cards[:s.got] {
		c.set(p.mark(c.person))
	}
	p.tell()
}

// backFromTeam ends the search, and then the choice: ticks are not lost to a
// finger that only wanted the list back.
func (s *peopleScreen) backFromTeam() {
	if s.search {
		s.toggleSearch()
		return
	}
	s.k.askTeamAction()
}

// askTeamPIN is the tap on "Clock in a team".
func (k *Kiosk) askTeamPIN() {
	k.teamPIN.openTeam()
	k.show(k.teamPIN)
}

// openTeam tries the Universal PIN and asks what the team does.
func (k *Kiosk) openTeam(secret pin.PIN) {
	var s local.Team
	k.ask(func(ctx context.Context) (err error) {
		s, err = k.cfg.Teams.OpenTeam(ctx, secret)
		return err
	}, func(err error) {
		k.teamPIN.clear()
		if err != nil {
			k.refuse(refusalOf(k, err, k.askTeamPIN))
			return
		}
		k.session, k.team.picks.reason = s.ID, s.NeedNote
		k.askTeamAction()
	})
}

// askTeamAction asks what the team does; whoever was ticked before is not any more.
func (k *Kiosk) askTeamAction() {
	k.team.leave()
	var all []option
	for _, a := range []attendance.Action{attendance.In, attendance.Out, attendance.BreakStart, attendance.BreakEnd} {
		words, _ := k.say.action(a, 0)
		sign, dye := looks(a)
		all = append(all, option{string(a), words, "", sign, dye, func() {
			k.team.picks.begin(a)
			k.findPeople(k.team, k.team.first())
		}})
	}
	k.teamAct.open(k.say.TeamTitle, k.say.TeamNext, all...)
	k.show(k.teamAct)
	k.changed()
}

// confirmTeam is the tap on the key below the ticked people.
func (k *Kiosk) confirmTeam() {
	if !k.team.picks.reason {
		k.punchTeam("")
		return
	}
	who := k.say.people(len(k.team.picks.people))
	k.reason.askReason(k.say.TeamReason, who, noPIN(), k.say.TeamReasons, k.own().TeamReasons, k.punchTeam)
	k.show(k.reason)
	k.changed()
}

// punchTeam records it. As with one person, the receipt is reached with a receipt
// only.
func (k *Kiosk) punchTeam(note string) {
	var r local.TeamReceipt
	p := k.team.picks
	req := local.TeamPunch{Session: k.session, Action: p.action, People: slices.Clone(p.people), Note: note}
	k.ask(func(ctx context.Context) (err error) {
		r, err = k.cfg.Teams.PunchTeam(ctx, req)
		return err
	}, func(err error) {
		k.endSession()
		if err != nil {
			k.refuse(punchRefusal(k, err))
			return
		}
		k.receipt.openTeam(r)
		k.show(k.receipt)
		k.changed()
	})
}

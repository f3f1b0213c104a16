package ui

import (
	"fyne.io/fyne/v2"

	"github.com/timepost/timepost/device/local"
)

// maxKeepers is how many owners and admins one page has at most.
const maxKeepers = 24

// keepersScreen asks who looks after this clock: owners and admins, in pages.
type keepersScreen struct {
	page
	k      *Kiosk
	title  *label
	note   *label
	back   *key
	prev   *key
	next   *key
	keys   [maxKeepers]*key
	people []local.PersonCard
	from   int // the first one on the page
	size   panel
}

func newKeepers(k *Kiosk) *keepersScreen {
	s := &keepersScreen{
		page: page{name: "keepers", limit: peopleLimit, settle: settle}, k: k,
		title: newLabel(style{size: capTitle, bold: true, ink: ink, lines: 2, drop: 0.5}),
		note:  newLabel(style{size: capTitle, ink: quiet, lines: 3, drop: 0.4, align: fyne.TextAlignCenter}),
	}
	s.back = newKey(k.gate, "back", "", glyphBack, capBody, plainTint(), k.home)
	s.prev = newKey(k.gate, "previous", "", glyphUp, capTitle, plainTint(), func() { s.turn(-1) })
	s.next = newKey(k.gate, "next", "", glyphDown, capTitle, accentTint(), func() { s.turn(1) })
	objects := []fyne.CanvasObject{s.title.box, s.note.box, s.back, s.prev, s.next}
	for i := range s.keys {
		s.keys[i] = newKey(k.gate, "", "", glyphNone, capBody+0.5, plainTint(), func() { k.askCarePIN(s.people[s.from+i]) })
		s.keys[i].kind = "person"
		objects = append(objects, s.keys[i])
	}
	s.build(newBackdrop(k.gate, paper), s.lay, objects...)
	return s
}

// speak satisfies screen.
func (s *keepersScreen) speak(w *words) {
	s.title.set(w.CareWho)
	s.note.set(w.CareNobody)
	s.back.say(w.Back)
}

// open shows them from the first one on.
func (s *keepersScreen) open(people []local.PersonCard) {
	s.people, s.from = people, 0
	s.lay(s.size)
}

// clear forgets who they are.
func (s *keepersScreen) clear() {
	s.people, s.from = nil, 0
	for _, k := range s.keys {
		k.rename("", "")
	}
}

func (s *keepersScreen) turn(by int) {
	_, per := s.grid(s.cards())
	s.from = max(0, s.from+by*per)
	s.lay(s.size)
	s.k.changed()
}

// cards gives the area of the names.
func (s *keepersScreen) cards() rect {
	p := s.size
	r := p.safe()
	r.top(mm(p.pick(15, target)) + mm(p.pick(8, 4)))
	if p.tall() {
		r.bottom(mm(19))
	} else {
		r.right(mm(22))
	}
	return r
}

// grid gives the columns, and how many names there are on a page.
func (s *keepersScreen) grid(r rect) (cols, per int) {
	cols = max(1, int((r.w+mm(gap))/(mm(52)+mm(gap))))
	rows := max(1, int((r.h+mm(gap))/(mm(s.size.pick(20, 15))+mm(gap))))
	return cols, min(maxKeepers, cols*rows)
}

func (s *keepersScreen) lay(p panel) {
	if p.w == 0 {
		return
	}
	s.size = p
	r := p.safe()
	head := r.top(mm(p.pick(15, target)))
	head.left(mm(p.pick(40, 30))).put(s.back)
	head.left(mm(5))
	s.title.sized(p.pick(capTitle+0.5, 4.5)).put(head)
	cards := s.cards()
	s.layTurn(p, cards)
	cols, per := s.grid(cards)
	for i, k := range s.keys {
		on := i < per && s.from+i < len(s.people)
		show(on, k)
		if on {
			who := s.people[s.from+i]
			k.rename("person_"+who.ID, who.Name)
			cards.cell(cols, per/cols, i, mm(gap)).put(k)
		}
	}
	show(len(s.people) == 0, s.note.box)
	s.note.put(cards.inset(mm(4)))
	show(len(s.people) > per, s.prev, s.next)
	s.prev.enable(s.from > 0)
	s.next.enable(s.from+per < len(s.people))
}

// layTurn puts the keys for pages beside the names, or below them.
func (s *keepersScreen) layTurn(p panel, cards rect) {
	if p.tall() {
		row := p.safe()
		row = row.bottom(mm(15))
		row.cell(2, 1, 0, mm(gap)).put(s.prev)
		row.cell(2, 1, 1, mm(gap)).put(s.next)
		return
	}
	rail := rect{cards.x + cards.w + mm(4), cards.y, mm(18), cards.h}
	rail.cell(1, 2, 0, mm(gap)).put(s.prev)
	rail.cell(1, 2, 1, mm(gap)).put(s.next)
}

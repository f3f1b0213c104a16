package ui

import (
	"fmt"

	"fyne.io/fyne/v2"

	"github.com/timepost/timepost/device/local"
)

// maxRoll is how many names one page has at most.
const maxRoll = 60

// rollScreen is the roll-call: who is here now, in pages, to be read aloud.
type rollScreen struct {
	page
	k     *Kiosk
	title *label
	note  *label
	print *label
	back  *key
	prev  *key
	next  *key
	rows  [maxRoll]rollRow
	v     local.RollCall
	from  int
	size  panel
}

// rollRow is one name and where they stand.
type rollRow struct {
	name  *label
	state *stateLine
}

func newRoll(k *Kiosk) *rollScreen {
	s := &rollScreen{
		page: page{name: "roll_call", limit: careLimit, settle: settle}, k: k,
		title: newLabel(style{size: capTitle, bold: true, ink: ink, lines: 2, drop: 0.5}),
		note:  newLabel(style{size: capTitle, ink: quiet, lines: 3, drop: 0.4, align: fyne.TextAlignCenter}),
		print: newLabel(style{size: capSmall, ink: quiet, lines: 2, drop: 1}),
	}
	s.back = newKey(k.gate, "back", "", glyphBack, capBody, plainTint(), k.backToCare)
	s.prev = newKey(k.gate, "previous", "", glyphUp, capTitle, plainTint(), func() { s.turn(-1) })
	s.next = newKey(k.gate, "next", "", glyphDown, capTitle, accentTint(), func() { s.turn(1) })
	objects := []fyne.CanvasObject{s.title.box, s.note.box, s.print.box, s.back, s.prev, s.next}
	for i := range s.rows {
		s.rows[i] = rollRow{newLabel(style{size: capBody, bold: true, ink: ink, lines: 2}), newStateLine(capSmall)}
		objects = append(append(objects, s.rows[i].name.box), s.rows[i].state.objects()...)
	}
	s.build(newBackdrop(k.gate, paper), s.lay, objects...)
	return s
}

// speak satisfies screen.
func (s *rollScreen) speak(w *words) {
	s.back.say(w.Back)
	s.note.set(w.RollCallNobody)
	s.print.set(w.RollCallPrint)
}

func (s *rollScreen) open(r local.RollCall) {
	s.v, s.from = r, 0
	s.title.set(fill(s.k.say.RollCallCount, "here", fmt.Sprint(len(r.People)), "out", fmt.Sprint(r.Out), "time", s.k.say.clock(s.k.at(r.At))))
	s.lay(s.size)
}

// clear forgets who was here.
func (s *rollScreen) clear() {
	s.v = local.RollCall{}
	for _, r := range s.rows {
		r.name.set("")
		r.state.text.set("")
	}
}

func (s *rollScreen) turn(by int) {
	_, _, per := s.grid()
	s.from = max(0, s.from+by*per)
	s.lay(s.size)
	s.k.changed()
}

// grid gives the area of the names, its columns, and how many there are on a page.
func (s *rollScreen) grid() (r rect, cols, per int) {
	p := s.size
	r = p.safe()
	r.top(mm(p.pick(15, target)) + mm(p.pick(7, 4)))
	r.bottom(mm(p.pick(9, 6)))
	if p.tall() {
		r.bottom(mm(4))
		r.bottom(mm(19))
	} else {
		r.right(mm(22))
	}
	cols = max(1, int(r.w/mm(60)))
	rows := max(1, int(r.h/mm(p.pick(17, 14))))
	return r, cols, min(maxRoll, cols*rows)
}

func (s *rollScreen) lay(p panel) {
	if p.w == 0 {
		return
	}
	s.size = p
	r := p.safe()
	head := r.top(mm(p.pick(15, target)))
	head.left(mm(p.pick(40, 30))).put(s.back)
	head.left(mm(5))
	s.title.sized(p.pick(capTitle, 4.2)).put(head)
	names, cols, per := s.grid()
	rows := per / cols
	for i, row := range s.rows {
		on := i < per && s.from+i < len(s.v.People)
		show(on, row.name.box)
		show(on, row.state.objects()...)
		if on {
			who := s.v.People[s.from+i]
			row.name.set(who.Name)
			row.state.show(who.State, s.k.say.state(who.State, s.k.at(who.Since)))
			row.put(names.cell(cols, rows, i%rows*cols+i/rows, mm(2))) // down the columns
		}
	}
	show(len(s.v.People) == 0, s.note.box)
	s.note.put(names.inset(mm(4)))
	show(len(s.v.People) > per, s.prev, s.next)
	s.prev.enable(s.from > 0)
	s.next.enable(s.from+per < len(s.v.People))
	s.layFoot(p, names)
}

func (r rollRow) put(a rect) {
	name := r.name.heightWithin(a.w, a.h-mm(capSmall+2))
	r.name.put(a.top(name))
	a.top(mm(2))
	r.state.put(a.top(mm(capSmall)))
}

// layFoot puts the keys for pages, and how to print this.
func (s *rollScreen) layFoot(p panel, names rect) {
	foot := p.safe()
	line := mm(capSmall + 1)
	if p.tall() {
		line = mm(9)
	}
	s.print.put(foot.bottom(line))
	if p.tall() {
		foot.bottom(mm(3))
		row := foot.bottom(mm(15))
		row.cell(2, 1, 0, mm(gap)).put(s.prev)
		row.cell(2, 1, 1, mm(gap)).put(s.next)
		return
	}
	rail := rect{names.x + names.w + mm(4), names.y, mm(18), names.h}
	rail.cell(1, 2, 0, mm(gap)).put(s.prev)
	rail.cell(1, 2, 1, mm(gap)).put(s.next)
}

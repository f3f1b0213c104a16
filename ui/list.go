package ui

import (
	"time"

	"fyne.io/fyne/v2"
)

// maxEntries is how many keys exist; a page shows as many as fit.
const maxEntries = 24

// entry is one of a list.
type entry struct {
	id, words string
	act       func()
}

// listScreen is a list of things to choose one of, in pages: projects, teams.
type listScreen struct {
	page
	k     *Kiosk
	title *label
	count *label
	back  *key
	prev  *key
	next  *key
	keys  []*key
	all   []entry
	from  int
	size  panel
}

// newList makes the list called name, from which back leads back.
func newList(k *Kiosk, name string, limit time.Duration, back func()) *listScreen {
	s := &listScreen{
		page: page{name: name, limit: limit, settle: settle}, k: k,
		title: newLabel(style{size: capTitle, bold: true, ink: ink, drop: 0.5, lines: 2}),
		count: newLabel(style{size: capBody, ink: quiet, drop: 0.5, lines: 2}),
	}
	s.back = newKey(k.gate, "back", "", glyphBack, capBody, plainTint(), back)
	s.prev = newKey(k.gate, "previous", "", glyphUp, capTitle, plainTint(), func() { s.turn(-1) })
	s.next = newKey(k.gate, "next", "", glyphDown, capTitle, accentTint(), func() { s.turn(1) })
	objects := []fyne.CanvasObject{s.title.box, s.count.box, s.back, s.prev, s.next}
	for range maxEntries {
		one := newKey(k.gate, "", "", glyphNone, capBody, plainTint(), nil)
		one.word.st.lines = 3
		one.kind = name
		s.keys = append(s.keys, one)
		objects = append(objects, one)
	}
	s.build(newBackdrop(k.gate, paper), s.lay, objects...)
	return s
}

// speak satisfies screen.
func (s *listScreen) speak(w *words) { s.back.say(w.Back) }

// open lists what there is to choose from.
func (s *listScreen) open(title string, all []entry) {
	s.title.set(title)
	s.all, s.from = all, 0
	s.fill()
}

func (s *listScreen) turn(by int) {
	s.from = max(0, s.from+by*s.perPage())
	s.fill()
}

func (s *listScreen) perPage() int {
	cols, rows := s.grid()
	return min(cols*rows, len(s.keys))
}

// fill shows the page that begins at from.
func (s *listScreen) fill() {
	n := s.perPage()
	for i, one := range s.keys {
		at := s.from + i
		show(i < n && at < len(s.all), one)
		if i >= n || at >= len(s.all) {
			continue
		}
		one.rename(s.all[at].id, s.all[at].words)
		one.act = s.all[at].act
	}
	pages := max(1, (len(s.all)+n-1)/n)
	s.count.set(s.k.say.page(s.from/n+1, pages))
	show(pages > 1, s.count.box, s.prev, s.next)
	s.prev.enable(s.from > 0)
	s.next.enable(s.from+n < len(s.all))
	s.lay(s.size)
}

// regions cuts the panel: a head, the list, the page keys.
func (s *listScreen) regions(p panel) (head, list, rail rect) {
	r := p.safe()
	if p.tall() {
		rail = r.bottom(mm(15))
		r.bottom(mm(4))
		head = r.top(mm(p.pick(15, target)))
		r.top(mm(4))
		return head, r, rail
	}
	head = r.top(mm(p.pick(15, target)))
	r.top(mm(4))
	rail = r.right(mm(p.pick(18, 16)))
	r.right(mm(4))
	return head, r, rail
}

func (s *listScreen) grid() (cols, rows int) {
	_, r, _ := s.regions(s.size)
	w, h := mm(s.size.pick(58, 44)), mm(s.size.pick(23, 17))
	return max(1, int((r.w+mm(gap))/(w+mm(gap)))), max(1, int((r.h+mm(gap))/(h+mm(gap))))
}

func (s *listScreen) lay(p panel) {
	if p.w == 0 {
		return
	}
	s.size = p
	head, list, rail := s.regions(p)
	head.left(mm(p.pick(40, 34))).put(s.back)
	head.left(mm(5))
	s.title.sized(p.pick(capName, capTitle)).put(head)
	cols, rows := s.grid()
	for i, one := range s.keys[:min(cols*rows, len(s.keys))] {
		list.cell(cols, rows, i, mm(gap)).put(one)
	}
	if p.tall() {
		rail.cell(3, 1, 0, mm(gap)).put(s.prev)
		s.count.aligned(fyne.TextAlignCenter).put(rail.cell(3, 1, 1, mm(gap)))
		rail.cell(3, 1, 2, mm(gap)).put(s.next)
		return
	}
	rail.cell(1, 3, 0, mm(gap)).put(s.prev)
	s.count.aligned(fyne.TextAlignCenter).put(rail.cell(1, 3, 1, mm(gap)))
	rail.cell(1, 3, 2, mm(gap)).put(s.next)
}

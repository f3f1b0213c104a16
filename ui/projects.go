package ui

import (
	"fyne.io/fyne/v2"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
)

// maxProjects is how many keys exist; a page shows as many as fit.
const maxProjects = 24

// projectScreen is the list of projects, lately used ones first, in pages.
type projectScreen struct {
	page
	k      *Kiosk
	title  *label
	count  *label
	back   *key
	prev   *key
	next   *key
	keys   []*key
	all    []local.Project
	action attendance.Action
	from   int
	size   panel
}

func newProjects(k *Kiosk) *projectScreen {
	s := &projectScreen{
		page: page{name: "project", limit: profileLimit, settle: settle}, k: k,
		title: newLabel(style{size: capTitle, bold: true, ink: ink, drop: 0.5, lines: 2}),
		count: newLabel(style{size: capBody, ink: quiet, drop: 0.5, lines: 2}),
	}
	s.back = newKey(k.gate, "back", "", glyphBack, capBody, plainTint(), func() {
		k.show(k.choose)
		k.changed()
	})
	s.prev = newKey(k.gate, "previous", "", glyphUp, capTitle, plainTint(), func() { s.turn(-1) })
	s.next = newKey(k.gate, "next", "", glyphDown, capTitle, accentTint(), func() { s.turn(1) })
	objects := []fyne.CanvasObject{s.title.box, s.count.box, s.back, s.prev, s.next}
	for range maxProjects {
		one := newKey(k.gate, "", "", glyphNone, capBody, plainTint(), nil)
		one.word.st.lines = 3
		one.kind = "project"
		s.keys = append(s.keys, one)
		objects = append(objects, one)
	}
	s.build(newBackdrop(k.gate, paper), s.lay, objects...)
	return s
}

// speak satisfies screen.
func (s *projectScreen) speak(w *words) {
	s.title.set(w.WhichProject)
	s.back.say(w.Back)
}

// open lists projects; the tap on one records the action on it.
func (s *projectScreen) open(a attendance.Action, all []local.Project) {
	s.action, s.all, s.from = a, all, 0
	s.fill()
}

func (s *projectScreen) turn(by int) {
	s.from = max(0, s.from+by*s.perPage())
	s.fill()
}

func (s *projectScreen) perPage() int {
	cols, rows := s.grid()
	return min(cols*rows, len(s.keys))
}

// fill shows the page that begins at from.
func (s *projectScreen) fill() {
	n := s.perPage()
	for i, one := range s.keys {
		at := s.from + i
		show(i < n && at < len(s.all), one)
		if i >= n || at >= len(s.all) {
			continue
		}
		p := s.all[at]
		one.rename("project_"+p.ID, p.Name)
		one.act = func() { s.k.punch(s.action, p.ID) }
	}
	pages := max(1, (len(s.all)+n-1)/n)
	s.count.set(s.k.say.page(s.from/n+1, pages))
	show(pages > 1, s.count.box, s.prev, s.next)
	s.prev.enable(s.from > 0)
	s.next.enable(s.from+n < len(s.all))
	s.lay(s.size)
}

// regions cuts the panel: a head, the projects, the page keys.
func (s *projectScreen) regions(p panel) (head, list, rail rect) {
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

func (s *projectScreen) grid() (cols, rows int) {
	_, r, _ := s.regions(s.size)
	w, h := mm(s.size.pick(58, 44)), mm(s.size.pick(23, 17))
	return max(1, int((r.w+mm(gap))/(w+mm(gap)))), max(1, int((r.h+mm(gap))/(h+mm(gap))))
}

func (s *projectScreen) lay(p panel) {
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

package ui

import (
	"fyne.io/fyne/v2"

	"github.com/timepost/timepost/device/local"
)

// maxCards is how many cards exist; a page shows as many as fit.
const maxCards = 40

// peopleScreen is everybody who may clock in here, in pages, with a search.
type peopleScreen struct {
	page
	k      *Kiosk
	title  *label
	note   *label
	count  *label
	back   *key
	prev   *key
	next   *key
	find   *key
	field  *field
	board  *keyboard
	cards  []*card
	query  local.PeopleQuery
	total  int
	got    int
	search bool
	size   panel
}

func newPeople(k *Kiosk) *peopleScreen {
	s := &peopleScreen{page: page{name: "people", limit: peopleLimit, settle: settle}, k: k,
		title: newLabel(style{size: capTitle, bold: true, ink: ink, drop: 0.5}),
		note:  newLabel(style{size: capTitle, ink: quiet, lines: 3, drop: 0.4, align: fyne.TextAlignCenter}),
		count: newLabel(style{size: capBody, ink: quiet, lines: 2, drop: 0.5, align: fyne.TextAlignCenter}),
	}
	s.title.text = k.say.who
	s.back = newKey(k.gate, "back", k.say.back, glyphBack, capBody, plainTint(), k.home)
	s.prev = newKey(k.gate, "previous", "", glyphUp, capTitle, plainTint(), func() { s.turn(-1) })
	s.next = newKey(k.gate, "next", "", glyphDown, capTitle, accentTint(), func() { s.turn(1) })
	s.find = newKey(k.gate, "search", "", glyphFind, capTitle, plainTint(), s.toggleSearch)
	s.field = newField(k.gate, "search_text", k.say.search, func() {})
	s.board = newKeyboard(k.gate, s.typed)
	objects := []fyne.CanvasObject{s.title.box, s.note.box, s.count.box, s.back, s.prev, s.next, s.find, s.field}
	for range maxCards {
		c := newCard(k.gate, k.chosen)
		s.cards = append(s.cards, c)
		objects = append(objects, c)
	}
	objects = append(objects, s.board.box)
	s.build(newBackdrop(k.gate, paper), s.lay, objects...)
	return s
}

// first asks for the first page of everybody.
func (s *peopleScreen) first() local.PeopleQuery {
	return local.PeopleQuery{Limit: s.perPage()}
}

// leave forgets the search and whoever was shown.
func (s *peopleScreen) leave() {
	s.search = false
	s.field.set("")
	s.got = 0
	for _, c := range s.cards {
		c.Hide()
	}
}

// fill shows one page.
func (s *peopleScreen) fill(q local.PeopleQuery, p local.PeoplePage) {
	s.query, s.total, s.got = q, p.Total, min(len(p.People), len(s.cards))
	for i, c := range s.cards {
		if i >= s.got {
			c.Hide()
			continue
		}
		who := p.People[i]
		c.show(who, s.k.say.state(who.State, s.k.at(who.Since)))
		c.Show()
	}
	s.note.set("")
	if s.got == 0 {
		s.note.set(s.emptyWords())
	}
	pages := max(1, (s.total+q.Limit-1)/q.Limit)
	s.count.set(s.k.say.page(q.Offset/q.Limit+1, pages))
	s.prev.enable(q.Offset > 0)
	s.next.enable(q.Offset+q.Limit < s.total)
	s.lay(s.size)
}

func (s *peopleScreen) emptyWords() string {
	if s.query.Search != "" {
		return s.k.say.nobody
	}
	return s.k.say.noRoster
}

func (s *peopleScreen) turn(by int) {
	q := s.query
	q.Offset = max(0, q.Offset+by*q.Limit)
	s.k.findPeople(q)
}

func (s *peopleScreen) toggleSearch() {
	s.search = !s.search
	s.field.set("")
	s.lay(s.size)
	s.k.findPeople(s.first())
}

func (s *peopleScreen) typed(text string) {
	s.field.typed(text)
	s.k.findPeople(local.PeopleQuery{Search: s.field.text, Limit: s.perPage()})
}

// perPage is how many cards fit the panel, now.
func (s *peopleScreen) perPage() int {
	cols, rows := s.grid(s.size, s.area(s.size))
	return max(1, min(cols*rows, len(s.cards)))
}

// grid gives columns and rows for the area of cards.
func (s *peopleScreen) grid(p panel, r rect) (cols, rows int) {
	w, h := mm(56), mm(p.pick(23, 21))
	cols = int((r.w + mm(gap)) / (w + mm(gap)))
	rows = int((r.h + mm(gap)) / (h + mm(gap)))
	return max(1, cols), max(1, rows)
}

// area is where the cards are.
func (s *peopleScreen) area(p panel) rect {
	r := p.safe()
	r.top(mm(p.pick(15, target)))
	r.top(mm(4))
	if p.tall() {
		r.bottom(mm(16))
		r.bottom(mm(4))
	} else {
		r.right(mm(p.pick(20, 16)))
		r.right(mm(4))
	}
	if s.search {
		r.bottom(s.board.height(p))
		r.bottom(mm(gap))
	}
	return r
}

func (s *peopleScreen) lay(p panel) {
	if p.w == 0 {
		return
	}
	s.size = p
	r := p.safe()
	s.layHead(p, r.top(mm(p.pick(15, target))))
	r.top(mm(4))
	if s.search {
		keys := r.bottom(s.board.height(p))
		s.board.put(p, keys)
		r.bottom(mm(gap))
	}
	s.board.show(s.search)
	if p.tall() {
		s.layBar(r.bottom(mm(16)))
	} else {
		s.layRail(r.right(mm(p.pick(20, 16))))
	}
	area := s.area(p)
	if p.tall() && s.search {
		area = rect{area.x, area.y, area.w, area.h}
	}
	cols, rows := s.grid(p, area)
	for i := range s.got {
		area.cell(cols, rows, i, mm(gap)).put(s.cards[i])
	}
	s.note.put(area.inset(mm(4)))
}

func (s *peopleScreen) layHead(p panel, r rect) {
	r.left(mm(p.pick(34, 28))).put(s.back)
	r.left(mm(5))
	if s.search {
		s.title.box.Hide()
		s.field.Show()
		r.put(s.field)
		return
	}
	s.field.Hide()
	s.title.box.Show()
	s.title.put(r)
}

// layRail is the column of page keys on panels that lie down.
func (s *peopleScreen) layRail(r rect) {
	one := (r.h - 3*mm(gap)) / 4
	if s.search {
		one = (r.h - 2*mm(gap)) / 3
	}
	r.top(one).put(s.find)
	r.top(mm(gap))
	r.top(one).put(s.prev)
	r.top(mm(gap))
	if s.search {
		s.count.box.Hide()
		r.put(s.next)
		return
	}
	s.count.box.Show()
	s.count.put(r.top(one))
	r.top(mm(gap))
	r.put(s.next)
}

// layBar is the row of page keys on upright panels.
func (s *peopleScreen) layBar(r rect) {
	s.count.box.Show()
	r.left(mm(16)).put(s.find)
	r.left(mm(gap))
	r.right(mm(18)).put(s.next)
	r.right(mm(gap))
	r.right(mm(18)).put(s.prev)
	r.right(mm(gap))
	s.count.put(r)
}

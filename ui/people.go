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
	s := &peopleScreen{
		page: page{name: "people", limit: peopleLimit, settle: settle}, k: k,
		title: newLabel(style{size: capTitle, bold: true, ink: ink, drop: 0.5}),
		note:  newLabel(style{size: capTitle, ink: quiet, lines: 3, drop: 0.4, align: fyne.TextAlignCenter}),
		count: newLabel(style{size: capBody, ink: quiet, lines: 2, drop: 0.5}),
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
	s.find.image.set(glyphFind, ink)
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
	s.find.image.set(map[bool]glyph{true: glyphClose, false: glyphFind}[s.search], ink)
	s.lay(s.size)
	s.k.findPeople(s.first())
}

func (s *peopleScreen) typed(text string) {
	s.field.typed(text)
	s.k.findPeople(local.PeopleQuery{Search: s.field.text, Limit: s.perPage()})
}

// perPage is how many cards fit the panel, now.
func (s *peopleScreen) perPage() int {
	_, cards, _, _ := s.regions(s.size)
	cols, rows := s.grid(s.size, cards)
	return max(1, min(cols*rows, len(s.cards)))
}

// grid gives columns and rows for the area of cards.
func (s *peopleScreen) grid(p panel, r rect) (cols, rows int) {
	w, h := mm(58), mm(p.pick(23, 19.5))
	cols = int((r.w + mm(gap)) / (w + mm(gap)))
	rows = int((r.h + mm(gap)) / (h + mm(gap)))
	return max(1, cols), max(1, rows)
}

// regions cuts the panel: a head, the cards, the page keys (on the right, or at
// the bottom of upright panels), the keyboard while searching.
func (s *peopleScreen) regions(p panel) (head, cards, keys, board rect) {
	r := p.safe()
	if s.search {
		board = r.bottom(s.board.height(p))
		r.bottom(mm(gap))
	}
	switch {
	case p.tall() && !p.large():
		keys = r.bottom(mm(15))
		r.bottom(mm(3.5))
		head = r.top(mm(7))
		if s.search {
			head = rect{head.x, head.y, head.w, mm(target)}
			r.top(mm(target - 7))
		}
		r.top(mm(3.5))
	case s.search:
		head = r.top(mm(p.pick(15, target)))
		r.top(mm(gap))
		keys = head.right(3*head.h + 2*mm(gap))
		head.right(mm(gap))
	default:
		head = r.top(mm(p.pick(15, target)))
		r.top(mm(4))
		keys = r.right(mm(p.pick(18, 16)))
		r.right(mm(4))
	}
	return head, r, keys, board
}

func (s *peopleScreen) lay(p panel) {
	if p.w == 0 {
		return
	}
	s.size = p
	head, cards, keys, board := s.regions(p)
	s.board.show(s.search)
	if s.search {
		s.board.put(p, board)
	}
	show(s.search, s.field)
	show(!s.search, s.title.box, s.count.box)
	s.layHead(p, head, keys)
	cols, rows := s.grid(p, cards)
	for i := range s.got {
		cards.cell(cols, rows, i, mm(gap)).put(s.cards[i])
	}
	s.note.put(cards.inset(mm(4)))
}

func (s *peopleScreen) layHead(p panel, head, keys rect) {
	upright := p.tall() && !p.large()
	if upright {
		s.back.rename("back", "")
		s.title.sized(4.5)
		keys.cell(4, 1, 0, mm(gap)).put(s.back)
		s.layKeys(keys, 4, 1)
		s.count.aligned(fyne.TextAlignTrailing).put(head)
		s.title.put(head)
	} else {
		s.back.rename("back", s.k.say.back)
		s.title.sized(capTitle)
		head.left(mm(p.pick(34, 28))).put(s.back)
		head.left(mm(5))
		if s.search {
			s.layKeys(keys, 3, 0)
		} else {
			s.layRail(keys)
		}
		s.title.put(head)
	}
	head.put(s.field)
}

// layKeys puts search, previous and next into a row of n, from the first on.
func (s *peopleScreen) layKeys(r rect, n, first int) {
	for i, k := range []*key{s.find, s.prev, s.next} {
		r.cell(n, 1, first+i, mm(gap)).put(k)
	}
}

// layRail is the column of page keys on panels that lie down.
func (s *peopleScreen) layRail(r rect) {
	for i, k := range []fyne.CanvasObject{s.find, s.prev, s.count.box, s.next} {
		c := r.cell(1, 4, i, mm(gap))
		if k == s.count.box {
			s.count.aligned(fyne.TextAlignCenter).put(c)
			continue
		}
		c.put(k)
	}
}

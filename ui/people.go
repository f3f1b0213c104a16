package ui

import (
	"fyne.io/fyne/v2"

	"github.com/timepost/timepost/device/local"
)

// maxCards is how many cards exist; a page shows as many as fit.
const maxCards = 40

// peopleScreen is everybody who may clock in here, in pages, with a search: to
// choose oneself, or to tick those of a team.
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
	finder *finder
	other  *key               // for somebody who is not listed
	wanted *local.PeopleQuery // what was typed last, while it is searched for
	crew   *key               // to a team; nil on the team's own screen
	picks  *picks             // of a team; nil where one person is chosen
	size   panel
}

func newPeople(k *Kiosk, team bool) *peopleScreen {
	s := &peopleScreen{
		page: page{name: "people", limit: peopleLimit, settle: settle}, k: k,
		title: newLabel(style{size: capTitle, bold: true, ink: ink, drop: 0.5}),
		note:  newLabel(style{size: capTitle, ink: quiet, lines: 3, drop: 0.4, align: fyne.TextAlignCenter}),
		count: newLabel(style{size: capBody, ink: quiet, lines: 2, drop: 0.5}),
	}
	s.back = newKey(k.gate, "back", "", glyphBack, capBody, plainTint(), k.home)
	s.prev = newKey(k.gate, "previous", "", glyphUp, capTitle, plainTint(), func() { s.turn(-1) })
	s.next = newKey(k.gate, "next", "", glyphDown, capTitle, accentTint(), func() { s.turn(1) })
	s.find = newKey(k.gate, "search", "", glyphFind, capTitle, plainTint(), s.toggleSearch)
	s.field = newField(k.gate, "search_text", "", func() {})
	s.board = newKeyboard(k.gate, s.typed)
	s.finder = newFinder(s)
	s.other = newKey(k.gate, "not_listed", "", glyphNew, capBody, quietTint(), s.newcomer)
	s.other.word.st.lines = 3
	objects := []fyne.CanvasObject{s.title.box, s.note.box, s.count.box, s.back, s.prev, s.next, s.find, s.field}
	chosen := k.chosen
	if team {
		s.name, s.picks, chosen = "team", newPicks(s), s.pick
		s.back.act = s.backFromTeam
		objects = append(objects, s.picks.confirm)
	} else {
		s.crew = newKey(k.gate, "team", "", glyphTeam, capBody, quietTint(), k.askTeamPIN)
		objects = append(objects, s.crew)
	}
	for range maxCards {
		c := newCard(k.gate, chosen)
		s.cards = append(s.cards, c)
		objects = append(objects, c)
	}
	objects = append(objects, s.board.box)
	objects = append(append(objects, s.finder.objects()...), s.other)
	s.build(newBackdrop(k.gate, paper), s.lay, objects...)
	return s
}

// speak satisfies screen. A team's title is its action's; keys beside the title
// get their words by the layout.
func (s *peopleScreen) speak(w *words) {
	if s.picks == nil {
		s.title.set(w.Who)
	}
	s.field.ask(w.Search)
	s.other.say(w.NotListed)
	s.board.speak(w)
	s.lay(s.size)
}

// first asks for the first page of everybody.
func (s *peopleScreen) first() local.PeopleQuery {
	s.finder.many = false
	return local.PeopleQuery{Limit: s.perPage(), Team: s.picks != nil, Of: s.finder.team}
}

// leave forgets the search and whoever was shown.
func (s *peopleScreen) leave() {
	s.seek(false)
	s.finder.forget()
	s.got = 0
	for _, c := range s.cards {
		c.Hide()
	}
	if s.picks != nil {
		s.picks.clear()
	}
}

// fill shows one page.
func (s *peopleScreen) fill(q local.PeopleQuery, p local.PeoplePage) {
	s.finder.take(q, p)
	if q.Letter != "" {
		q.Letter, q.Offset = "", p.Start
	}
	q.Limit = s.perPage() // the finder may have taken a row
	s.query, s.total, s.got = q, p.Total, min(len(p.People), q.Limit)
	for i, c := range s.cards {
		if i >= s.got {
			c.Hide()
			continue
		}
		who := p.People[i]
		c.show(who, s.k.say.state(who.State, s.k.at(who.Since)))
		if s.picks != nil {
			c.set(s.picks.mark(who))
		}
		c.Show()
	}
	s.note.set("")
	if s.got == 0 {
		s.note.set(s.emptyWords())
	}
	at := (q.Offset+q.Limit-1)/q.Limit + 1
	s.count.set(s.k.say.page(at, max(at, at-1+(s.total-q.Offset+q.Limit-1)/q.Limit)))
	s.prev.enable(q.Offset > 0)
	s.next.enable(q.Offset+q.Limit < s.total)
	s.lay(s.size)
}

func (s *peopleScreen) emptyWords() string {
	switch {
	case s.k.state.Habits.HideRoster && len([]rune(s.query.Search)) < 3:
		return s.k.say.TypeName
	case s.query.Search != "" && s.offersNewcomer():
		return s.k.say.NobodyNew
	case s.query.Search != "":
		return s.k.say.Nobody
	case s.picks != nil:
		return s.k.say.NobodyRegular
	}
	return s.k.say.NoRoster
}

func (s *peopleScreen) turn(by int) {
	q := s.query
	q.Offset = max(0, q.Offset+by*q.Limit)
	s.k.findPeople(s, q)
}

func (s *peopleScreen) toggleSearch() {
	s.seek(!s.search)
	s.lay(s.size)
	s.k.findPeople(s, s.first())
}

// seek opens or closes the search.
func (s *peopleScreen) seek(on bool) {
	s.search = on
	s.field.set("")
	s.find.image.set(map[bool]glyph{true: glyphClose, false: glyphFind}[on], ink)
}

func (s *peopleScreen) typed(text string) {
	s.field.typed(text)
	q := s.first()
	q.Of, q.Search = "", s.field.text
	s.k.seekPeople(s, q)
}

// perPage is how many cards fit the panel, now.
func (s *peopleScreen) perPage() int {
	_, cards, _, _ := s.regions(s.size)
	cols, rows := s.grid(s.size, cards)
	return max(1, min(cols*rows, len(s.cards)))
}

// grid gives columns and rows for the area of cards.
func (s *peopleScreen) grid(p panel, r rect) (cols, rows int) {
	w, h := p.fixed(58), p.fixed(p.pick(23, 19.5))
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
		s.cutConfirm(p, &r)
		keys = r.bottom(p.fixed(15))
		r.bottom(p.fixed(3.5))
		head = r.top(mm(7))
		if s.search {
			head = rect{head.x, head.y, head.w, p.fixed(target)}
			r.top(head.h - mm(7))
		}
		r.top(p.fixed(3.5))
	case s.search:
		head = r.top(p.fixed(p.pick(15, target)))
		r.top(mm(gap))
		keys = head.right(3*head.h + 2*mm(gap))
		head.right(mm(gap))
	default:
		head = r.top(p.fixed(p.pick(15, target)))
		r.top(p.fixed(4))
		keys = r.right(p.fixed(p.pick(18, 16)))
		r.right(mm(4))
		s.cutConfirm(p, &r)
	}
	s.finder.cut(p, &r)
	return head, r, keys, board
}

// cutConfirm takes the place of a team's key off the bottom.
func (s *peopleScreen) cutConfirm(p panel, r *rect) {
	if s.picks == nil || s.search {
		return
	}
	s.picks.area = r.bottom(p.fixed(p.pick(17, 14)))
	r.bottom(p.fixed(p.pick(4, 3)))
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
	if s.picks != nil {
		show(!s.search, s.picks.confirm)
		s.picks.area.put(s.picks.confirm)
	}
	s.layHead(p, head, keys)
	cols, rows := s.grid(p, cards)
	for i := range s.got {
		cards.cell(cols, rows, i, mm(gap)).put(s.cards[i])
	}
	s.finder.put(p)
	s.layNote(p, cards, cols, rows)
}

// layNote puts what stands in place of cards, and what comes after the last.
func (s *peopleScreen) layNote(p panel, cards rect, cols, rows int) {
	offer := s.offersNewcomer()
	show(offer, s.other)
	show(true, s.note.box)
	switch {
	case offer && s.got == 0:
		s.layOffer(p, cards)
	case offer:
		cards.cell(cols, rows, s.got, mm(gap)).put(s.other)
		fallthrough
	default:
		s.note.put(cards.inset(mm(4)))
	}
}

// layOffer puts the key of somebody who is not listed below the note, or beside it
// where the keyboard leaves little height; where it leaves little width, too, the
// key alone says enough.
func (s *peopleScreen) layOffer(p panel, r rect) {
	high := min(p.fixed(p.pick(18, 14)), r.h)
	wide := min(r.w, s.other.width(mm(60)))
	switch {
	case r.h > 3*high:
		r = r.middle(3 * high)
		r.bottom(high).centre(wide, high).put(s.other)
		s.note.put(r)
	case !p.tall():
		row := r.middle(high)
		row.right(min(row.w*0.45, wide)).put(s.other)
		row.right(mm(4))
		s.note.put(row)
	default:
		show(false, s.note.box)
		r.middle(high).put(s.other)
	}
}

func (s *peopleScreen) layHead(p panel, head, keys rect) {
	upright := p.tall() && !p.large()
	if upright {
		s.back.rename("back", "")
		s.title.sized(4.5)
		n := 4
		if s.layCrew("") {
			n = 5
			keys.cell(n, 1, 4, mm(gap)).put(s.crew)
		}
		keys.cell(n, 1, 0, mm(gap)).put(s.back)
		s.layKeys(keys, n, 1)
		row := head
		s.count.aligned(fyne.TextAlignTrailing).put(row.right(s.count.width(s.count.text, emFor(capBody)) + 1))
		row.right(mm(3))
		s.title.put(row)
	} else {
		s.back.rename("back", s.k.say.Back)
		s.title.sized(capTitle)
		head.left(s.back.width(mm(p.pick(34, 28)))).put(s.back)
		head.left(mm(5))
		if s.layCrew(s.k.say.Team) {
			head.right(mm(p.pick(64, 52))).put(s.crew)
			head.right(mm(gap))
		}
		if s.search {
			s.layKeys(keys, 3, 0)
		} else {
			s.layRail(keys)
		}
		s.title.put(head)
	}
	head.put(s.field)
}

// layCrew says whether the key to a team is there, with these words.
func (s *peopleScreen) layCrew(words string) bool {
	if s.crew == nil {
		return false
	}
	on := s.k.state.UniversalLen > 0 && !s.search
	show(on, s.crew)
	s.crew.rename("team", words)
	return on
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

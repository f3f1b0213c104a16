package ui

import (
	"strconv"
	"unicode/utf8"

	"fyne.io/fyne/v2"

	"github.com/timepost/timepost/device/local"
)

// Sizes of the finder's keys, in millimetres, and how many ranges of letters it has
// at most.
const (
	rangeWidth = 13
	ofWidth    = 44
	maxRanges  = 24
)

// finder is the row above the cards that leads to a name faster than page by page:
// by the team, where the kiosk is set so, and by the letter that names begin with,
// where there are more than fit a page.
type finder struct {
	s       *peopleScreen
	of      *key // which team is shown; a tap asks for another
	ranges  []*key
	letters []string // that the names begin with
	many    bool     // more than a page of them
	team    string   // only its members are shown; "": everybody
	area    rect     // empty: there is no room for it
}

func newFinder(s *peopleScreen) *finder {
	f := &finder{s: s}
	f.of = newKey(s.k.gate, "of_team", "", glyphTeam, capBody, plainTint(), s.k.askOfTeam)
	for range maxRanges {
		one := newKey(s.k.gate, "", "", glyphNone, capBody, quietTint(), nil)
		one.word.st.lines, one.kind = 1, "letter"
		f.ranges = append(f.ranges, one)
	}
	return f
}

func (f *finder) objects() []fyne.CanvasObject {
	all := []fyne.CanvasObject{f.of}
	for _, k := range f.ranges {
		all = append(all, k)
	}
	return all
}

// byTeam says whether names are shown by team here.
func (f *finder) byTeam() bool {
	return f.s.picks == nil && f.s.k.state.Habits.TeamFilter && len(f.s.k.state.Teams) > 1
}

// on says whether the row is there.
func (f *finder) on() bool {
	return !f.s.search && !f.s.k.state.Habits.HideRoster && (f.byTeam() || f.many)
}

// cut takes the row off the top of the cards' place, unless less than two rows of
// them would be left: then names are sooner found by the search.
func (f *finder) cut(p panel, r *rect) {
	f.area = rect{}
	rest := *r
	row := rest.top(p.fixed(target))
	rest.top(p.fixed(gap + 0.5))
	if _, rows := f.s.grid(p, rest); f.on() && rows > 1 {
		f.area, *r = row, rest
	}
}

// forget goes back to everybody.
func (f *finder) forget() { f.letters, f.many, f.team = nil, false, "" }

// take learns from a page what there is to find.
func (f *finder) take(q local.PeopleQuery, p local.PeoplePage) {
	if q.Search != "" {
		return
	}
	f.letters = p.Letters
	f.many = f.many || p.Total > q.Limit
}

// put lays the row out: as many ranges as there is room for.
func (f *finder) put(p panel) {
	on := f.on() && f.area.w > 0
	show(on && f.byTeam(), f.of)
	n := 0
	if on {
		row := f.area
		if f.byTeam() {
			f.of.rename("of_team", f.s.k.say.Everybody)
			if f.team != "" {
				f.of.rename("of_team", f.team)
			}
			row.left(min(p.fixed(ofWidth), row.w)).put(f.of)
			row.left(min(p.fixed(gap), row.w))
		}
		n = f.putRanges(p, row)
	}
	for i, k := range f.ranges {
		show(i < n, k)
	}
}

// putRanges shares the letters out among keys, and gives how many those are. Where
// only one would fit there is nothing to choose.
func (f *finder) putRanges(p panel, row rect) int {
	room := int((row.w + p.fixed(gap)) / (p.fixed(rangeWidth) + p.fixed(gap)))
	room = min(room, len(f.ranges))
	if !f.many || room < 2 || len(f.letters) < 2 {
		return 0
	}
	each := (len(f.letters) + room - 1) / room
	n := (len(f.letters) + each - 1) / each
	for i, k := range f.ranges[:n] {
		part := f.letters[i*each : min((i+1)*each, len(f.letters))]
		words := part[0]
		if len(part) > 1 {
			words += "–" + part[len(part)-1]
		}
		k.act = func() { f.jump(part[0]) }
		k.rename("letter_"+part[0], words)
		row.cell(n, 1, i, p.fixed(gap)).put(k)
	}
	return n
}

// jump shows the page on which the names reach a letter.
func (f *finder) jump(letter string) {
	q := f.s.query
	q.Letter, q.Offset = letter, 0
	f.s.k.findPeople(f.s, q)
}

// askOfTeam is the tap on the team whose names are shown.
func (k *Kiosk) askOfTeam() {
	choose := func(team string) func() {
		return func() {
			k.people.finder.forget()
			k.people.finder.team = team
			k.findPeople(k.people, k.people.first())
		}
	}
	all := []entry{{"everybody", k.say.Everybody, choose("")}}
	for i, t := range k.state.Teams {
		all = append(all, entry{"team_" + strconv.Itoa(i), t, choose(t)})
	}
	k.ofTeams.open(k.say.WhichTeam, all)
	k.show(k.ofTeams)
	k.changed()
}

// firstLetter gives that of a text.
func firstLetter(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return s[:n]
}

package ui

import (
	"math"
	"time"

	"fyne.io/fyne/v2"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
)

// chooseScreen shows somebody who is identified only what is valid now.
type chooseScreen struct {
	page
	k       *Kiosk
	badge   *badge
	name    *label
	state   *stateLine
	closing *label
	back    *key
	tiles   [3]*tile
	shown   int
	size    panel
}

func newChoose(k *Kiosk) *chooseScreen {
	s := &chooseScreen{
		page: page{name: "choose", limit: profileLimit, settle: settle}, k: k, badge: newBadge().on(paper),
		name:    newLabel(style{size: capTitle, bold: true, ink: ink, lines: 3}),
		state:   newStateLine(capBody),
		closing: newLabel(style{size: capBody, bold: true, ink: errWord, lines: 2, drop: 0.5}),
	}
	s.back = newKey(k.gate, "cancel", "", glyphClose, capBody, plainTint(), k.home)
	objects := append(append(s.badge.objects(), s.state.objects()...),
		s.name.box, s.closing.box, s.back)
	for i := range s.tiles {
		s.tiles[i] = newTile(k.gate, "", glyphIn, inTint(), nil)
		objects = append(objects, s.tiles[i])
	}
	s.build(newBackdrop(k.gate, paper), s.lay, objects...)
	return s
}

// speak satisfies screen.
func (s *chooseScreen) speak(w *words) { s.back.say(w.Cancel) }

// open shows a session. Switching projects needs a list of projects to choose
// from and is not offered here.
func (s *chooseScreen) open(v local.Session) {
	w := s.k.say
	worked := time.Duration(v.Worked) * time.Millisecond
	s.badge.show(v.Person.Name, v.Person.State)
	s.name.set(v.Person.Name)
	s.state.show(v.Person.State, w.state(v.Person.State, s.k.at(v.Person.Since)))
	s.closing.set("")
	s.shown = 0
	for _, a := range v.Actions {
		if a == attendance.Switch || s.shown == len(s.tiles) {
			continue
		}
		t := s.tiles[s.shown]
		title, sub := w.action(a, worked)
		image, dye := looks(a)
		t.say(string(a), title, sub, image, dye)
		t.act = func() { s.k.punch(a) }
		s.shown++
	}
	for i, t := range s.tiles {
		if i < s.shown {
			t.Show()
		} else {
			t.Hide()
		}
	}
	s.lay(s.size)
}

// looks gives an action's picture and colours.
func looks(a attendance.Action) (glyph, tint) {
	switch a {
	case attendance.Out:
		return glyphOut, outTint()
	case attendance.BreakStart:
		return glyphPause, breakTint()
	case attendance.BreakEnd:
		return glyphResume, inTint()
	default:
		return glyphIn, inTint()
	}
}

// tick shows the countdown of the last seconds.
func (s *chooseScreen) tick(now time.Time) {
	if s.k.current != s {
		return
	}
	left := s.k.left(now)
	if left > warnFrom || s.k.busy {
		s.closing.set("")
		return
	}
	s.closing.set(s.k.say.closing(int(math.Ceil(max(0, left.Seconds())))))
}

func (s *chooseScreen) lay(p panel) {
	if p.w == 0 {
		return
	}
	s.size = p
	r := p.safe()
	if p.tall() {
		head := r.top(mm(p.pick(16, 14)))
		head.left(mm(p.pick(44, 43))).put(s.back)
		head.left(mm(4))
		s.closing.aligned(fyne.TextAlignTrailing).put(head)
		r.top(mm(6))
		who := r.top(mm(p.pick(60, 34)))
		s.layWho(p, who)
		s.layTiles(p, r)
		return
	}
	left := r.left(min(r.w*0.38, mm(100)))
	r.left(mm(p.pick(8, 5)))
	head := left.top(mm(p.pick(15, target)))
	head.left(mm(p.pick(44, 43))).put(s.back)
	foot := left.bottom(mm(p.pick(15, target)))
	s.closing.aligned(fyne.TextAlignLeading).put(foot)
	left.top(mm(p.pick(10, 4)))
	s.layWho(p, left)
	s.layTiles(p, r)
}

func (s *chooseScreen) layWho(p panel, r rect) {
	side := mm(p.pick(26, 16))
	if p.low() || p.tall() {
		row := r.top(side)
		s.badge.put(row.left(side))
		row.left(mm(4))
		s.name.st.drop = 0.5
		s.name.sized(p.pick(capTitle+1, capTitle-0.5)).put(row)
		r.top(mm(4))
	} else {
		s.badge.put(rect{r.x, r.y, side, side})
		r.top(side)
		r.top(mm(7))
		s.name.st.drop = 0
		s.name.sized(capTitle + 1)
		h := s.name.height(r.w)
		s.name.put(r.top(h))
		r.top(mm(6))
	}
	s.state.put(r.top(mm(6)))
}

// layTiles shares the area out: the likeliest action gets the most.
func (s *chooseScreen) layTiles(p panel, r rect) {
	if s.shown == 0 {
		return
	}
	most := mm(p.pick(60, 48))
	d := mm(p.pick(4, gap))
	h := min(most, (r.h-d*float32(s.shown-1))/float32(s.shown))
	all := h*float32(s.shown) + d*float32(s.shown-1)
	if p.tall() {
		r = r.bottom(min(r.h, all))
	} else {
		r = r.middle(min(r.h, all))
	}
	for i := range s.shown {
		s.tiles[i].title.sized(p.pick(capName, 6))
		r.top(h).put(s.tiles[i])
		r.top(d)
	}
}

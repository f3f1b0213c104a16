package ui

import (
	"math"
	"strings"
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
	note    *label // what else is to be known of where they stand
	closing *label
	back    *key
	hours   *key
	missed  *key
	tiles   [4]*tile
	shown   int
	own     bool // they have proved who they are: their own hours may be seen
	size    panel
}

func newChoose(k *Kiosk) *chooseScreen {
	s := &chooseScreen{
		page: page{name: "choose", limit: profileLimit, settle: settle}, k: k, badge: newBadge().on(paper),
		name:    newLabel(style{size: capTitle, bold: true, ink: ink, lines: 3}),
		state:   newStateLine(capBody),
		note:    newLabel(style{size: capBody, ink: quiet, lines: 4}),
		closing: newLabel(style{size: capBody, bold: true, ink: errWord, lines: 2, drop: 0.5}),
	}
	s.back = newKey(k.gate, "cancel", "", glyphClose, capBody, plainTint(), k.home)
	s.hours = newKey(k.gate, "hours", "", glyphWait, capBody, quietTint(), k.askHours)
	s.missed = newKey(k.gate, "missed", "", glyphAsk, capBody, quietTint(), k.askMissed)
	objects := append(append(s.badge.objects(), s.state.objects()...),
		s.name.box, s.note.box, s.closing.box, s.back, s.hours, s.missed)
	for i := range s.tiles {
		s.tiles[i] = newTile(k.gate, "", glyphIn, inTint(), nil)
		objects = append(objects, s.tiles[i])
	}
	s.build(newBackdrop(k.gate, paper), s.lay, objects...)
	return s
}

// speak satisfies screen.
func (s *chooseScreen) speak(w *words) {
	s.back.say(w.Cancel)
	s.hours.say(w.MyHours)
	s.missed.say(w.Missed)
}

// open shows a session.
func (s *chooseScreen) open(v local.Session) {
	w := s.k.say
	s.badge.show(v.Person.Name, v.Person.State)
	s.name.set(v.Person.Name)
	s.state.show(v.Person.State, w.state(v.Person.State, s.k.at(v.Person.Since)))
	s.note.set(s.noteOf(v))
	s.closing.set("")
	s.own = v.Auth == attendance.AuthPersonal || v.Auth == attendance.AuthBadgePIN
	show(s.own, s.hours, s.missed)
	s.shown = 0
	for _, o := range s.offers(v) {
		if s.shown == len(s.tiles) {
			break
		}
		t := s.tiles[s.shown]
		t.say(o.id, o.words, o.sub, o.sign, o.dye)
		t.act = o.act
		s.shown++
	}
	for i, t := range s.tiles {
		show(i < s.shown, t)
	}
	s.lay(s.size)
}

// noteOf gives the lines under the state, the more urgent first.
func (s *chooseScreen) noteOf(v local.Session) string {
	var all []string
	if v.Unconfirmed {
		all = append(all, s.k.say.NotConfirmed)
	}
	if v.BreakDue {
		all = append(all, s.k.say.BreakDue)
	}
	return strings.Join(all, " \u00b7 ")
}

// offers gives what the person may do as tiles. Who comes in books on the usual
// project with one touch, and on another with two.
func (s *chooseScreen) offers(v local.Session) []option {
	w, worked := s.k.say, time.Duration(v.Worked)*time.Millisecond
	var all []option
	for _, a := range v.Actions {
		title, sub := w.action(a, worked)
		sign, dye := looks(a)
		o := option{string(a), title, sub, sign, dye, func() { s.k.punch(a, "") }}
		pick := func() { s.k.askProject(a, v.Projects) }
		switch {
		case a == attendance.Switch:
			if v.Project != "" {
				o.sub = fill(w.SwitchFrom, "project", v.Project)
			}
			o.act = pick
		case a == attendance.BreakEnd:
			o.act = func() { s.k.endBreak(v) }
		case a == attendance.In && v.Default != "":
			o.sub = fill(w.InOn, "project", nameIn(v.Projects, v.Default))
		}
		all = append(all, o)
		if a == attendance.In && len(v.Projects) > 1 {
			all = append(all, option{"in_project", w.OtherProject, w.OtherProjectSub, glyphSwap, plainTint(), pick})
		}
	}
	return all
}

func nameIn(all []local.Project, id string) string {
	for _, p := range all {
		if p.ID == id {
			return p.Name
		}
	}
	return ""
}

// askProject shows the list of projects for an action.
func (k *Kiosk) askProject(a attendance.Action, all []local.Project) {
	var entries []entry
	for _, p := range all {
		entries = append(entries, entry{"project_" + p.ID, p.Name, func() { k.punch(a, p.ID) }})
	}
	k.project.open(k.say.WhichProject, entries)
	k.show(k.project)
	k.changed()
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
	case attendance.Switch:
		return glyphSwap, plainTint()
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
		head.left(s.back.width(mm(p.pick(40, 34)))).put(s.back)
		head.left(mm(4))
		s.closing.aligned(fyne.TextAlignTrailing).put(head)
		r.top(mm(6))
		who := r.top(mm(p.pick(60, 36)))
		s.layWho(p, who)
		s.layTiles(p, s.layOwn(p, r))
		return
	}
	left := r.left(min(r.w*0.38, mm(100)))
	r.left(mm(p.pick(8, 5)))
	head := left.top(mm(p.pick(15, target)))
	head.left(s.back.width(mm(p.pick(40, 34)))).put(s.back)
	foot := left.bottom(mm(p.pick(15, target)))
	s.closing.aligned(fyne.TextAlignLeading).put(foot)
	left.top(mm(p.pick(10, 4)))
	s.layWho(p, left)
	s.layTiles(p, s.layOwn(p, r))
}

// layOwn puts the keys to one's own hours below the tiles and gives the rest.
func (s *chooseScreen) layOwn(p panel, r rect) rect {
	if !s.own {
		return r
	}
	row := r.bottom(mm(p.pick(15, target)))
	r.bottom(mm(p.pick(4, gap)))
	row.cell(2, 1, 0, mm(gap)).put(s.hours)
	row.cell(2, 1, 1, mm(gap)).put(s.missed)
	return r
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
	r.top(mm(3))
	s.note.put(r)
}

// layTiles shares the area out: the likeliest action gets the most.
func (s *chooseScreen) layTiles(p panel, r rect) {
	if s.shown == 0 {
		return
	}
	most := mm(p.pick(60, 48))
	d := mm(p.pick(4, gap))
	cols, rows := 1, s.shown
	h := min(most, (r.h-d*float32(rows-1))/float32(rows))
	if least := mm(p.pick(22, 16)); h < least && !p.tall() {
		cols, rows = 2, (s.shown+1)/2
		h = min(most, (r.h-d*float32(rows-1))/float32(rows))
	}
	all := h*float32(rows) + d*float32(rows-1)
	if p.tall() {
		r = r.bottom(min(r.h, all))
	} else {
		r = r.middle(min(r.h, all))
	}
	for i := range s.shown {
		s.tiles[i].title.sized(p.pick(capName, 6))
		r.cell(cols, rows, i, d).put(s.tiles[i])
	}
}

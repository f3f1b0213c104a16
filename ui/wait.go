package ui

import (
	"time"
)

// waitScreen is for a clock that cannot be used now: it starts, its service
// does not answer, its disk takes no writes, or it is being cleared. It says so and takes
// no touch.
type waitScreen struct {
	page
	k      *Kiosk
	ground *backdrop
	disc   *plate
	mark   *picture
	title  *label
	hint   *label
	clock  *label
	fault  bool
}

func newWait(k *Kiosk) *waitScreen {
	s := &waitScreen{
		page: page{name: "starting"}, k: k, ground: newBackdrop(k.gate, paper),
		disc: newDisc(accent), mark: newPicture(glyphWait, onAccent),
		title: newLabel(style{size: capName, bold: true, ink: ink, lines: 2}),
		hint:  newLabel(style{size: capTitle, ink: quiet, lines: 4}),
		clock: newLabel(style{size: capTitle, ink: quiet, lines: 1}),
	}
	s.build(s.ground, s.lay, s.disc.r, s.mark.img, s.title.box, s.hint.box, s.clock.box)
	return s
}

// speak satisfies screen.
func (s *waitScreen) speak(*words) {
	switch s.name {
	case "out_of_order":
		s.broken()
	case "being_cleared":
		s.leaving()
	default:
		s.silent(s.name == "not_answering")
	}
}

// silent says that the service has not answered yet, or no more.
func (s *waitScreen) silent(long bool) {
	w := s.k.say
	s.fault = long
	if long {
		s.paint("not_answering", w.Silent, w.SilentHint, breakTint().ground(), glyphAlert)
		return
	}
	s.paint("starting", w.Waking, w.WakingHint, quietTint(), glyphWait)
}

// broken says that this clock records nothing.
func (s *waitScreen) broken() {
	s.paint("out_of_order", s.k.say.Broken, s.k.say.BrokenHint, errorTint().ground(), glyphClose)
}

// leaving says that this machine forgets that it was a clock.
func (s *waitScreen) leaving() {
	s.paint("being_cleared", s.k.say.Leaving, s.k.say.LeavingHint, quietTint(), glyphWait)
}

func (s *waitScreen) paint(name, title, hint string, t tint, g glyph) {
	if s.name != name && s.k.current == s {
		s.k.cfg.Logger.Info("screen_shown", "screen", name)
	}
	s.name = name
	s.ground.rect.fill(t.fill)
	s.disc.fill(t.text)
	s.mark.set(g, t.fill)
	for _, l := range []*label{s.title, s.hint, s.clock} {
		l.tone(t.text)
	}
	s.title.set(title)
	s.hint.set(hint)
}

// tick turns "starting" into "not answering" when it lasts.
func (s *waitScreen) tick(now time.Time) {
	s.clock.set("")
	if s.k.known || s.k.met {
		s.clock.set(s.k.say.clock(now.In(s.k.zone)))
	}
	if !s.k.known && s.name == "starting" && now.Sub(s.k.began) > slowStart {
		s.silent(true)
	}
}

func (s *waitScreen) lay(p panel) {
	r := p.whole().insetXY(mm(p.pick(20, 10)), mm(p.pick(14, 8)))
	s.clock.put(r.top(mm(capTitle)))
	side := mm(p.pick(30, 20))
	size := p.pick(capName+2, 7)
	if !p.tall() {
		r = r.middle(mm(p.pick(60, 44)))
		disc := r.left(side)
		disc = rect{disc.x, disc.y, side, side}
		s.layMark(disc)
		r.left(mm(10))
		r.top(mm(p.pick(4, 2)))
	} else {
		r = r.middle(mm(90))
		s.layMark(rect{r.x, r.y, side, side})
		r.top(side + mm(10))
	}
	s.title.sized(size)
	s.title.put(r.top(s.title.height(r.w)))
	r.top(mm(8))
	s.hint.put(r)
}

func (s *waitScreen) layMark(r rect) {
	r.put(s.disc.r)
	r.centre(r.w*0.6, r.h*0.6).put(s.mark.img)
}

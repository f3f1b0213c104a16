package ui

import (
	"time"

	"fyne.io/fyne/v2"

	"github.com/timepost/timepost/device/local"
)

// idleScreen is what hangs on the wall: the time, where this is, one big button.
type idleScreen struct {
	page
	k       *Kiosk
	org     *label
	logo    *logo // in place of org
	place   *label
	clock   *label
	weekday *label
	date    *label
	rule    *dayRule
	start   *tile
	hold    *hold // on the clock: to Maintenance
	dot     *plate
	dotMark *picture
	status  *label
	minute  int64
	size    panel
}

func newIdle(k *Kiosk) *idleScreen {
	s := &idleScreen{
		page: page{name: "idle", limit: idleLimit}, k: k, minute: -1,
		org:     newLabel(style{size: capBody, bold: true, ink: ink, lines: 1}),
		place:   newLabel(style{size: capBody, ink: quiet, lines: 2}),
		clock:   newLabel(style{size: 40, least: 15, ink: ink, font: k.cfg.Theme.fonts.light}),
		weekday: newLabel(style{size: capTitle, bold: true, ink: ink, lines: 1}),
		date:    newLabel(style{size: capTitle, ink: quiet, lines: 1}),
		rule:    newDayRule(),
		logo:    newLogo(),
		dot:     newDisc(okFill), dotMark: newPicture(glyphCheck, onOk),
		status: newLabel(style{size: capBody, ink: quiet, lines: 2, drop: 0.5}),
	}
	s.start = newTile(k.gate, "start", glyphNext, accentTint(), func() {
		k.askWho()
	})
	s.hold = newHold(k.gate, "maintenance", k.cfg.Now, k.askKeeper)
	objects := []fyne.CanvasObject{s.org.box, s.place.box, s.clock.box, s.weekday.box, s.date.box}
	objects = append(append(objects, s.rule.objects()...), s.start, s.dot.r, s.dotMark.img, s.status.box, s.hold, s.hold.bar.r)
	objects = append(objects, s.logo.objects()...)
	s.build(newBackdrop(k.gate, paper), s.lay, objects...)
	return s
}

// speak satisfies screen.
func (s *idleScreen) speak(w *words) {
	s.say(s.k.state)
}

// say takes over what the state means for this screen.
func (s *idleScreen) say(st local.State) {
	if err := s.logo.set(st.Logo); err != nil {
		s.k.cfg.Logger.Warn("logo_unreadable", "error", err)
	}
	s.org.set(st.Org)
	if s.logo.there() {
		s.org.set("")
	}
	s.place.set(st.KioskName)
	w := s.k.say
	if st.Habits.BadgeFirst {
		s.start.say("start", w.HoldCard, w.NoCard, glyphCard, accentTint())
	} else {
		s.start.say("start", w.Start, w.StartSub, glyphNext, accentTint())
	}
	switch {
	case st.Dismissed:
		s.mark(breakFill, onBreak, glyphAlert, w.Dismissed)
	case st.Cramped:
		s.mark(breakFill, onBreak, glyphAlert, w.Cramped)
	case st.Queue > 0: // what somebody asks who sees that the network is gone
		s.mark(quiet, face, glyphWait, w.count(w.Queued, int64(st.Queue)))
	case !st.ClockOK:
		s.mark(breakFill, onBreak, glyphWait, w.ClockDoubt)
	default:
		s.mark(okFill, onOk, glyphCheck, w.Stored)
	}
	s.minute = -1
	s.tick(s.k.cfg.Now())
}

func (s *idleScreen) mark(fill, on colour, g glyph, words string) {
	s.dot.fill(fill)
	s.dotMark.set(g, on)
	s.status.set(words)
}

// tick redraws the clock once a minute and moves everything by a fraction of a
// millimetre, so that nothing burns in.
func (s *idleScreen) tick(now time.Time) {
	s.hold.tick(now)
	local := now.In(s.k.zone)
	if minute := local.Unix() / 60; minute == s.minute {
		return
	} else {
		s.minute = minute
	}
	s.clock.set(s.k.say.clock(local))
	s.weekday.set(s.k.say.weekday(local))
	s.date.set(s.k.say.day(local))
	s.rule.set(local)
	if s.size.w > 0 {
		s.lay(s.size)
	}
}

// drift gives this minute's displacement: a slow walk round a small square.
func (s *idleScreen) drift() (dx, dy float32) {
	step := [8][2]float32{{0, 0}, {1, 0}, {2, 0}, {2, 1}, {2, 2}, {1, 2}, {0, 2}, {0, 1}}
	d := step[max(0, s.minute)%8]
	return mm(0.25) * d[0], mm(0.25) * d[1]
}

func (s *idleScreen) lay(p panel) {
	s.size = p
	edge := p.pick(10, bezel+0.5)
	r := p.whole().inset(mm(edge))
	dx, dy := s.drift()
	r.x, r.y = r.x+dx, r.y+dy
	if p.tall() {
		s.layTall(p, r)
	} else {
		s.layWide(p, r)
	}
}

func (s *idleScreen) layWide(p panel, r rect) {
	top := r.top(mm(p.pick(8, 6)))
	need := s.status.width(s.status.text, emFor(capBody)) + mm(10)
	s.layStatus(top.right(min(need, top.w*0.64)), fyne.TextAlignTrailing)
	if s.logo.there() {
		high := mm(p.pick(12, 9))
		w := s.logo.put(rect{top.x, top.y + (top.h-high)/2, top.w * 0.4, high}, paletteOf(s.k.look()))
		top.left(w + mm(5))
	}
	name := s.org.width(s.org.text, emFor(capBody))
	if name > 0 {
		s.org.put(rect{top.x, top.y + (top.h-mm(capBody))/2, min(name+1, top.w), mm(capBody)})
		top.left(min(name, top.w*0.7) + mm(5))
	}
	place := s.place.width(s.place.text, emFor(capBody))
	show(place <= top.w, s.place.box) // rather nothing than something too small to read
	s.place.put(rect{top.x, top.y + (top.h-mm(capBody))/2, max(top.w, place+1), mm(capBody)})
	s.start.title.sized(p.pick(capName, 6))
	r.bottom(r.h * p.pick(0.24, 0.28)).put(s.start)
	r.bottom(mm(p.pick(9, 4)))
	s.rule.put(r.bottom(mm(p.pick(6, 4))))
	r.bottom(mm(p.pick(11, 6)))
	size := p.pick(capTitle, capBody)
	space := mm(p.pick(8, 5))
	date := s.date.width(s.k.say.longestDay(), emFor(size)) + mm(1)
	ratio := s.clock.width(s.k.say.widestClock(), emFor(10)) / mm(10)
	clock := min(r.h-mm(p.pick(10, 3)), (r.w-date-space)/ratio) / UnitsPerMM
	s.clock.sized(clock)
	row := r.bottom(mm(clock))
	digits := row.left(mm(clock) * ratio)
	digits.x -= emFor(clock) * plexBearing
	s.clock.put(digits)
	s.hold.put(within(digits, p.safe()), rect{digits.x + emFor(clock)*plexBearing, digits.y + digits.h + mm(p.pick(4, 2)), digits.w - emFor(clock)*plexBearing, mm(1)})
	row.left(space)
	s.weekday.sized(size)
	s.date.sized(size)
	s.date.put(row.bottom(mm(size)))
	row.bottom(emFor(size)*leading - mm(size))
	s.weekday.put(row.bottom(mm(size)))
}

func (s *idleScreen) layTall(p panel, r rect) {
	if s.logo.there() {
		s.logo.put(r.top(mm(p.pick(14, 10))), paletteOf(s.k.look()))
	} else {
		s.org.put(r.top(mm(capBody)))
	}
	r.top(mm(3))
	show(true, s.place.box)
	s.place.put(r.top(mm(capBody)))
	s.layStatus(r.bottom(mm(8)), fyne.TextAlignLeading)
	r.bottom(mm(4))
	s.start.title.sized(p.pick(capName, 6))
	r.bottom(mm(p.pick(40, 34))).put(s.start)
	clock := min(r.h*0.3, r.w*0.27) / UnitsPerMM
	block := r.middle(mm(clock) + mm(6+capTitle*2+4+9+5))
	s.clock.sized(clock)
	digits := block.top(mm(clock))
	digits.x -= emFor(clock) * plexBearing
	s.clock.put(digits)
	s.hold.put(within(digits, p.safe()), rect{block.x, digits.y + digits.h + mm(2.5), block.w, mm(1)})
	block.top(mm(6))
	s.weekday.sized(capTitle)
	s.date.sized(capTitle)
	s.weekday.put(block.top(mm(capTitle)))
	block.top(mm(4))
	s.date.put(block.top(mm(capTitle)))
	block.top(mm(9))
	s.rule.put(block.top(mm(5)))
}

// layStatus puts the state line with its mark before the words.
func (s *idleScreen) layStatus(r rect, a fyne.TextAlign) {
	side := mm(6)
	s.status.aligned(fyne.TextAlignLeading)
	w := min(s.status.width(s.status.text, emFor(capBody))+1, r.w-side-mm(2))
	row := rect{r.x, r.y, side + mm(2) + w, r.h}
	if a == fyne.TextAlignTrailing {
		row.x = r.x + r.w - row.w
	}
	dot := row.left(side).middle(side)
	dot.put(s.dot.r)
	dot.centre(side*0.64, side*0.64).put(s.dotMark.img)
	row.left(mm(2))
	s.status.put(row)
}

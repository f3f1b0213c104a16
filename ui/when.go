package ui

import (
	"strconv"
	"time"

	"fyne.io/fyne/v2"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
)

// whenScreen asks for a day, at most two weeks back, and a time of day.
type whenScreen struct {
	page
	k      *Kiosk
	title  *label
	what   *label
	day    *label
	time   *label
	back   *key
	before *key
	after  *key
	clr    *key
	ok     *key
	digits [10]*key
	action attendance.Action
	days   int    // back from today
	typed  string // HHMM, as far as it is typed
	size   panel
}

func newWhen(k *Kiosk) *whenScreen {
	s := &whenScreen{
		page: page{name: "when", limit: profileLimit, settle: settle}, k: k,
		title: newLabel(style{size: capTitle, bold: true, ink: ink, lines: 2, drop: 0.5}),
		what:  newLabel(style{size: capBody, ink: quiet, lines: 2, drop: 0.5}),
		day:   newLabel(style{size: capBody, bold: true, ink: ink, lines: 2, drop: 0.5, align: fyne.TextAlignCenter}),
		time:  newLabel(style{size: 14, least: 8, ink: ink, drop: 0.5, font: k.cfg.Theme.fonts.light}),
	}
	s.back = newKey(k.gate, "back", "", glyphBack, capBody, plainTint(), k.askMissed)
	s.before = newKey(k.gate, "day_before", "", glyphBack, capTitle, plainTint(), func() { s.turn(1) })
	s.after = newKey(k.gate, "day_after", "", glyphNext, capTitle, plainTint(), func() { s.turn(-1) })
	s.clr = newKey(k.gate, "clear", "", glyphNone, capBody, plainTint(), func() { s.put("") }).quick("clear")
	s.ok = newKey(k.gate, "ok", "", glyphNone, capTitle, accentTint(), s.submit)
	objects := []fyne.CanvasObject{s.title.box, s.what.box, s.day.box, s.time.box, s.back, s.before, s.after, s.clr, s.ok}
	for i := range s.digits {
		d := strconv.Itoa(i)
		s.digits[i] = newKey(k.gate, "digit_"+d, d, glyphNone, capName, plainTint(), func() { s.press(d) }).quick("digit")
		objects = append(objects, s.digits[i])
	}
	s.build(newBackdrop(k.gate, paper), s.lay, objects...)
	return s
}

// speak satisfies screen.
func (s *whenScreen) speak(w *words) {
	s.title.set(w.MissedWhen)
	s.back.say(w.Back)
	s.clr.say(w.Clear)
	s.ok.say(w.OK)
}

// open asks when an action was; today, until another day is chosen.
func (s *whenScreen) open(a attendance.Action) {
	s.action, s.days = a, 0
	s.what.set(s.k.say.did(a))
	s.turn(0)
	s.put("")
	s.lay(s.size)
}

func (s *whenScreen) turn(by int) {
	s.days = max(0, min(local.MissedWithinDays, s.days+by))
	now := s.k.cfg.Now().In(s.k.zone)
	s.day.set(s.k.say.dayOf(now.AddDate(0, 0, -s.days), now))
	s.before.enable(s.days < local.MissedWithinDays)
	s.after.enable(s.days > 0)
	s.put(s.typed)
}

// press takes a digit that can still make a time of day; after 3 to 9 as the first
// digit, the hour has one digit only.
func (s *whenScreen) press(d string) {
	next := s.typed + d
	if s.typed == "" && d >= "3" {
		next = "0" + d
	}
	if len(next) > 4 || next > "2359"[:len(next)] || len(next) > 2 && next[2] > '5' {
		return
	}
	s.put(next)
}

// put shows what is typed; the digits that are missing stand as dashes.
func (s *whenScreen) put(typed string) {
	s.typed = typed
	full := (typed + "\u2013\u2013\u2013\u2013")
	runes := []rune(full)[:4]
	s.time.set(string(runes[:2]) + ":" + string(runes[2:]))
	s.what.set(s.k.say.did(s.action))
	at, ok := s.at()
	if ok && at.After(s.k.cfg.Now()) {
		s.what.set(s.k.say.MissedFuture)
		ok = false
	}
	s.ok.enable(ok)
}

// at gives the moment that is typed, in the kiosk's zone.
func (s *whenScreen) at() (time.Time, bool) {
	clock, err := time.Parse("1504", s.typed)
	if len(s.typed) != 4 || err != nil {
		return time.Time{}, false
	}
	y, m, d := s.k.cfg.Now().In(s.k.zone).AddDate(0, 0, -s.days).Date()
	return time.Date(y, m, d, clock.Hour(), clock.Minute(), 0, 0, s.k.zone), true
}

func (s *whenScreen) submit() {
	if at, ok := s.at(); ok {
		s.k.askWhy(s.action, at)
	}
}

func (s *whenScreen) lay(p panel) {
	if p.w == 0 {
		return
	}
	s.size = p
	r := p.safe()
	if p.tall() {
		head := r.top(mm(p.pick(16, 14)))
		head.left(s.back.width(mm(p.pick(40, 34)))).put(s.back)
		s.layPad(r.bottom(min(r.h*0.56, mm(104))))
		r.bottom(p.fixed(4))
		r.top(p.fixed(5))
		s.layQuestion(p, r)
		return
	}
	pad := r.right(min(r.w*0.5, mm(150)))
	r.right(mm(p.pick(12, 5)))
	head := r.top(mm(p.pick(15, target)))
	head.left(s.back.width(mm(p.pick(40, 34)))).put(s.back)
	r.top(mm(p.pick(8, 3)))
	s.layPad(pad.middle(min(pad.h, mm(124))))
	s.layQuestion(p, r.middle(min(r.h, mm(p.pick(90, 60)))))
}

func (s *whenScreen) layQuestion(p panel, r rect) {
	s.title.sized(p.pick(capName, capTitle))
	s.title.put(r.top(s.title.height(r.w)))
	r.top(mm(p.pick(5, 3)))
	s.what.put(r.top(s.what.height(r.w)))
	r.top(mm(p.pick(6, 3)))
	days := r.top(p.fixed(p.pick(17, target+1)))
	days.left(days.h).put(s.before)
	days.right(days.h).put(s.after)
	s.day.put(days.insetXY(mm(2), 0))
	s.time.sized(p.pick(16, 12)).aligned(fyne.TextAlignCenter).put(r)
}

// layPad puts 1-9, Clear, 0 and OK.
func (s *whenScreen) layPad(r rect) {
	for i := range 9 {
		r.cell(3, 4, i, mm(gap)).put(s.digits[i+1])
	}
	r.cell(3, 4, 9, mm(gap)).put(s.clr)
	r.cell(3, 4, 10, mm(gap)).put(s.digits[0])
	r.cell(3, 4, 11, mm(gap)).put(s.ok)
}

package ui

import (
	"strings"
	"time"

	"github.com/timepost/timepost/device/local"
)

// noticeScreen stands in the place of Idle while somebody far away wants a text to
// be read by whoever comes: the text, the time, and the same big button.
type noticeScreen struct {
	page
	k      *Kiosk
	band   *plate
	disc   *plate
	mark   *picture
	title  *label
	clock  *label
	hold   *hold // on the clock: to Maintenance
	text   *label
	start  *tile
	minute int64
	size   panel
}

func newNotice(k *Kiosk) *noticeScreen {
	s := &noticeScreen{
		page: page{name: "notice", limit: idleLimit}, k: k, minute: -1,
		band: newPlate(accentGround, 0), disc: newDisc(lit), mark: newPicture(glyphNote, accentGround),
		title: newLabel(style{size: capTitle, bold: true, ink: lit, lines: 2, drop: 0.5}),
		clock: newLabel(style{size: capName, ink: lit, font: k.cfg.Theme.fonts.light, drop: 0.5}),
		text:  newLabel(style{size: capName, least: 4, ink: ink, lines: 9, drop: 0.5}),
	}
	s.start = newTile(k.gate, "start", glyphNext, accentTint(), func() { k.askWho() })
	s.hold = newHold(k.gate, "maintenance", k.cfg.Now, k.askKeeper)
	s.build(newBackdrop(k.gate, paper), s.lay, s.band.r, s.disc.r, s.mark.img, s.title.box, s.clock.box, s.text.box, s.start, s.hold, s.hold.bar.r)
	return s
}

// speak satisfies screen.
func (s *noticeScreen) speak(*words) { s.say(s.k.state) }

// say takes over what the state means for this screen.
func (s *noticeScreen) say(st local.State) {
	w := s.k.say
	s.title.set(w.Message)
	s.text.set(st.Notice)
	if st.Habits.BadgeFirst {
		s.start.say("start", w.HoldCard, w.NoCard, glyphCard, accentTint())
	} else {
		s.start.say("start", w.Start, w.StartSub, glyphNext, accentTint())
	}
	s.minute = -1
	s.tick(s.k.cfg.Now())
}

// tick shows the time.
func (s *noticeScreen) tick(now time.Time) {
	s.hold.tick(now)
	local := now.In(s.k.zone)
	if minute := local.Unix() / 60; minute != s.minute {
		s.minute = minute
		s.clock.set(s.k.say.clock(local))
		s.lay(s.size)
	}
}

func (s *noticeScreen) lay(p panel) {
	s.size = p
	if p.w == 0 {
		return
	}
	all := p.whole()
	band := all.top(mm(p.pick(32, 22)))
	band.put(s.band.r)
	in := band.insetXY(mm(p.pick(14, 8)), mm(p.pick(6, 4)))
	in.y = max(in.y, mm(bezel))
	size, side := p.pick(capName, capTitle), min(in.h, mm(p.pick(20, 13)))
	if p.tall() { // the title needs the room
		size, side = capTitle-0.5, mm(9)
	}
	wide := min(s.clock.width(s.k.say.widestClock(), emFor(size))+mm(2), in.w*0.45)
	time := in.right(wide)
	s.clock.sized(size).put(time)
	target := rect{time.x, time.y, time.w, time.h}
	s.hold.put(within(target, p.safe()), rect{time.x, time.y + time.h - mm(1), time.w, mm(1)})
	in.right(mm(4))
	disc := in.left(side).middle(side)
	disc.put(s.disc.r)
	disc.centre(disc.w*0.6, disc.h*0.6).put(s.mark.img)
	in.left(mm(p.pick(6, 4)))
	s.title.sized(p.pick(capName, capTitle)).put(in)
	r := all.inset(mm(p.pick(10, bezel+0.5)))
	s.start.title.sized(p.pick(capName, 6))
	high := r.h * p.pick(0.3, 0.36)
	if p.tall() {
		high = mm(p.pick(40, 34))
	}
	r.bottom(high).put(s.start)
	r.bottom(mm(p.pick(6, 3)))
	s.text.sized(p.pick(capDisplay, 6.5)).put(r)
}

// hereScreen makes a kiosk stand out among others: its name on the accent colour over
// the whole panel, until somebody touches it or the service has had enough.
type hereScreen struct {
	page
	k     *Kiosk
	name  *label
	hint  *label
	calls time.Time // when the next sound is due
}

// callEvery is how often a kiosk that is looked for makes itself heard.
const callEvery = 3 * time.Second

func newHere(k *Kiosk) *hereScreen {
	s := &hereScreen{
		page: page{name: "here", settle: settle}, k: k,
		name: newLabel(style{size: 16, least: 4, bold: true, ink: lit, lines: 4, drop: 0.5}),
		hint: newLabel(style{size: capTitle, ink: lit, lines: 2, drop: 1}),
	}
	ground := newBackdrop(k.gate, accentGround)
	ground.id, ground.off, ground.act = "close", false, func() {
		k.found = k.state.Identify
		k.home()
	}
	s.build(ground, s.lay, s.name.box, s.hint.box)
	return s
}

// speak satisfies screen.
func (s *hereScreen) speak(w *words) {
	s.hint.set(w.TouchToClose)
	s.name.set(s.k.state.KioskName)
}

// tick makes the kiosk heard, also where people have it silent: whoever asked for it
// is looking for it.
func (s *hereScreen) tick(now time.Time) {
	if s.k.current != s || s.k.cfg.Room == nil || now.Before(s.calls) {
		return
	}
	s.calls = now.Add(callEvery)
	s.k.cfg.Room.Play(SoundBadge)
}

func (s *hereScreen) lay(p panel) {
	if p.w == 0 {
		return
	}
	r := p.whole().insetXY(mm(p.pick(14, 8)), mm(p.pick(12, 8)))
	s.hint.sized(p.pick(capTitle, capBody)).put(r.bottom(mm(p.pick(16, 12))))
	r.bottom(mm(4))
	s.name.sized(p.pick(22, 12)).put(r)
}

// resting gives the screen that the kiosk shows while nobody is at it.
func (k *Kiosk) resting() screen {
	switch {
	case k.state.Identify != "" && k.state.Identify != k.found:
		return k.here
	case strings.TrimSpace(k.state.Notice) != "":
		return k.notice
	}
	return k.idle
}

// rest shows that screen.
func (k *Kiosk) rest() {
	s := k.resting()
	if s == k.notice {
		k.noticed = k.state.Notice
	}
	k.show(s)
}

// called says whether a kiosk that sleeps has to wake: for who looks for it, or for a
// text that was not shown yet.
func (k *Kiosk) called() bool {
	s := k.resting()
	return s == k.here || s == k.notice && k.state.Notice != k.noticed
}

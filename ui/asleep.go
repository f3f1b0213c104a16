package ui

import (
	"strings"
	"time"
)

// asleepScreen is the time on black, after ten minutes without anybody. The
// touch that wakes the clock does nothing else. The time wanders over the panel,
// so that it burns in nowhere.
type asleepScreen struct {
	page
	k      *Kiosk
	clock  *label
	minute int64
	size   panel
}

func newAsleep(k *Kiosk) *asleepScreen {
	s := &asleepScreen{
		page: page{name: "asleep"}, k: k, minute: -1,
		clock: newLabel(style{size: 15, ink: moon, font: k.cfg.Theme.fonts.light}),
	}
	ground := newBackdrop(k.gate, night)
	ground.id, ground.off, ground.act = "wake", false, k.home
	s.build(ground, s.lay, s.clock.box)
	return s
}

// speak satisfies screen.
func (s *asleepScreen) speak(*words) {
	s.minute = -1
	s.tick(s.k.cfg.Now())
}

// tick moves the time once a minute.
func (s *asleepScreen) tick(now time.Time) {
	t := now.In(s.k.zone)
	minute := t.Unix() / 60
	if minute == s.minute {
		return
	}
	s.minute = minute
	hands, _, _ := strings.Cut(s.k.say.clock(t), " ") // who sees it knows whether it is AM
	s.clock.set(hands)
	s.lay(s.size)
}

func (s *asleepScreen) lay(p panel) {
	s.size = p
	if p.w == 0 {
		return
	}
	size := p.pick(22, 15)
	w := s.clock.width("00:00", emFor(size)) + mm(1)
	room := p.whole().inset(mm(10))
	// Steps of 7 and 5 over 11 and 9 places visit all 99 before one comes again.
	n := max(0, s.minute)
	x := room.x + (room.w-w)*float32(n*7%11)/10
	y := room.y + (room.h-mm(size))*float32(n*5%9)/8
	s.clock.sized(size).put(rect{x, y, w, mm(size)})
}

package ui

import (
	"time"

	"github.com/timepost/timepost/internal/problem"
)

// refusal is one thing that did not work, and what to do next.
type refusal struct {
	fill  colour // of its band, a ground; none: an error's
	sign  glyph  // on the band; none: an exclamation mark
	title string
	hint  string
	retry string // the word on the first key; empty: none
	again func()
	over  string // the word on the last key; empty: "Start over"
	leave func() // what that does; nil: home
}

// refusalOf turns an error into words. again, where it makes sense, is what
// "Try again" does.
func refusalOf(k *Kiosk, err error, again func()) refusal {
	p := problem.From(err)
	w := k.say
	r := refusal{}
	r.title, r.hint = w.refused(p.Code)
	switch p.Code {
	case problem.Unauthenticated:
		if n, ok := number(p.Detail["tries_left"]); ok {
			r.hint = w.count(w.TriesLeft, n) + " " + w.PressAgain
		}
	case problem.Limited, problem.Locked:
		again = nil
		if ms, ok := number(p.Detail["wait_ms"]); ok {
			until := k.cfg.Now().Add(time.Duration(ms)*time.Millisecond + time.Minute - time.Nanosecond)
			r.title, r.hint = w.Locked, fill(w.LockedUntil, "time", w.clock(until.In(k.zone)))
		}
	case problem.NotFound, problem.Expired, problem.OutOfOrder, problem.Damaged:
		again = nil
	case problem.Unavailable:
		again = nil
		if p.Detail["field"] == "pin" { // the service is there, the PIN is not
			r.title, r.hint = w.NoPIN, w.NoPINHint
		}
	}
	if again != nil {
		r.retry, r.again = w.Again, again
	}
	return r
}

// punchRefusal is refusalOf for a punch: without an answer nobody knows whether
// it was recorded, and the screen must not pretend to.
func punchRefusal(k *Kiosk, err error) refusal {
	r := refusalOf(k, err, nil)
	if problem.Is(err, problem.Unavailable) || problem.Is(err, problem.Internal) {
		r.title, r.hint = k.say.NotCertain, k.say.NotCertainHint
	}
	return r
}

// number reads a detail, whether it came through JSON or not.
func number(v any) (int64, bool) {
	switch n := v.(type) {
	case int:
		return int64(n), true
	case int64:
		return n, true
	case float64:
		return int64(n), true
	}
	return 0, false
}

// refusedScreen says one thing in large, with at most two ways on: what did not
// work, or what somebody is asked before it is done.
type refusedScreen struct {
	page
	k     *Kiosk
	band  *plate
	disc  *plate
	mark  *picture
	title *label
	hint  *label
	retry *key
	over  *key
	two   bool
	size  panel
}

func newRefused(k *Kiosk, name string) *refusedScreen {
	s := &refusedScreen{
		page: page{name: name, limit: refusedLimit, settle: settle}, k: k,
		band: newPlate(errGround, 0), disc: newDisc(lit), mark: newPicture(glyphAlert, errGround),
		title: newLabel(style{size: capName, bold: true, ink: lit, lines: 4, drop: 0.5}),
		hint:  newLabel(style{size: capTitle, ink: ink, lines: 4, drop: 0.5}),
	}
	s.retry = newKey(k.gate, "again", "", glyphNone, capTitle, accentTint(), nil)
	s.over = newKey(k.gate, "start_over", "", glyphNone, capTitle, plainTint(), k.home)
	s.build(newBackdrop(k.gate, paper), s.lay, s.band.r, s.disc.r, s.mark.img, s.title.box, s.hint.box, s.retry, s.over)
	return s
}

// speak satisfies screen: all that this one says is new each time.
func (s *refusedScreen) speak(*words) {}

func (s *refusedScreen) open(r refusal) {
	s.two = r.retry != ""
	if r.fill == noColour {
		r.fill = errGround
	}
	if r.sign == glyphNone {
		r.sign = glyphAlert
	}
	s.band.fill(r.fill)
	s.mark.set(r.sign, r.fill)
	s.title.set(r.title)
	s.hint.set(r.hint)
	s.retry.act = r.again
	s.retry.rename("again", r.retry)
	s.over.act = s.k.home
	if r.leave != nil {
		s.over.act = r.leave
	}
	if r.over == "" {
		r.over = s.k.say.StartOver
	}
	s.over.rename("start_over", r.over)
	if s.two {
		s.retry.Show()
	} else {
		s.retry.Hide()
	}
	s.lay(s.size)
}

func (s *refusedScreen) lay(p panel) {
	if p.w == 0 {
		return
	}
	s.size = p
	all := p.whole()
	band := all.top(all.h * 0.5)
	band.put(s.band.r)
	in := band.insetXY(mm(p.pick(14, 8)), mm(p.pick(8, 5)))
	side := mm(p.pick(26, 15))
	size := p.pick(capName, 6.5)
	if p.tall() {
		s.title.sized(size)
		space := min(mm(9), in.h*0.1)
		in = in.middle(side + space + s.title.heightWithin(in.w, in.h-side-space))
		s.layMark(rect{in.x, in.y, side, side})
		in.top(side + space)
		s.title.put(in)
	} else {
		s.layMark(in.left(side).middle(side))
		in.left(mm(p.pick(10, 6)))
		s.title.sized(size).put(in)
	}
	r := all.insetXY(mm(p.pick(14, 8)), mm(bezel))
	s.retry.word.sized(p.pick(capTitle, 4.2))
	s.over.word.sized(p.pick(capTitle, 4.2))
	keys := r.bottom(mm(p.pick(24, 16)))
	r.bottom(mm(3))
	s.hint.sized(p.pick(capTitle, 4.5)).put(r)
	if s.two {
		keys.cell(2, 1, 0, mm(gap)).put(s.retry)
		keys.cell(2, 1, 1, mm(gap)).put(s.over)
		return
	}
	keys.put(s.over)
}

func (s *refusedScreen) layMark(r rect) {
	r.put(s.disc.r)
	r.centre(r.w*0.66, r.h*0.66).put(s.mark.img)
}

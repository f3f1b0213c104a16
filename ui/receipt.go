package ui

import (
	"time"

	"fyne.io/fyne/v2"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
)

// receiptScreen says that a punch is on disk. All of it is in the action's
// colour, so that it is understood from three steps away. It can only be opened
// with a Receipt.
type receiptScreen struct {
	page
	k      *Kiosk
	ground *backdrop
	disc   *plate
	check  *picture
	did    *label
	name   *label
	clock  *label
	total  *label
	close  *label
	undo   *key
	left   []local.Message // to be shown after it
	ticket string
	track  *plate
	bar    *plate
	barAt  rect
	size   panel
}

func newReceipt(k *Kiosk) *receiptScreen {
	s := &receiptScreen{
		page: page{name: "receipt", limit: receiptLimit, settle: 2 * settle}, k: k,
		ground: newBackdrop(k.gate, inGround), disc: newDisc(lit), check: newPicture(glyphCheck, inGround),
		did:   newLabel(style{size: capName, ink: lit, drop: 0.5, lines: 2}),
		name:  newLabel(style{size: capDisplay, least: 5, bold: true, ink: lit, lines: 3, drop: 0.5}),
		clock: newLabel(style{size: 30, least: 15, ink: lit, font: k.cfg.Theme.fonts.light}),
		total: newLabel(style{size: capTitle, ink: lit, lines: 2}),
		close: newLabel(style{size: capBody, ink: lit, drop: 0.5, lines: 3}),
		track: newPlate(inDeep, 0), bar: newPlate(lit, 0),
	}
	s.ground.id, s.ground.off, s.ground.act = "close", false, s.done
	s.undo = newKey(k.gate, "undo", "", glyphNone, capBody, plainTint(), func() { k.undo(s.ticket) })
	s.build(s.ground, s.lay, s.disc.r, s.check.img, s.did.box, s.name.box, s.clock.box,
		s.total.box, s.close.box, s.track.r, s.bar.r, s.undo)
	return s
}

// speak satisfies screen.
func (s *receiptScreen) speak(w *words) {
	s.close.set(w.TouchToClose)
	s.undo.say(w.Undo)
}

// done is the end of a receipt: whatever central wants to say comes after it.
func (s *receiptScreen) done() {
	left := s.left
	s.left = nil
	s.k.tellAll(s.ticket, left)
}

// open shows what was recorded.
func (s *receiptScreen) open(r local.Receipt) {
	if r.Lang != "" { // a card punches without a session
		s.k.speakTo(r.Lang)
	}
	_, t := looks(r.Action)
	t = t.ground()
	s.limit, s.total.st.lines, s.total.st.size = receiptLimit, 2, capTitle
	s.ground.rect.fill(t.fill)
	s.disc.fill(t.text)
	s.check.set(glyphCheck, t.fill)
	s.track.fill(t.ledge)
	s.bar.fill(t.text)
	for _, l := range []*label{s.did, s.name, s.clock, s.total, s.close} {
		l.tone(t.text)
	}
	s.left, s.ticket = r.Messages, r.Ticket
	show(r.Ticket != "", s.undo)
	w := s.k.say
	s.did.set(w.did(r.Action))
	s.name.set(r.Person)
	s.clock.set(w.clock(s.k.at(r.At)))
	s.total.set(w.Recorded)
	if r.Action != attendance.In || r.Worked >= time.Minute.Milliseconds() {
		s.total.set(fill(w.RecordedTotal, "length", w.length(time.Duration(r.Worked)*time.Millisecond)))
	}
	if r.Project != "" {
		s.did.set(s.did.text + " \u00b7 " + r.Project)
	}
	if r.Unconfirmed {
		s.total.set(s.total.text + ". " + w.NotConfirmed)
	}
	s.k.heard(r)
	s.lay(s.size)
}

// openTeam shows what was recorded for several people, and who was left out.
func (s *receiptScreen) openTeam(r local.TeamReceipt) {
	name := s.k.say.people(len(r.Done))
	if len(r.Done) == 1 {
		name = r.Done[0]
	}
	s.open(local.Receipt{Person: name, Action: r.Action, At: r.At})
	s.total.set(s.k.say.Recorded)
	if len(r.Left) > 0 {
		s.limit, s.total.st.lines, s.total.st.size = leftLimit, 9, capBody+0.5
		s.total.set(s.k.say.recordedLeft(r.Left, s.k.at))
	}
	s.lay(s.size)
}

// openNewcomer shows what was recorded for somebody who is not on the list, and
// that it is not settled yet whose it is.
func (s *receiptScreen) openNewcomer(r local.Receipt) {
	s.open(r)
	s.total.st.lines, s.total.st.size = 3, capBody+0.5
	s.total.set(s.k.say.NewcomerTold)
	s.lay(s.size)
}

// tick runs the bar down.
func (s *receiptScreen) tick(now time.Time) {
	if s.k.current != s {
		return
	}
	part := max(0, min(1, float32(s.k.left(now).Seconds()/s.limit.Seconds())))
	rect{s.barAt.x, s.barAt.y, s.barAt.w * part, s.barAt.h}.put(s.bar.r)
}

func (s *receiptScreen) lay(p panel) {
	if p.w == 0 {
		return
	}
	s.size = p
	all := p.whole()
	s.barAt = all.bottom(mm(2))
	s.barAt.put(s.track.r)
	s.barAt.put(s.bar.r)
	r := all.insetXY(mm(p.pick(14, 8)), mm(p.pick(12, 6)))
	foot := r.bottom(mm(capBody))
	if s.undo.Visible() {
		r.bottom(mm(target - capBody))
		foot = rect{foot.x, r.y + r.h, foot.w, mm(target)}
		foot.right(min(s.undo.width(mm(p.pick(48, 40))/p.zoom), foot.w*0.62)).put(s.undo)
		foot.right(mm(gap))
	}
	s.close.put(foot)
	head := r.top(mm(p.pick(16, 13)))
	side := head.h
	disc := head.left(side)
	disc.put(s.disc.r)
	disc.centre(side*0.6, side*0.6).put(s.check.img)
	head.left(mm(5))
	s.did.sized(p.pick(capName, 6.5)).put(head)
	r.bottom(mm(p.pick(8, 4)))
	if p.tall() {
		r.top(mm(14))
		size := r.w / UnitsPerMM * 0.27
		s.clock.sized(size).aligned(fyne.TextAlignLeading).put(r.top(mm(size)))
		r.top(mm(14))
		s.total.aligned(fyne.TextAlignLeading)
		r.bottom(mm(3))
		s.total.put(r.bottom(min(s.total.height(r.w), max(mm(capTitle*3), r.h-mm(16)))))
		r.bottom(mm(5))
		s.name.st.drop = 0
		s.name.put(r)
		return
	}
	r.top(mm(1.5))
	s.total.put(r.bottom(min(s.total.height(r.w), r.h-mm(p.pick(38, 27)))))
	r.bottom(mm(p.pick(8, 4)))
	size := min(r.w/UnitsPerMM*p.pick(0.15, 0.11), r.h/UnitsPerMM)
	size *= s.clock.width("00:00", emFor(size)) / s.clock.width(s.k.say.widestClock(), emFor(size))
	w := s.clock.width(s.k.say.widestClock(), emFor(size)) + mm(1)
	s.clock.st.drop = 0.5
	s.clock.sized(size).aligned(fyne.TextAlignTrailing).put(r.right(w))
	r.right(mm(6))
	s.name.st.drop = 0.5
	s.name.put(r)
}

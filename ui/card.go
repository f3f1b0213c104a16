package ui

import (
	"fyne.io/fyne/v2"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
)

// badge is a person's initials on a disc, coloured by where the person stands.
// A small mark on its rim says the same by its picture.
type badge struct {
	disc *plate
	text *label
	rim  *plate
	dot  *plate
	mark *picture
}

func newBadge() *badge {
	return &badge{
		disc: newDisc(face), rim: newDisc(face), dot: newDisc(face), mark: newPicture(glyphOut, face),
		text: newLabel(style{size: capBody, bold: true, ink: ink, drop: 0.5, align: fyne.TextAlignCenter}),
	}
}

func (b *badge) objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{b.disc.r, b.text.box, b.rim.r, b.dot.r, b.mark.img}
}

// on says what the badge lies on, which shows as a ring round its mark.
func (b *badge) on(ground colour) *badge { b.rim.fill(ground); return b }

func (b *badge) show(name string, s attendance.State) {
	switch s {
	case attendance.StateIn:
		b.paint(inFill, onIn, inFill)
		b.sign(inFill, onIn, glyphIn)
	case attendance.StateBreak:
		b.paint(breakFill, onBreak, breakLedge)
		b.sign(breakFill, onBreak, glyphPause)
	default:
		b.paint(paper, ink, shade)
		b.sign(outFill, onOut, glyphOut)
	}
	show(s != "", b.rim.r, b.dot.r, b.mark.img) // where somebody is may be nobody's business here
	b.text.set(attendance.Initials(name))
}

func (b *badge) paint(fill, text, line colour) {
	b.disc.fill(fill)
	b.disc.line(line, 0.3)
	b.text.tone(text)
}

func (b *badge) sign(fill, on colour, g glyph) {
	b.dot.fill(fill)
	b.mark.set(g, on)
}

func (b *badge) put(r rect) {
	r.put(b.disc.r)
	b.text.sized(min(r.w/UnitsPerMM*0.3, 9)).put(rect{r.x, r.y, r.w * 0.94, r.h * 0.96}.inset(r.w * 0.12))
	side := r.w * 0.4
	rim := rect{r.x + r.w - side*0.74, r.y + r.h - side*0.74, side, side}
	rim.put(b.rim.r)
	rim.inset(side * 0.09).put(b.dot.r)
	rim.inset(side * 0.26).put(b.mark.img)
}

// card is one person on the People screen. Cards are recycled: a page change
// gives them other people.
type card struct {
	touch
	body   *body
	badge  *badge
	name   *label
	state  *label
	over   *plate // lies over the badge of who is ticked
	tick   *picture
	person local.PersonCard
}

// mark is how a card stands in a choice of several.
type mark int

const (
	markFree   mark = iota // may be ticked
	markTicked             // is
	markBarred             // can't be now
)

func newCard(g *gate, chosen func(local.PersonCard)) *card {
	c := &card{
		body: newBody(plainTint()), badge: newBadge().on(face), state: newLabel(style{size: capSmall, ink: quiet, drop: 0.5}),
		name: newLabel(style{size: capBody, bold: true, ink: ink, lines: 3}),
		over: newDisc(accent), tick: newPicture(glyphCheck, onAccent),
	}
	show(false, c.over.r, c.tick.img)
	c.gate, c.kind, c.redraw = g, "person", c.lay
	c.act = func() { chosen(c.person) }
	c.ExtendBaseWidget(c)
	return c
}

func (c *card) show(p local.PersonCard, state string) {
	c.id, c.person = "person_"+p.ID, p
	c.badge.show(p.Name, p.State)
	c.name.set(p.Name)
	c.state.set(state)
	if p.State == attendance.StateIn {
		c.state.tone(inWord)
	} else {
		c.state.tone(quiet)
	}
	c.lay()
}

// set shows how the card stands in a choice of several. What can't be ticked lies
// flat and takes no touch.
func (c *card) set(m mark) {
	c.off = m == markBarred
	c.body.dye(plainTint())
	c.badge.on(face)
	switch m {
	case markTicked:
		c.body.face.line(accentLine, 0.9)
	case markBarred:
		c.body.dye(tint{paper, ink, paper, paper})
		c.badge.on(paper)
		c.state.tone(quiet)
	}
	show(m == markTicked, c.over.r, c.tick.img)
	c.lay()
}

// CreateRenderer satisfies fyne.Widget.
func (c *card) CreateRenderer() fyne.WidgetRenderer {
	objects := append(c.body.objects(), c.badge.objects()...)
	objects = append(objects, c.name.box, c.state.box, c.over.r, c.tick.img)
	return &drawing{objects, func(fyne.Size) { c.lay() }}
}

func (c *card) lay() {
	s := c.Size()
	if s.Width <= 0 {
		return
	}
	f := c.body.place(s, c.pressed())
	in := f.insetXY(min(mm(2.6), f.w*0.045), mm(1.8))
	side := min(mm(13), in.h)
	if c.gate.zoom > 1 { // the words come first
		side = min(side, in.w*0.22)
	}
	face := in.left(side).middle(side)
	c.badge.put(face)
	over := face.inset(-mm(0.3))
	over.put(c.over.r)
	over.centre(side*0.6, side*0.6).put(c.tick.img)
	in.left(min(mm(3.4), in.w*0.07))
	if c.state.text == "" { // where that is not to be seen
		c.name.put(in.middle(c.name.heightWithin(in.w, in.h)))
		return
	}
	line := mm(capSmall)
	name := c.name.heightWithin(in.w, in.h-line-mm(3)/c.gate.zoom/c.gate.zoom)
	space := min(mm(2.8), in.h-line-name)
	row := in.middle(name + space + line)
	c.name.put(row.top(name))
	row.top(space)
	c.state.put(row.top(line))
}

package ui

import (
	"fyne.io/fyne/v2"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
)

// badge is a person's initials on a disc, coloured by where the person stands.
type badge struct {
	disc *plate
	text *label
}

func newBadge() *badge {
	return &badge{newDisc(white), newLabel(style{size: capBody, bold: true, ink: ink, drop: 0.5, align: fyne.TextAlignCenter})}
}

func (b *badge) objects() []fyne.CanvasObject { return []fyne.CanvasObject{b.disc.r, b.text.box} }

func (b *badge) show(name string, s attendance.State) {
	switch s {
	case attendance.StateIn:
		b.paint(inBlue, white, inBlue)
	case attendance.StateBreak:
		b.paint(amber, black, amber)
	default:
		b.paint(paper, ink, shade)
	}
	b.text.set(attendance.Initials(name))
}

func (b *badge) paint(fill, text, line colour) {
	b.disc.fill(fill)
	b.disc.line(line, 0.3)
	b.text.tone(text)
}

func (b *badge) put(r rect) {
	r.put(b.disc.r)
	b.text.sized(min(r.w/UnitsPerMM*0.34, 9)).put(r.inset(r.w * 0.14))
}

// stateLine is a state by picture, colour and word.
type stateLine struct {
	disc  *plate
	image *picture
	text  *label
}

func newStateLine(size float32) *stateLine {
	return &stateLine{newDisc(white), newPicture(glyphOut, white),
		newLabel(style{size: size, ink: ink, drop: 0.5})}
}

func (l *stateLine) objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{l.disc.r, l.image.img, l.text.box}
}

func (l *stateLine) show(s attendance.State, words string) {
	switch s {
	case attendance.StateIn:
		l.paint(inBlue, glyphIn, white, inBlue)
	case attendance.StateBreak:
		l.paint(amber, glyphPause, black, ink)
	default:
		l.paint(outRust, glyphOut, white, quiet)
	}
	l.text.set(words)
}

func (l *stateLine) paint(fill colour, g glyph, on, text colour) {
	l.disc.fill(fill)
	l.image.set(g, on)
	l.text.tone(text)
}

func (l *stateLine) put(r rect) {
	side := mm(l.text.st.size * 1.35)
	disc := r.left(side).middle(side)
	disc.put(l.disc.r)
	disc.centre(side*0.66, side*0.66).put(l.image.img)
	r.left(mm(1.6))
	l.text.put(r)
}

// card is one person on the People screen. Cards are recycled: a page change
// gives them other people.
type card struct {
	touch
	body   *body
	badge  *badge
	name   *label
	state  *stateLine
	person local.PersonCard
}

func newCard(g *gate, chosen func(local.PersonCard)) *card {
	c := &card{body: newBody(plainTint()), badge: newBadge(), state: newStateLine(capBody - 0.5),
		name: newLabel(style{size: capBody, bold: true, ink: ink, lines: 2})}
	c.gate, c.kind, c.redraw = g, "person", c.lay
	c.act = func() { chosen(c.person) }
	c.ExtendBaseWidget(c)
	return c
}

func (c *card) show(p local.PersonCard, state string) {
	c.id, c.person = "person_"+p.ID, p
	c.badge.show(p.Name, p.State)
	c.name.set(p.Name)
	c.state.show(p.State, state)
	c.lay()
}

// CreateRenderer satisfies fyne.Widget.
func (c *card) CreateRenderer() fyne.WidgetRenderer {
	objects := append(c.body.objects(), c.badge.objects()...)
	objects = append(append(objects, c.name.box), c.state.objects()...)
	return &drawing{objects, func(fyne.Size) { c.lay() }}
}

func (c *card) lay() {
	s := c.Size()
	if s.Width <= 0 {
		return
	}
	f := c.body.place(s, c.pressed())
	in := f.insetXY(mm(2.8), mm(2.2))
	side := min(mm(13), in.h)
	c.badge.put(in.left(side).middle(side))
	in.left(mm(3))
	line := mm(c.state.text.st.size * 1.4)
	name := min(c.name.height(in.w), in.h-line-mm(1))
	space := min(mm(2.4), in.h-line-name)
	row := in.middle(name + space + line)
	c.name.put(row.top(name))
	row.top(space)
	c.state.put(row.top(line))
}

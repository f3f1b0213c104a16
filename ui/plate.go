package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// plate is a filled rectangle with round corners of rad millimetres.
type plate struct{ r *canvas.Rectangle }

func newPlate(fill colour, rad float32) *plate {
	r := canvas.NewRectangle(fill.dyed())
	r.CornerRadius = mm(rad)
	return &plate{r}
}

func newDisc(fill colour) *plate {
	p := newPlate(fill, 0)
	p.r.CornerRadius = canvas.RadiusMaximum
	return p
}

func (p *plate) fill(c colour) {
	if d, ok := p.r.FillColor.(dyed); ok && d.role == c {
		return
	}
	p.r.FillColor = c.dyed()
	p.r.Refresh()
}

func (p *plate) line(c colour, width float32) *plate {
	p.r.StrokeColor, p.r.StrokeWidth = c.dyed(), mm(width)
	p.r.Refresh()
	return p
}

// body is a key's body: a face that stands a little above its ledge and goes
// down while it is held. It tells a finger in a glove that the tap was felt.
type body struct {
	base, face *plate
	tint       tint
	size       fyne.Size
}

func newBody(t tint) *body {
	b := &body{base: newPlate(t.ledge, radius), face: newPlate(t.fill, radius), tint: t}
	b.dye(t)
	return b
}

func (b *body) objects() []fyne.CanvasObject { return []fyne.CanvasObject{b.base.r, b.face.r} }

func (b *body) dye(t tint) {
	b.tint = t
	b.base.fill(t.ledge)
	b.face.fill(t.fill)
	if t.fill == face || t.fill == paper {
		b.face.line(hair, 0.25)
	} else {
		b.face.line(t.ledge, 0.25) // a fill that is near to the paper has an edge
	}
}

// place lays the body out and gives the area of its face.
func (b *body) place(s fyne.Size, held bool) rect {
	b.size = s
	r := rect{0, 0, s.Width, s.Height}
	d := mm(ledge)
	rect{0, d, r.w, r.h - d}.put(b.base.r)
	f := rect{0, 0, r.w, r.h - d}
	if held {
		f.y = d
	}
	f.put(b.face.r)
	if held {
		b.face.fill(b.tint.held)
	} else {
		b.face.fill(b.tint.fill)
	}
	return f
}

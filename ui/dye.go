package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// rgb is an opaque colour, 0xRRGGBB.
type rgb uint32

// RGBA satisfies color.Color.
func (c rgb) RGBA() (r, g, b, a uint32) {
	return uint32(c>>16&0xff) * 0x101, uint32(c>>8&0xff) * 0x101, uint32(c&0xff) * 0x101, 0xffff
}

// dyed is a role as it looks now. What is painted holds one of these, so that it
// can be dyed again when the palette changes. Fyne keeps pictures of texts by
// their colour: another look must not be equal to this one.
type dyed struct {
	rgb
	role colour
}

// dyed gives the role its look in the palette of the theme that Fyne has now.
func (c colour) dyed() dyed { return paletteNow().dyed(c) }

func (p *palette) dyed(c colour) dyed { return dyed{p[c], c} }

// paletteNow is the palette of the theme in use; without our theme, the light one.
func paletteNow() *palette {
	if t, ok := fyne.CurrentApp().Settings().Theme().(*Theme); ok {
		return &t.palette
	}
	p := lightPalette()
	return &p
}

// dye gives everything below o, seen or hidden, its look in the palette.
// Whatever is made of plates, labels and pictures needs nothing else.
func (p *palette) dye(o fyne.CanvasObject) {
	switch v := o.(type) {
	case *fyne.Container:
		for _, child := range v.Objects {
			p.dye(child)
		}
	case fyne.Widget:
		for _, part := range v.CreateRenderer().Objects() { // ours only list their parts
			p.dye(part)
		}
	case *canvas.Rectangle:
		if d, ok := v.FillColor.(dyed); ok {
			v.FillColor = p.dyed(d.role)
		}
		if d, ok := v.StrokeColor.(dyed); ok {
			v.StrokeColor = p.dyed(d.role)
		}
		v.Refresh()
	case *canvas.Text:
		if d, ok := v.Color.(dyed); ok {
			v.Color = p.dyed(d.role)
		}
		v.Refresh()
	case *canvas.Image:
		if d, ok := v.Resource.(drawn); ok {
			d.ink = p.dyed(d.ink.role)
			v.Resource = d
			v.Refresh()
		}
	}
}

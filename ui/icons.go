package ui

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// glyph names a picture of our own set: 24 by 24, drawn with a round pen.
type glyph string

// The pictures, as SVG path data.
const (
	glyphNone   glyph = ""
	glyphIn     glyph = "M4 12h11M11 7l5 5-5 5M20 4v16"
	glyphOut    glyph = "M20 12H9M13 7l-5 5 5 5M4 4v16"
	glyphPause  glyph = "M9 5v14M15 5v14"
	glyphResume glyph = "M8 5l11 7-11 7z"
	glyphCheck  glyph = "M4 13l5 5L20 7"
	glyphAlert  glyph = "M12 4v10M12 19.2v.1"
	glyphBack   glyph = "M15 5l-7 7 7 7"
	glyphNext   glyph = "M9 5l7 7-7 7"
	glyphUp     glyph = "M5 15l7-7 7 7"
	glyphDown   glyph = "M5 9l7 7 7-7"
	glyphFind   glyph = "M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M15.5 15.5l5 5"
	glyphErase  glyph = "M8 5h12v14H8l-6-7zM11 9l6 6M17 9l-6 6"
	glyphClose  glyph = "M5 5l14 14M19 5L5 19"
	glyphWait   glyph = "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M12 7v5l3.5 2.5"
	glyphCloud  glyph = "M7 19a4.5 4.5 0 0 1-.5-8.9A6 6 0 0 1 18 9.5a4.8 4.8 0 0 1-.5 9.5z"
	glyphAsk    glyph = "M8 8.5a4 4 0 1 1 5.6 3.7c-1 .5-1.6 1.2-1.6 2.3v.6M12 19.4v.1"
	glyphHome   glyph = "M4 11l8-7 8 7M6 9.5V20h12V9.5"
)

// picture is one glyph in one colour. Changing either makes a new resource, so
// screens set it when something happens and not on every tick.
type picture struct {
	img   *canvas.Image
	glyph glyph
	ink   colour
	pen   float32
}

func newPicture(g glyph, c colour) *picture {
	p := &picture{img: canvas.NewImageFromResource(nil), pen: 2.9}
	p.img.FillMode = canvas.ImageFillContain
	p.set(g, c)
	return p
}

func (p *picture) set(g glyph, c colour) {
	if p.glyph == g && p.ink == c {
		return
	}
	p.glyph, p.ink = g, c
	if g == glyphNone {
		p.img.Hide()
		return
	}
	p.img.Resource = svg(g, c, p.pen)
	p.img.Show()
	p.img.Refresh()
}

func svg(g glyph, c colour, pen float32) fyne.Resource {
	const form = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="%s" fill="none" ` +
		`stroke="#%06x" stroke-width="%.1f" stroke-linecap="round" stroke-linejoin="round"/></svg>`
	body := fmt.Sprintf(form, string(g), uint32(c), pen)
	return fyne.NewStaticResource(fmt.Sprintf("glyph-%x-%06x.svg", shortHash(string(g)), uint32(c)), []byte(body))
}

// shortHash keeps two glyphs of one colour apart in Fyne's cache, which goes by
// name (FNV-1a).
func shortHash(s string) uint32 {
	h := uint32(2166136261)
	for _, b := range []byte(s) {
		h = (h ^ uint32(b)) * 16777619
	}
	return h
}

package ui

import (
	"fmt"
	"math"
	"strings"

	"fyne.io/fyne/v2/canvas"
)

// glyph is a picture of our own set, 24 by 24, drawn with a round pen: strokes
// divided by ';', each a list of points "x,y" or a circle "o x,y,radius".
type glyph string

// The pictures.
const (
	glyphNone     glyph = ""
	glyphIn       glyph = "3,12 14,12;10,7 15,12 10,17;20.5,4 20.5,20"
	glyphOut      glyph = "21,12 10,12;14,7 9,12 14,17;3.5,4 3.5,20"
	glyphPause    glyph = "8,5 8,19;16,5 16,19"
	glyphResume   glyph = "8,5 19,12 8,19 8,5"
	glyphCheck    glyph = "4,13 9.5,18.5 20,7"
	glyphAlert    glyph = "12,4 12,13.5;12,19.5 12,19.5"
	glyphAsk      glyph = "8,8.2 8.6,6.2 10.2,5 12,4.6 13.9,5 15.4,6.3 16,8.2 15.4,10.1 14,11.3 12.6,12.3 12,13.8;12,19.5 12,19.5"
	glyphBack     glyph = "15,5 8,12 15,19"
	glyphNext     glyph = "9,5 16,12 9,19"
	glyphUp       glyph = "5,15 12,8 19,15"
	glyphDown     glyph = "5,9 12,16 19,9"
	glyphCard     glyph = "2.5,5.5 21.5,5.5 21.5,18.5 2.5,18.5 2.5,5.5;o 8,10.5,1.8;5.2,15.2 6.4,14 9.6,14 10.8,15.2;14,10 18.5,10;14,14 18.5,14"
	glyphFind     glyph = "o 10.5,10.5,6.5;15.5,15.5 20.5,20.5"
	glyphErase    glyph = "8,5 21,5 21,19 8,19 2,12 8,5;11,9.5 16,14.5;16,9.5 11,14.5"
	glyphClose    glyph = "5.5,5.5 18.5,18.5;18.5,5.5 5.5,18.5"
	glyphLock     glyph = "5,11 19,11 19,20.5 5,20.5 5,11;8,11 8,8 9.2,5.2 12,4 14.8,5.2 16,8 16,11"
	glyphNew      glyph = "o 10,8,4;2.5,20.5 3.4,17.2 6,15.1 10,14.4 12.5,14.7;18,14 18,21;14.5,17.5 21.5,17.5"
	glyphMore     glyph = "5,12 5,12;12,12 12,12;19,12 19,12"
	glyphTeam     glyph = "o 9,8.5,3.7;2,20 2.7,17 5,15 9,14.3 13,15 15.3,17 16,20;17,5.2 19.2,6.4 19.8,8.6 18.8,10.8 17,11.8;18.6,15 20.8,16.6 22,20"
	glyphNote     glyph = "4,4 20,4 20,20 4,20 4,4;8,9 16,9;8,13 16,13;8,17 12,17"
	glyphSwap     glyph = "4,8 19,8;15,4 19,8 15,12;20,16 5,16;9,12 5,16 9,20"
	glyphWiFi     glyph = "2.5,9.5 5.5,7 9,5.6 12,5.2 15,5.6 18.5,7 21.5,9.5;6,13.2 8.8,11.3 12,10.6 15.2,11.3 18,13.2;9.4,16.8 12,15.8 14.6,16.8;12,20 12,20"
	glyphWiFiFair glyph = "6,13.2 8.8,11.3 12,10.6 15.2,11.3 18,13.2;9.4,16.8 12,15.8 14.6,16.8;12,20 12,20"
	glyphWiFiWeak glyph = "9.4,16.8 12,15.8 14.6,16.8;12,20 12,20"
	glyphWait     glyph = "o 12,12,9;12,7 12,12.3 15.5,14.5"
)

// pen is the stroke's width in the 24 by 24 square.
const pen = 2.5

// picture is one glyph in one colour. Changing either makes a new resource, so
// screens set it when something happens and not on every tick.
type picture struct {
	img   *canvas.Image
	glyph glyph
	ink   colour
}

func newPicture(g glyph, c colour) *picture {
	p := &picture{img: canvas.NewImageFromResource(nil)}
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
	p.img.Resource = drawn{g, c.dyed()}
	p.img.Show()
	p.img.Refresh()
}

// drawn is a glyph as a Fyne resource.
type drawn struct {
	glyph glyph
	ink   dyed
}

// Name satisfies fyne.Resource; Fyne keeps what it has drawn by this.
func (d drawn) Name() string {
	return fmt.Sprintf("glyph-%x-%06x.svg", shortHash(string(d.glyph)), uint32(d.ink.rgb))
}

// Content satisfies fyne.Resource. The glyph is drawn as filled outlines: the
// renderer that Fyne uses does not scale the width of strokes.
func (d drawn) Content() []byte {
	var path strings.Builder
	for _, stroke := range strings.Split(string(d.glyph), ";") {
		points := pointsOf(stroke)
		for i := range len(points) - 1 {
			capsule(&path, points[i], points[i+1])
		}
	}
	const form = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="%s" fill="#%06x"/></svg>`
	return fmt.Appendf(nil, form, path.String(), uint32(d.ink.rgb))
}

// pointsOf reads a stroke; a circle becomes a ring of points.
func pointsOf(stroke string) [][2]float64 {
	var out [][2]float64
	var x, y, r float64
	if n, err := fmt.Sscanf(stroke, "o %f,%f,%f", &x, &y, &r); n == 3 && err == nil {
		const parts = 36
		for i := range parts + 1 {
			sin, cos := math.Sincos(2 * math.Pi * float64(i) / parts)
			out = append(out, [2]float64{x + r*sin, y - r*cos})
		}
		return out
	}
	for _, word := range strings.Fields(stroke) {
		if n, err := fmt.Sscanf(word, "%f,%f", &x, &y); n == 2 && err == nil {
			out = append(out, [2]float64{x, y})
		}
	}
	return out
}

// capsule writes the outline of a line with round ends.
func capsule(path *strings.Builder, a, b [2]float64) {
	const r = pen / 2
	dx, dy := b[0]-a[0], b[1]-a[1]
	length := math.Hypot(dx, dy)
	if length == 0 {
		dx, length = 0.01, 0.01
		b[0] += 0.01
	}
	nx, ny := -dy/length*r, dx/length*r
	fmt.Fprintf(path, "M%.2f %.2fA%.2f %.2f 0 0 1 %.2f %.2fL%.2f %.2fA%.2f %.2f 0 0 1 %.2f %.2fZ",
		a[0]+nx, a[1]+ny, r, r, a[0]-nx, a[1]-ny, b[0]-nx, b[1]-ny, r, r, b[0]+nx, b[1]+ny)
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

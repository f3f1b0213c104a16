package ui

import (
	"fyne.io/fyne/v2"

	"github.com/timepost/timepost/attendance"
)

// stateLine is a state by picture, colour and word.
type stateLine struct {
	disc  *plate
	image *picture
	text  *label
}

func newStateLine(size float32) *stateLine {
	return &stateLine{
		newDisc(face), newPicture(glyphOut, face),
		newLabel(style{size: size, ink: ink, drop: 0.5}),
	}
}

func (l *stateLine) objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{l.disc.r, l.image.img, l.text.box}
}

func (l *stateLine) show(s attendance.State, words string) {
	switch s {
	case attendance.StateIn:
		l.paint(inFill, glyphIn, onIn, inWord)
	case attendance.StateBreak:
		l.paint(breakFill, glyphPause, onBreak, ink)
	default:
		l.paint(outFill, glyphOut, onOut, quiet)
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

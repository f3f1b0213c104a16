package ui

import "fyne.io/fyne/v2"

type stepMark int

const (
	stepAhead stepMark = iota
	stepNow
	stepDone
	stepWrong
)

// stepRow is one step of enrolling: its mark and its words.
type stepRow struct {
	disc *plate
	sign *picture
	text *label
	at   stepMark
}

func newStepRow() *stepRow {
	r := &stepRow{newDisc(paper), newPicture(glyphCheck, face), newLabel(style{size: capBody, ink: quiet, drop: 0.5}), stepAhead}
	r.mark(stepAhead)
	return r
}

func (r *stepRow) objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.disc.r, r.sign.img, r.text.box}
}

func (r *stepRow) mark(m stepMark) {
	r.at = m
	switch m {
	case stepAhead:
		r.paint(paper, shade, shade, glyphNone, quiet)
	case stepNow:
		r.paint(paper, accentLine, accentLine, glyphWait, ink)
	case stepDone:
		r.paint(okFill, okFill, onOk, glyphCheck, ink)
	case stepWrong:
		r.paint(errFill, errFill, onErr, glyphClose, ink)
	}
}

func (r *stepRow) paint(fill, line, on colour, g glyph, text colour) {
	r.disc.fill(fill)
	r.disc.line(line, 0.5)
	r.sign.set(g, on)
	r.text.tone(text)
}

// fail turns the step that was going on into the one that went wrong.
func (r *stepRow) fail() {
	if r.at == stepNow {
		r.mark(stepWrong)
	}
}

func (r *stepRow) show(on bool) {
	show(on, r.disc.r, r.text.box)
	show(on && r.sign.glyph != glyphNone, r.sign.img)
}

func (r *stepRow) put(a rect) {
	side := mm(7.5)
	disc := a.left(side).middle(side)
	disc.put(r.disc.r)
	disc.centre(side*0.66, side*0.66).put(r.sign.img)
	a.left(mm(4))
	r.text.put(a)
}

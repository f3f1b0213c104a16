package ui

import "fyne.io/fyne/v2"

// factRow is one fact: a mark for how it looks, what it is about, and the fact.
type factRow struct {
	disc  *plate
	sign  *picture
	title *label
	value *label
}

func newFactRow() factRow {
	return factRow{
		newDisc(okFill), newPicture(glyphCheck, onOk),
		newLabel(style{size: capSmall, ink: quiet}),
		newLabel(style{size: capBody, bold: true, ink: ink, lines: 2}),
	}
}

func (r factRow) objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.disc.r, r.sign.img, r.title.box, r.value.box}
}

func (r factRow) set(f fact) {
	r.title.set(f.title)
	r.value.set(f.value)
	fill, on, g := okFill, onOk, glyphCheck
	switch f.health {
	case healthDoubt:
		fill, on, g = breakFill, onBreak, glyphAlert
	case healthBad:
		fill, on, g = errFill, onErr, glyphClose
	case healthPlain:
		fill, on, g = shade, ink, glyphMore
	}
	r.disc.fill(fill)
	r.sign.set(g, on)
}

// put lays a row out: 3.5 + 2 + 4 mm high for one line.
func (r factRow) put(p panel, a rect) {
	side := min(a.h, mm(p.pick(8.5, 7)))
	disc := a.left(side)
	disc = rect{disc.x, disc.y + mm(0.4), side, side}
	disc.put(r.disc.r)
	disc.centre(side*0.64, side*0.64).put(r.sign.img)
	a.left(mm(p.pick(4.5, 3)))
	small := p.pick(capSmall, 3)
	r.title.sized(small).put(a.top(mm(small)))
	a.top(mm(p.pick(2.2, 1.8)))
	r.value.sized(p.pick(capBody, 3.5)).put(a)
}

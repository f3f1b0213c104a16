package ui

import (
	"time"

	"fyne.io/fyne/v2"
)

// dayRule is the day as a ruler: a mark for each half hour from midnight to midnight, taller at the
// quarters of the day, inked up to now. It says how far the day is without
// being read.
type dayRule struct {
	marks [49]*plate
	now   int
	area  rect
}

func newDayRule() *dayRule {
	d := &dayRule{now: -1}
	for i := range d.marks {
		d.marks[i] = newPlate(shade, 0.4)
	}
	return d
}

func (d *dayRule) objects() []fyne.CanvasObject {
	var out []fyne.CanvasObject
	for _, m := range d.marks {
		out = append(out, m.r)
	}
	return out
}

func (d *dayRule) set(t time.Time) {
	now := t.Hour()*2 + t.Minute()/30
	if now == d.now {
		return
	}
	d.now = now
	for i, m := range d.marks {
		switch {
		case i < now:
			m.fill(quiet)
		case i == now:
			m.fill(accentLine)
		default:
			m.fill(shade)
		}
	}
	d.put(d.area)
}

func (d *dayRule) put(r rect) {
	d.area = r
	if r.w <= 0 {
		return
	}
	w := mm(0.6)
	step := (r.w - w) / float32(len(d.marks)-1)
	for i, m := range d.marks {
		h := r.h * 0.4
		if i%12 == 0 {
			h = r.h * 0.75
		}
		x := r.x + float32(i)*step
		if i == d.now {
			h = r.h
			rect{x - w/2, r.y, 2 * w, h}.put(m.r)
			continue
		}
		rect{x, r.y + r.h - h, w, h}.put(m.r)
	}
}

package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// holdFor is how long a finger has to stay; the bar shows from holdShown on, so
// that a tap shows nothing.
const (
	holdFor   = 3 * time.Second
	holdShown = 400 * time.Millisecond
)

// hold is a place that does something for whoever holds a finger on it. What it
// lies over is all there is to see, but for a bar that grows meanwhile.
type hold struct {
	touch
	now   func() time.Time
	began time.Time
	bar   *plate
	line  rect // of the whole bar
}

func newHold(g *gate, id string, now func() time.Time, act func()) *hold {
	h := &hold{now: now, bar: newPlate(accentLine, 0.5)}
	h.gate, h.id, h.act, h.redraw = g, id, act, h.grow
	h.ExtendBaseWidget(h)
	return h
}

// MouseDown is the finger landing: the time begins.
func (h *hold) MouseDown(e *desktop.MouseEvent) {
	h.began = h.now()
	h.touch.MouseDown(e)
}

// Tapped does nothing: a tap is not held.
func (h *hold) Tapped(*fyne.PointEvent) {}

// tick looks how long the finger has stayed.
func (h *hold) tick(now time.Time) {
	h.grow()
	if h.pressed() && now.Sub(h.began) >= holdFor {
		h.gate.release()
		h.fire()
	}
}

// grow draws the bar as long as the finger has stayed.
func (h *hold) grow() {
	held := h.now().Sub(h.began)
	on := h.pressed() && held >= holdShown && h.line.w > 0
	if on {
		r := h.line
		r.w *= min(1, float32(held)/float32(holdFor))
		r.put(h.bar.r)
	}
	show(on, h.bar.r)
}

// put lays the place out, and its bar.
func (h *hold) put(r, line rect) {
	h.line = line
	r.put(h)
	h.grow()
}

// within gives the part of r that lies in area, seen from left to right.
func within(r, area rect) rect {
	x := max(r.x, area.x)
	return rect{x, r.y, min(r.x+r.w, area.x+area.w) - x, r.h}
}

// CreateRenderer satisfies fyne.Widget: there is nothing to see.
func (h *hold) CreateRenderer() fyne.WidgetRenderer {
	return &drawing{nil, func(fyne.Size) {}}
}

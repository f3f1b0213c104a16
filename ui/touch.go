package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// gate decides whether a touch counts, and remembers which thing is held down.
// There is one for all screens.
type gate struct {
	open func() bool     // a touch counts now
	took func(id string) // a touch counted
	done func()          // and has been acted on; nil: nobody asks
	held *touch          // looks pressed
	zoom float32         // how much larger than usual all is now

	downs int            // how many fingers have landed
	busy  func() bool    // a request is under way
	later func(f func()) // runs f on the main goroutine, after what is going on
}

// drop is another screen coming: whoever still has a finger on the last one no
// longer means anything by lifting it.
func (g *gate) drop() {
	if g.held != nil {
		g.held.armed = false
	}
	g.release()
}

// lift is the finger leaving. Often an answer is there within a frame of what the
// touch asked for: the key stays down until then, and one picture shows both. Two
// would take twice as long: all of the glass is painted each time.
func (g *gate) lift() {
	n := g.downs
	g.later(func() {
		if g.downs == n && !g.busy() {
			g.release()
		}
	})
}

func (g *gate) release() {
	if g.held != nil {
		h := g.held
		g.held = nil
		h.paint()
	}
}

// touch is the part that everything tappable shares. Digits act on press, for
// speed; actions on release over the same thing, so that a finger can change
// its mind by sliding away. It is no Hoverable, which would leave a key shaded
// after a touch, and no DoubleTappable, which would delay each tap by 300 ms.
type touch struct {
	widget.BaseWidget
	id      string // names it to tests and in the layout file
	kind    string // what the log may say; differs from id where that would tell a PIN
	onPress bool
	off     bool
	armed   bool
	act     func()
	gate    *gate
	redraw  func()
}

// MouseDown is the finger landing.
func (t *touch) MouseDown(*desktop.MouseEvent) {
	t.gate.release()
	t.armed = !t.off && t.gate.open()
	if !t.armed {
		return
	}
	t.gate.held = t
	t.gate.downs++
	t.paint()
	if t.onPress {
		t.fire()
	}
}

// MouseUp is the finger leaving, wherever it landed.
func (t *touch) MouseUp(*desktop.MouseEvent) { t.gate.lift() }

// Tapped comes after MouseUp when the finger landed and left here.
func (t *touch) Tapped(*fyne.PointEvent) {
	if !t.onPress && !t.off && t.gate.open() {
		t.fire()
	}
}

// fire acts once per press.
func (t *touch) fire() {
	if !t.armed {
		return
	}
	t.armed = false
	kind := t.kind
	if kind == "" {
		kind = t.id
	}
	t.gate.took(kind)
	t.act()
	if t.gate.done != nil {
		t.gate.done()
	}
}

func (t *touch) pressed() bool { return t.gate.held == t }

func (t *touch) paint() {
	if t.redraw != nil {
		t.redraw()
	}
}

// drawing is the renderer of all our widgets: fixed objects, a function that
// places them.
type drawing struct {
	objects []fyne.CanvasObject
	place   func(fyne.Size)
}

// Layout satisfies fyne.WidgetRenderer.
func (d *drawing) Layout(s fyne.Size) { d.place(s) }

// MinSize satisfies fyne.WidgetRenderer: the screen decides.
func (d *drawing) MinSize() fyne.Size { return fyne.NewSize(1, 1) }

// Refresh satisfies fyne.WidgetRenderer; widgets repaint what they change.
func (d *drawing) Refresh() {}

// Objects satisfies fyne.WidgetRenderer.
func (d *drawing) Objects() []fyne.CanvasObject { return d.objects }

// Destroy satisfies fyne.WidgetRenderer.
func (d *drawing) Destroy() {}

// backdrop is the ground of a screen: one colour, and the end of every press
// that slid off its key. With act set, a tap anywhere is that action.
type backdrop struct {
	touch
	rect *plate
}

func newBackdrop(g *gate, fill colour) *backdrop {
	b := &backdrop{rect: newPlate(fill, 0)}
	b.gate, b.off = g, true
	b.ExtendBaseWidget(b)
	return b
}

// CreateRenderer satisfies fyne.Widget.
func (b *backdrop) CreateRenderer() fyne.WidgetRenderer {
	return &drawing{[]fyne.CanvasObject{b.rect.r}, func(s fyne.Size) { b.rect.r.Resize(s) }}
}

package ui

import (
	"unicode/utf8"

	"fyne.io/fyne/v2"
)

// field is one line that the on-screen keyboard types into. Its caption stands
// inside until something is typed.
type field struct {
	touch
	box     *plate
	caption *label
	value   *label
	caret   *plate
	text    string
	active  bool
	most    int
}

func newField(g *gate, id, caption string, chosen func()) *field {
	f := &field{
		box: newPlate(face, radius), caret: newPlate(accentLine, 0.3), most: 120,
		caption: newLabel(style{size: capBody, ink: quiet, drop: 0.5, lines: 2}),
		value:   newLabel(style{size: capTitle, least: 3, ink: ink, drop: 0.5}),
	}
	f.caption.text = caption
	f.gate, f.id, f.act, f.redraw = g, id, chosen, f.lay
	f.ExtendBaseWidget(f)
	f.choose(true)
	return f
}

// set replaces the text.
func (f *field) set(text string) {
	f.text = text
	f.value.set(text)
	f.lay()
}

// ask changes the caption.
func (f *field) ask(caption string) {
	f.caption.set(caption)
	f.lay()
}

// typed takes one key of the keyboard.
func (f *field) typed(s string) {
	if s == keyErase {
		_, n := utf8.DecodeLastRuneInString(f.text)
		f.set(f.text[:len(f.text)-n])
		return
	}
	if len(f.text) < f.most {
		f.set(f.text + s)
	}
}

// choose says whether typing goes here.
func (f *field) choose(on bool) {
	f.active = on
	if on {
		f.box.line(accentLine, 0.7)
		f.caret.r.Show()
	} else {
		f.box.line(quiet, 0.35)
		f.caret.r.Hide()
	}
}

// CreateRenderer satisfies fyne.Widget.
func (f *field) CreateRenderer() fyne.WidgetRenderer {
	return &drawing{[]fyne.CanvasObject{f.box.r, f.caption.box, f.value.box, f.caret.r}, func(fyne.Size) { f.lay() }}
}

func (f *field) lay() {
	s := f.Size()
	if s.Width <= 0 {
		return
	}
	r := rect{0, 0, s.Width, s.Height}
	r.put(f.box.r)
	in := r.insetXY(mm(4), mm(1))
	if f.text == "" {
		f.caption.put(rect{in.x + mm(2), in.y, in.w - mm(2), in.h})
	} else {
		f.caption.put(rect{in.x, in.y, 0, in.h})
	}
	f.caption.box.Hidden = f.text != ""
	f.value.put(in)
	size, _ := f.value.fit(in.w, in.h)
	w := min(in.w, f.value.width(f.text, emFor(size)))
	rect{in.x + w + mm(0.6), in.y, mm(0.6), in.h}.middle(mm(capTitle * 1.5)).put(f.caret.r)
}

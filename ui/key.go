package ui

import (
	"fyne.io/fyne/v2"
)

// key is a button of the pad, the keyboard or a bar: a short word, a picture,
// or both beside each other.
type key struct {
	touch
	body  *body
	word  *label
	image *picture
	live  tint // its colours while it can be used
}

// newKey makes a key that acts on release. size is its capitals' height.
func newKey(g *gate, id, word string, image glyph, size float32, t tint, act func()) *key {
	k := &key{
		live: t, body: newBody(t), image: newPicture(image, t.text),
		word: newLabel(style{size: size, bold: true, ink: t.text, drop: 0.5, lines: 2}),
	}
	k.word.text = word
	k.gate, k.id, k.act, k.redraw = g, id, act, k.lay
	k.ExtendBaseWidget(k)
	return k
}

// quick makes the key act on press, and speak of itself to the log as kind.
func (k *key) quick(kind string) *key {
	k.onPress, k.kind = true, kind
	return k
}

// say changes the word on the key.
func (k *key) say(word string) { k.rename(k.id, word) }

// rename changes what the key says and is called.
func (k *key) rename(id, word string) {
	k.id = id
	k.word.set(word)
	k.lay()
}

// enable switches the key on or off; off, it lies flat and takes no touch.
func (k *key) enable(on bool) {
	if k.off == !on {
		return
	}
	k.off = !on
	t := k.live
	if k.off {
		t = offTint()
	}
	k.body.dye(t)
	k.word.tone(t.text)
	k.image.set(k.image.glyph, t.text)
	k.lay()
}

// CreateRenderer satisfies fyne.Widget.
func (k *key) CreateRenderer() fyne.WidgetRenderer {
	objects := append(k.body.objects(), k.image.img, k.word.box)
	return &drawing{objects, func(fyne.Size) { k.lay() }}
}

// width gives how wide the key should be for its word in full size: least or more.
func (k *key) width(least float32) float32 {
	size := k.word.st.size
	w := k.word.width(k.word.text, emFor(size)) + mm(5.5)
	if k.image.glyph != glyphNone {
		w += mm(size * 2.2)
	}
	return max(least, w)
}

func (k *key) lay() {
	s := k.Size()
	if s.Width <= 0 {
		return
	}
	f := k.body.place(s, k.pressed())
	pad := min(mm(2.5), s.Width*0.1)
	in := f.insetXY(pad, mm(1.2))
	if k.image.glyph == glyphNone {
		k.word.aligned(fyne.TextAlignCenter).put(in)
		return
	}
	side := min(in.h, in.w, mm(k.word.st.size*1.7))
	if k.word.text == "" {
		k.image.img.Show()
		in.centre(side, side).put(k.image.img)
		return
	}
	space := mm(k.word.st.size * 0.5)
	w := min(k.word.width(k.word.text, emFor(k.word.st.size))+1, in.w-side-space)
	size, _ := k.word.fit(w, in.h)
	beside := size >= k.word.st.size*0.75
	show(beside, k.image.img)
	if !beside { // the word comes first
		k.word.aligned(fyne.TextAlignCenter).put(in)
		return
	}
	row := in.centre(side+space+w, in.h)
	row.left(side).middle(side).put(k.image.img)
	row.left(space)
	k.word.aligned(fyne.TextAlignLeading).put(row)
}

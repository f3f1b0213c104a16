package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"golang.org/x/text/language"
)

// What keys of the keyboard type besides their own character.
const (
	keyErase = "\b"
	keyLayer = "\x0e"
)

// keyboard is our own: Fyne has none on a desktop, and X11's steal the focus.
// Its keys act on press and are at least 12 mm wide on every panel, which on
// small ones means layers.
type keyboard struct {
	box     *fyne.Container
	gate    *gate
	typed   func(string)
	keys    []*key
	tag     language.Tag
	address bool // only what addresses and codes are made of
	secret  bool // whatever passwords are made of
	layer   int
	layers  []layer // on the panel at hand
	at      panel
	area    rect
}

// glyphSpace is on the space bar.
const glyphSpace glyph = "4,13 4,17.5 20,17.5 20,13"

// maxKeys is the most keys that any layer has.
const maxKeys = 60

func newKeyboard(g *gate, typed func(string)) *keyboard {
	b := &keyboard{box: container.NewWithoutLayout(), gate: g, typed: typed}
	for range maxKeys {
		k := newKey(g, "", "", glyphNone, capTitle, plainTint(), nil)
		k.quick("key")
		k.Hide()
		b.keys = append(b.keys, k)
		b.box.Add(k)
	}
	return b
}

// speak gives the keyboard the letters of a language.
func (b *keyboard) speak(w *words) {
	if b.tag == w.tag && b.layers != nil {
		return
	}
	b.tag, b.layer, b.layers = w.tag, 0, nil
	if b.at.w > 0 {
		b.put(b.at, b.area)
	}
}

// show shows or hides all of it.
func (b *keyboard) show(on bool) {
	if on {
		b.box.Show()
	} else {
		b.box.Hide()
		b.layer = 0
	}
}

// first turns back to the first layer.
func (b *keyboard) first() {
	b.layer = 0
	if b.at.w > 0 {
		b.put(b.at, b.area)
	}
}

// shapeOn gives the room that a panel has for keys.
func shapeOn(p panel) boardShape {
	switch {
	case p.tall() && !p.large():
		return boardTall
	case p.low() || p.w*p.zoom < mm(180):
		return boardLow
	}
	return boardFull
}

// on gives the layers for a panel.
func (b *keyboard) on(p panel) []layer {
	if b.layers == nil || shapeOn(p) != shapeOn(b.at) {
		b.layers = layersOf(b.tag, shapeOn(p), b.address)
		if b.secret {
			b.layers = secretLayers(b.tag, shapeOn(p))
		}
	}
	return b.layers
}

// height is what the keyboard needs on a panel: room for its highest layer.
func (b *keyboard) height(p panel) float32 {
	n := 0
	for _, l := range b.on(p) {
		n = max(n, len(l.rows))
	}
	return float32(n)*p.fixed(p.pick(13, 12.5)) + float32(n-1)*p.fixed(gap)
}

// columns is how many keys the fullest row has, in all layers alike.
func (b *keyboard) columns() int {
	n := 0
	for _, l := range b.layers {
		for _, row := range l.rows {
			n = max(n, len([]rune(row)))
		}
	}
	return n
}

// put lays the keys out. A layer with few rows stands at the bottom.
func (b *keyboard) put(p panel, r rect) {
	layers := b.on(p)
	b.at, b.area = p, r
	b.box.Move(fyne.NewPos(0, 0))
	b.box.Resize(fyne.NewSize(p.w, p.h))
	highest := 0
	for _, l := range layers {
		highest = max(highest, len(l.rows))
	}
	rows := layers[b.layer%len(layers)].rows
	used := 0
	for i, row := range rows {
		line := r.cell(1, highest, highest-len(rows)+i, p.fixed(gap))
		used = b.putRow(row, line, used)
	}
	for _, k := range b.keys[used:] {
		k.Hide()
	}
}

// putRow shares a row among its keys; the space bar takes what is left.
func (b *keyboard) putRow(row string, line rect, used int) int {
	cols := b.columns()
	runes := []rune(row)
	space := b.at.fixed(gap)
	one := line.cell(cols, 1, 0, space).w
	spare := float32(cols-len(runes)) * (one + space)
	for _, c := range runes {
		w := one
		if wide := widest(row); c == wide {
			w += spare
		}
		k := b.keys[used]
		b.dress(k, string(c))
		line.left(w).put(k)
		line.left(space)
		k.Show()
		used++
	}
	return used
}

// widest is the key that takes a short row's spare room: the space bar, else erase.
func widest(row string) rune {
	if strings.ContainsRune(row, ' ') {
		return ' '
	}
	return '\b'
}

func (b *keyboard) dress(k *key, c string) {
	k.act = func() { b.typed(c) }
	switch c {
	case keyErase:
		k.image.set(glyphErase, ink)
		k.rename("key_erase", "")
	case keyLayer:
		k.image.set(glyphNone, ink)
		k.rename("key_layer", b.layers[(b.layer+1)%len(b.layers)].name)
		k.act = func() {
			b.layer = (b.layer + 1) % len(b.layers)
			b.put(b.at, b.area)
		}
	case " ":
		k.image.set(glyphSpace, ink)
		k.rename("key_space", "")
	default:
		k.image.set(glyphNone, ink)
		k.rename("key_"+c, c)
	}
}

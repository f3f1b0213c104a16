package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// What keys of the keyboard type besides their own character.
const (
	keyErase = "\b"
	keyLayer = "\x0e"
)

// keyboard is our own: Fyne has none on a desktop, and X11's steal the focus.
// Its keys act on press and are at least 12 mm wide on every panel, which on
// small ones means two layers.
type keyboard struct {
	box    *fyne.Container
	gate   *gate
	typed  func(string)
	keys   []*key
	second bool
	at     panel
	area   rect
}

// maxKeys is the most keys that any layout has.
const maxKeys = 50

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

// show shows or hides all of it.
func (b *keyboard) show(on bool) {
	if on {
		b.box.Show()
	} else {
		b.box.Hide()
		b.second = false
	}
}

// rows gives what the keys say on a panel. \b erases, \x0e changes layers.
func (b *keyboard) rows(p panel) []string {
	switch {
	case p.tall() && !p.large():
		if b.second {
			return []string{"12345", "67890", ".-:/@", "_+#?=", "&%~ ", "\x0e \b"}
		}
		return []string{"abcde", "fghij", "klmno", "pqrst", "uvwxy", "\x0ez.-\b"}
	case p.low():
		if b.second {
			return []string{"1234567890", ".-:/@_+#?=", "\x0e &%~\b"}
		}
		return []string{"qwertyuiop", "asdfghjkl-", "\x0ezxcvbnm.\b"}
	}
	return []string{"1234567890", "qwertyuiop", "asdfghjkl-", "zxcvbnm.:/", "@_ \b"}
}

// height is what the keyboard needs on a panel.
func (b *keyboard) height(p panel) float32 {
	n := float32(len(b.rows(p)))
	return n*mm(p.pick(13, 12.5)) + (n-1)*mm(gap)
}

// put lays the keys out.
func (b *keyboard) put(p panel, r rect) {
	b.at, b.area = p, r
	b.box.Move(fyne.NewPos(0, 0))
	b.box.Resize(fyne.NewSize(p.w, p.h))
	rows := b.rows(p)
	used := 0
	for i, row := range rows {
		line := r.cell(1, len(rows), i, mm(gap))
		used = b.putRow(row, line, used)
	}
	for _, k := range b.keys[used:] {
		k.Hide()
	}
}

// putRow shares a row among its keys; the space bar takes what is left.
func (b *keyboard) putRow(row string, line rect, used int) int {
	cols := 10
	if b.at.tall() && !b.at.large() {
		cols = 5
	}
	runes := []rune(row)
	one := line.cell(cols, 1, 0, mm(gap)).w
	spare := float32(cols-len(runes)) * (one + mm(gap))
	for _, c := range runes {
		w := one
		if wide := widest(row); c == wide {
			w += spare
		}
		k := b.keys[used]
		b.dress(k, string(c))
		line.left(w).put(k)
		line.left(mm(gap))
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
		k.rename("key_layer", layerName(b.second))
		k.act = func() {
			b.second = !b.second
			b.put(b.at, b.area)
		}
	case " ":
		k.image.set(glyphNone, ink)
		k.rename("key_space", "")
	default:
		k.image.set(glyphNone, ink)
		k.rename("key_"+c, c)
	}
}

func layerName(second bool) string {
	if second {
		return "abc"
	}
	return "123"
}

package ui

import "fyne.io/fyne/v2"

// tile is a large action: a picture in a disc, what it does, what that means.
type tile struct {
	touch
	body  *body
	disc  *plate
	image *picture
	title *label
	sub   *label
}

func newTile(g *gate, id string, image glyph, t tint, act func()) *tile {
	k := &tile{
		body: newBody(t), disc: newDisc(t.text), image: newPicture(image, t.fill),
		title: newLabel(style{size: capName, bold: true, ink: t.text, lines: 2}),
		sub:   newLabel(style{size: capBody, least: capSmall, ink: t.text, lines: 2}),
	}
	k.gate, k.id, k.act, k.redraw = g, id, act, k.lay
	k.ExtendBaseWidget(k)
	return k
}

// say sets the words, and with them what the tile is for.
func (k *tile) say(id, title, sub string, image glyph, t tint) {
	k.id = id
	k.body.dye(t)
	k.disc.fill(t.text)
	k.image.set(image, t.fill)
	k.title.tone(t.text)
	k.sub.tone(t.text)
	k.title.set(title)
	k.sub.set(sub)
	k.lay()
}

// CreateRenderer satisfies fyne.Widget.
func (k *tile) CreateRenderer() fyne.WidgetRenderer {
	objects := append(k.body.objects(), k.disc.r, k.image.img, k.title.box, k.sub.box)
	return &drawing{objects, func(fyne.Size) { k.lay() }}
}

func (k *tile) lay() {
	s := k.Size()
	if s.Width <= 0 {
		return
	}
	f := k.body.place(s, k.pressed())
	pad := min(mm(7), f.h*0.18, f.w*0.06)
	in := f.insetXY(pad, mm(1.5))
	side := min(f.h-2*pad, mm(20), in.w*0.22)
	disc := in.left(side).middle(side)
	disc.put(k.disc.r)
	disc.centre(side*0.62, side*0.62).put(k.image.img)
	in.left(pad)
	title := k.title.height(in.w)
	size, lines := k.sub.fit(in.w, in.h-title-mm(2))
	sub, fits := textHeight(size, len(lines)), size >= k.sub.st.least
	show(fits, k.sub.box)
	if k.sub.text == "" || !fits { // what it means is said where there is room for it
		k.title.st.drop = 0.5
		k.title.put(in)
		k.sub.put(rect{in.x, in.y, in.w, 0.1})
		return
	}
	space := max(mm(2), min(mm(5.2), (in.h-title-sub)/2))
	row := in.middle(title + space + sub)
	k.title.st.drop = 0
	k.title.put(row.top(title))
	row.top(space)
	k.sub.put(row)
}

package ui

import "fyne.io/fyne/v2"

// rect is an area of a screen in Fyne units. Screens are laid out by cutting
// pieces off a rect: the piece is returned, the rest stays.
type rect struct{ x, y, w, h float32 }

func (r rect) inset(d float32) rect { return rect{r.x + d, r.y + d, r.w - 2*d, r.h - 2*d} }

func (r rect) insetXY(dx, dy float32) rect {
	return rect{r.x + dx, r.y + dy, r.w - 2*dx, r.h - 2*dy}
}

func (r *rect) top(h float32) rect {
	cut := rect{r.x, r.y, r.w, h}
	r.y, r.h = r.y+h, r.h-h
	return cut
}

func (r *rect) bottom(h float32) rect {
	r.h -= h
	return rect{r.x, r.y + r.h, r.w, h}
}

func (r *rect) left(w float32) rect {
	cut := rect{r.x, r.y, w, r.h}
	r.x, r.w = r.x+w, r.w-w
	return cut
}

func (r *rect) right(w float32) rect {
	r.w -= w
	return rect{r.x + r.w, r.y, w, r.h}
}

// middle gives a piece of height h in the vertical middle.
func (r rect) middle(h float32) rect { return rect{r.x, r.y + (r.h-h)/2, r.w, h} }

// centre gives a piece of the given size in the middle.
func (r rect) centre(w, h float32) rect { return rect{r.x + (r.w-w)/2, r.y + (r.h-h)/2, w, h} }

// cell gives one cell of a grid with gaps of d.
func (r rect) cell(cols, rows, i int, d float32) rect {
	w := (r.w - d*float32(cols-1)) / float32(cols)
	h := (r.h - d*float32(rows-1)) / float32(rows)
	col, row := float32(i%cols), float32(i/cols)
	return rect{r.x + col*(w+d), r.y + row*(h+d), w, h}
}

// put moves and sizes an object to the area.
func (r rect) put(o fyne.CanvasObject) {
	o.Move(fyne.NewPos(r.x, r.y))
	o.Resize(fyne.NewSize(r.w, r.h))
}

// sheet is a Fyne layout that calls a function with the size at hand.
type sheet func(fyne.Size)

// Layout satisfies fyne.Layout.
func (s sheet) Layout(_ []fyne.CanvasObject, size fyne.Size) { s(size) }

// MinSize satisfies fyne.Layout: a screen takes what the panel has.
func (s sheet) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(1, 1) }

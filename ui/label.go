package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
)

// style is how a text is set. Heights are of capitals, in millimetres: what an
// eye at arm's length cares about.
type style struct {
	size  float32 // wanted
	least float32 // it shrinks to this before it breaks words; 0: capLeast
	bold  bool
	ink   colour
	align fyne.TextAlign
	lines int     // at most; 0: one
	drop  float32 // 0 at the top of its area, 0.5 in the middle, 1 at the bottom
	font  fyne.Resource
}

// label is a text that always fits its area: it wraps to its lines, then
// shrinks, then breaks words; it is never cut off. It is laid out by the
// capitals' tops and the baselines, not by the font's own boxes.
type label struct {
	box   *fyne.Container
	parts []*canvas.Text
	st    style
	text  string
	area  rect
	done  flowed
}

// flowed is what a label's lines were last made from.
type flowed struct {
	text string
	w, h float32
	st   style
}

func newLabel(st style) *label {
	st.lines = max(1, st.lines)
	if st.least == 0 {
		st.least = min(capLeast, st.size)
	}
	l := &label{box: container.NewWithoutLayout(), st: st}
	l.need(st.lines)
	return l
}

// need makes sure that there are parts for n lines. More than the style's lines
// come only from names that no panel could show otherwise.
func (l *label) need(n int) {
	for len(l.parts) < n {
		t := canvas.NewText("", l.st.ink.dyed())
		t.TextStyle.Bold, t.FontSource = l.st.bold, l.st.font
		t.Hide()
		l.parts = append(l.parts, t)
		l.box.Add(t)
	}
}

// set changes the text; the same text again costs nothing.
func (l *label) set(text string) {
	if l.text == text {
		return
	}
	l.text = text
	l.flow()
}

// tone changes the colour.
func (l *label) tone(c colour) {
	if l.st.ink == c {
		return
	}
	l.st.ink = c
	for _, t := range l.parts {
		t.Color = c.dyed()
		t.Refresh()
	}
}

// sized changes the wanted height of capitals.
func (l *label) sized(v float32) *label {
	l.st.size = v
	l.st.least = min(l.st.least, v)
	return l
}

// aligned changes the side.
func (l *label) aligned(a fyne.TextAlign) *label { l.st.align = a; return l }

// put gives the label its area.
func (l *label) put(r rect) {
	l.area = r
	r.put(l.box)
	l.flow()
}

// height gives how high the text's visible part is at the wanted size when set
// within width w.
func (l *label) height(w float32) float32 {
	size, lines := l.fit(w, 1e6)
	return textHeight(size, len(lines))
}

// heightWithin is height where there is only h of room.
func (l *label) heightWithin(w, h float32) float32 {
	size, lines := l.fit(w, h)
	return textHeight(size, len(lines))
}

func textHeight(size float32, lines int) float32 {
	return mm(size) + float32(max(0, lines-1))*emFor(size)*leading
}

func (l *label) flow() {
	if l.area.w < mm(1) || l.area.h < 0 {
		return // not laid out yet
	}
	now := flowed{l.text, l.area.w, l.area.h, l.st}
	if now == l.done {
		return
	}
	l.done = now
	size, lines := l.fit(l.area.w, l.area.h)
	l.need(len(lines))
	em := emFor(size)
	y := (l.area.h - textHeight(size, len(lines))) * l.st.drop
	for i, t := range l.parts {
		if i >= len(lines) || lines[i] == "" {
			t.Hide()
			continue
		}
		t.Text, t.TextSize = lines[i], em
		w := l.width(lines[i], em)
		x := float32(0)
		switch l.st.align {
		case fyne.TextAlignCenter:
			x = (l.area.w - w) / 2
		case fyne.TextAlignTrailing:
			x = l.area.w - w
		}
		top := y + float32(i)*em*leading - em*(plexAscent-plexCap)
		t.Move(fyne.NewPos(x, top))
		t.Resize(fyne.NewSize(w, em*1.3))
		t.Show()
		t.Refresh()
	}
}

// fit finds the largest size, in steps of a quarter millimetre, at which the
// text fits w by h, and its lines.
func (l *label) fit(w, h float32) (float32, []string) {
	for size := l.st.size; ; size -= 0.25 {
		if size < l.st.least && size+0.25 > l.st.least {
			size = l.st.least
		}
		hard := size <= l.st.least // only then are words broken
		lines, whole := l.wrap(w, emFor(size), hard)
		if whole && textHeight(size, len(lines)) <= h+0.5 || size <= 1 {
			return size, lines
		}
	}
}

// wrap breaks the text at spaces; with hard also within words. It says whether
// all of it fits into the lines.
func (l *label) wrap(w, em float32, hard bool) ([]string, bool) {
	var lines []string
	line := ""
	for _, word := range pieces(l.text) {
		joined := line + word
		if l.width(strings.TrimRight(joined, " "), em) <= w {
			line = joined
			continue
		}
		if strings.TrimSpace(line) != "" {
			lines = append(lines, strings.TrimSpace(line))
		}
		line = word
		for strings.TrimSpace(line) != "" && l.width(strings.TrimSpace(line), em) > w {
			if !hard {
				return lines, false
			}
			n := l.longest(line, w, em)
			lines, line = append(lines, line[:n]), line[n:]
		}
	}
	if s := strings.TrimSpace(line); s != "" || len(lines) == 0 {
		lines = append(lines, s)
	}
	return lines, len(lines) <= l.st.lines
}

// longest gives how many bytes of s fit into w, at least one character.
func (l *label) longest(s string, w, em float32) int {
	n := 0
	for i, r := range s {
		next := i + len(string(r))
		if i > 0 && l.width(s[:next], em) > w {
			break
		}
		n = next
	}
	return n
}

func (l *label) width(s string, em float32) float32 {
	if s == "" {
		return 0
	}
	size, _ := fyne.CurrentApp().Driver().RenderedTextSize(s, em, fyne.TextStyle{Bold: l.st.bold}, l.st.font)
	return size.Width
}

// pieces splits text where a line may end: after spaces and hyphens.
func pieces(s string) []string {
	return strings.FieldsFunc(strings.NewReplacer(" ", " \x00", "-", "-\x00").Replace(s),
		func(r rune) bool { return r == 0 })
}

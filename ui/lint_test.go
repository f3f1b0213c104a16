package ui

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"github.com/timepost/timepost/device/local"
)

// leaf is a primitive on the glass, with its place on the canvas. within is the
// area that a text was given.
type leaf struct {
	o          fyne.CanvasObject
	at, within rect
}

// leaves lists what is painted below o, in painting order.
func leaves(o fyne.CanvasObject, at fyne.Position, within rect) []leaf {
	if !o.Visible() {
		return nil
	}
	at = at.Add(o.Position())
	here := rect{at.X, at.Y, o.Size().Width, o.Size().Height}
	var children []fyne.CanvasObject
	switch v := o.(type) {
	case *fyne.Container:
		children = v.Objects
	case fyne.Widget:
		children = test.WidgetRenderer(v).Objects()
	default:
		return []leaf{{o, here, within}}
	}
	var out []leaf
	for _, c := range children {
		out = append(out, leaves(c, at, here)...)
	}
	return out
}

// finding is a fault of a screen: which kind, and what it is about.
type finding struct{ kind, about string }

// The kinds of findings, all of which the lint is shown to find.
const (
	tooSmall   = "target too small"
	tooNear    = "targets too near"
	atBezel    = "target at the bezel"
	offGlass   = "text off the glass"
	cut        = "text larger than its area"
	unreadable = "text too small"
	overlaps   = "text over text"
	overEdge   = "text over an edge"
	faintText  = "text without contrast"
	faintShape = "picture without contrast"
)

// lint holds what is on the glass to the measures of the design: sizes in true
// millimetres, gaps, bezel, no text cut off, outside the glass or over other text,
// and contrast in each palette.
func lint(g glass, targets []Target, painted []leaf) []finding {
	found := append(lintTargets(g, targets), lintTexts(g, painted)...)
	return append(append(found, lintEdges(painted)...), lintContrast(painted)...)
}

func lintTargets(g glass, all []Target) (found []finding) {
	size := g.size()
	for i, a := range all {
		if a.Name == "close" || a.Name == "wake" || a.Name == "screen" { // the whole screen is one target
			continue
		}
		least := float32(12)
		if len(a.Name) == 7 && a.Name[:6] == "digit_" || a.Name == "in" || a.Name == "out" {
			least = 15
			if g.width >= 200 {
				least = 20
			}
		}
		if w, h := g.mm(a.W), g.mm(a.H); w < least-0.05 || h < least-0.05 {
			found = append(found, finding{tooSmall, fmt.Sprintf("%s is %.1f x %.1f mm, want %v", a.Name, w, h, least)})
		}
		edge := min(a.X, a.Y, size.Width-a.X-a.W, size.Height-a.Y-a.H)
		if g.mm(edge) < 4.95 {
			found = append(found, finding{atBezel, fmt.Sprintf("%s: %.1f mm", a.Name, g.mm(edge))})
		}
		for _, c := range all[i+1:] {
			dx := max(c.X-a.X-a.W, a.X-c.X-c.W)
			dy := max(c.Y-a.Y-a.H, a.Y-c.Y-c.H)
			if d := g.mm(max(dx, dy)); d < 2.45 && c.Name != "close" {
				found = append(found, finding{tooNear, fmt.Sprintf("%s and %s: %.1f mm", a.Name, c.Name, d)})
			}
		}
	}
	return found
}

func lintTexts(g glass, all []leaf) (found []finding) {
	size := g.size()
	var texts []leaf
	for _, l := range all {
		text, ok := l.o.(*canvas.Text)
		if !ok || text.Text == "" {
			continue
		}
		seen := caps(text, l.at)
		if seen.x < 0 || seen.y < 0 || seen.x+seen.w > size.Width+1 || seen.y+seen.h > size.Height {
			found = append(found, finding{offGlass, fmt.Sprintf("%q: %v", text.Text, seen)})
		}
		if in := l.within; seen.x < in.x-1 || seen.x+seen.w > in.x+in.w+1 || seen.y < in.y-1 || seen.y+seen.h > in.y+in.h+1 {
			found = append(found, finding{cut, fmt.Sprintf("%q: %v in %v", text.Text, seen, in)})
		}
		if high := g.mm(seen.h); high < 2.5 {
			found = append(found, finding{unreadable, fmt.Sprintf("%q: %.1f mm", text.Text, high)})
		}
		for _, other := range texts {
			if overlap(seen, other.at) {
				found = append(found, finding{overlaps, fmt.Sprintf("%q and %q", text.Text, other.o.(*canvas.Text).Text)})
			}
		}
		texts = append(texts, leaf{l.o, seen, l.within})
	}
	return found
}

// caps is the area of a text's capitals.
func caps(t *canvas.Text, at rect) rect {
	return rect{at.x, at.y + t.TextSize*(plexAscent-plexCap), at.w, t.TextSize * plexCap}
}

func overlap(a, b rect) bool {
	return a.x+1 < b.x+b.w && b.x+1 < a.x+a.w && a.y+1 < b.y+b.h && b.y+1 < a.y+a.h
}

// lintEdges finds texts that do not stand on one thing with all of their capitals.
func lintEdges(all []leaf) (found []finding) {
	for i, l := range all {
		text, ok := l.o.(*canvas.Text)
		if !ok || text.Text == "" {
			continue
		}
		if x, y, ok := standsOnOne(all[:i], caps(text, l.at)); !ok {
			found = append(found, finding{overEdge, fmt.Sprintf("%q at %.0f,%.0f", text.Text, x, y)})
		}
	}
	return found
}

// standsOnOne says whether r, and a little above and below it, lies on one colour;
// where not, it gives a corner that does not.
func standsOnOne(below []leaf, r rect) (x, y float32, ok bool) {
	middle := shapeUnder(below, r.x+r.w/2, r.y+r.h/2)
	for i := range 4 {
		x, y = r.x+1, r.y-mm(0.3)
		if i%2 == 1 {
			x = r.x + r.w - 1
		}
		if i/2 == 1 {
			y = r.y + r.h + mm(0.3)
		}
		if s := shapeUnder(below, x, y); s != nil && middle != nil && s.FillColor != middle.FillColor {
			return x, y, false
		}
	}
	return 0, 0, true
}

// lintContrast looks at roles: how a screen is laid out does not depend on the
// palette, so one picture of it is enough for all of them. Keys that do nothing
// now are pale on purpose.
func lintContrast(all []leaf) (found []finding) {
	for i, l := range all {
		kind, want, about := faintText, float64(readContrast), ""
		var role colour
		at := l.at
		switch v := l.o.(type) {
		case *canvas.Text:
			role, at, about = roleOf(v.Color), caps(v, l.at), v.Text
		case *canvas.Image:
			d, ok := v.Resource.(drawn)
			if !ok {
				continue
			}
			kind, want, role, about = faintShape, shapeContrast, d.ink.role, d.Name()
		default:
			continue
		}
		ground := groundOf(all[:i], at)
		for _, name := range themes() {
			p := paletteOf(local.Look{Theme: name})
			if c := p[role].contrast(p[ground]); c < want && role != faint {
				found = append(found, finding{kind, fmt.Sprintf("%q in %s: %.1f", about, name, c)})
			}
		}
	}
	return found
}

func roleOf(c any) colour {
	d, ok := c.(dyed)
	if !ok {
		return noColour
	}
	return d.role
}

// groundOf is the role of the last shape painted under the middle of r.
func groundOf(below []leaf, r rect) colour {
	if s := shapeUnder(below, r.x+r.w/2, r.y+r.h/2); s != nil {
		return roleOf(s.FillColor)
	}
	return paper
}

// shapeUnder is the last shape painted under a point.
func shapeUnder(below []leaf, x, y float32) *canvas.Rectangle {
	for i := len(below) - 1; i >= 0; i-- {
		l := below[i]
		shape, ok := l.o.(*canvas.Rectangle)
		if ok && x >= l.at.x && x <= l.at.x+l.at.w && y >= l.at.y && y <= l.at.y+l.at.h {
			return shape
		}
	}
	return nil
}

// TestLayout looks at every screen on every panel, in every language, with normal
// and with large text.
func TestLayout(t *testing.T) {
	l := spoken(t)
	for _, g := range glasses() {
		for _, large := range []bool{false, true} {
			g.large = large
			t.Run(fmt.Sprintf("%s/large=%t", g.name, large), func(t *testing.T) {
				for _, lang := range l.Tags() {
					layOut(t, newBenchIn(t, g, l, lang), g, lang)
				}
			})
		}
	}
}

// layOut looks at every screen of one bench.
func layOut(t *testing.T, b *bench, g glass, lang string) {
	t.Helper()
	for _, sc := range scenes() {
		b.restart()
		sc.set(b)
		b.pass(2 * settle)
		for _, f := range lint(g, b.k.Targets(1), leaves(b.k.current.head().box, fyne.Position{}, rect{})) {
			t.Errorf("%s, %s: %s: %s", lang, sc.name, f.kind, f.about)
		}
	}
}

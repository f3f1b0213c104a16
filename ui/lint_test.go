package ui

import (
	"fmt"
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
)

// leaf is a primitive on the glass, with its place on the canvas.
type leaf struct {
	o  fyne.CanvasObject
	at rect
}

// leaves lists what is painted below o, in painting order.
func leaves(o fyne.CanvasObject, at fyne.Position) []leaf {
	if !o.Visible() {
		return nil
	}
	at = at.Add(o.Position())
	var children []fyne.CanvasObject
	switch v := o.(type) {
	case *fyne.Container:
		children = v.Objects
	case fyne.Widget:
		children = test.WidgetRenderer(v).Objects()
	default:
		return []leaf{{o, rect{at.X, at.Y, o.Size().Width, o.Size().Height}}}
	}
	var out []leaf
	for _, c := range children {
		out = append(out, leaves(c, at)...)
	}
	return out
}

// TestLayout holds every screen on every panel to the measures of the design:
// sizes in true millimetres, gaps, bezel, no text outside the glass or over
// other text, contrast.
func TestLayout(t *testing.T) {
	for _, g := range glasses() {
		t.Run(g.name, func(t *testing.T) {
			for _, sc := range scenes() {
				b := newBench(t, g)
				sc.set(b)
				b.pass(2 * settle)
				lintTargets(t, sc.name, g, b)
				lintTexts(t, sc.name, g, leaves(b.k.current.head().box, fyne.Position{}))
			}
		})
	}
}

func lintTargets(t *testing.T, name string, g glass, b *bench) {
	t.Helper()
	all := b.k.Targets(1)
	size := g.size()
	for i, a := range all {
		if a.Name == "close" || a.Name == "wake" { // the whole screen is one target
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
			t.Errorf("%s: %s is %.1f x %.1f mm, want %v", name, a.Name, w, h, least)
		}
		edge := min(a.X, a.Y, size.Width-a.X-a.W, size.Height-a.Y-a.H)
		if g.mm(edge) < 4.95 {
			t.Errorf("%s: %s is %.1f mm from the bezel", name, a.Name, g.mm(edge))
		}
		for _, c := range all[i+1:] {
			dx := max(c.X-a.X-a.W, a.X-c.X-c.W)
			dy := max(c.Y-a.Y-a.H, a.Y-c.Y-c.H)
			if d := g.mm(max(dx, dy)); d < 2.45 {
				t.Errorf("%s: %s and %s are %.1f mm apart", name, a.Name, c.Name, d)
			}
		}
	}
}

func lintTexts(t *testing.T, name string, g glass, all []leaf) {
	t.Helper()
	size := g.size()
	var texts []leaf
	for i, l := range all {
		text, ok := l.o.(*canvas.Text)
		if !ok || text.Text == "" {
			continue
		}
		em := text.TextSize
		visible := rect{l.at.x, l.at.y + em*(plexAscent-plexCap), l.at.w, em * plexCap}
		if visible.x < 0 || visible.y < 0 || visible.x+visible.w > size.Width+1 || visible.y+visible.h > size.Height {
			t.Errorf("%s: %q leaves the glass: %v", name, text.Text, visible)
		}
		if c := contrast(text.Color, groundOf(all[:i], visible)); c < 7 && text.Color != color.Color(faint.dyed()) {
			t.Errorf("%s: %q has a contrast of %.1f", name, text.Text, c)
		}
		if cap := g.mm(em * plexCap); cap < 2.5 {
			t.Errorf("%s: %q is %.1f mm high", name, text.Text, cap)
		}
		for _, other := range texts {
			if overlap(visible, other.at) {
				t.Errorf("%s: %q lies over %q", name, text.Text, other.o.(*canvas.Text).Text)
			}
		}
		texts = append(texts, leaf{l.o, visible})
	}
}

func overlap(a, b rect) bool {
	return a.x+1 < b.x+b.w && b.x+1 < a.x+a.w && a.y+1 < b.y+b.h && b.y+1 < a.y+a.h
}

// groundOf is the colour of the last shape painted under the middle of r.
func groundOf(below []leaf, r rect) color.Color {
	x, y := r.x+r.w/2, r.y+r.h/2
	var c color.Color = paper.dyed()
	for _, l := range below {
		shape, ok := l.o.(*canvas.Rectangle)
		if ok && x >= l.at.x && x <= l.at.x+l.at.w && y >= l.at.y && y <= l.at.y+l.at.h {
			c = shape.FillColor
		}
	}
	return c
}

// contrast is WCAG 2's ratio.
func contrast(a, b color.Color) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	lin := func(v uint32) float64 {
		s := float64(v) / 0xffff
		if s <= 0.03928 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*lin(r) + 0.7152*lin(g) + 0.0722*lin(b)
}

// The lint itself is worth something only if it fails on a bad screen.
func TestLintFindsFaults(t *testing.T) {
	if c := contrast(shade.dyed(), paper.dyed()); c >= 7 {
		t.Errorf("the contrast of grey on paper is said to be %.1f", c)
	}
	if !overlap(rect{0, 0, 10, 10}, rect{5, 5, 10, 10}) || overlap(rect{0, 0, 10, 10}, rect{20, 0, 10, 10}) {
		t.Error("overlap is wrong")
	}
	if got := fmt.Sprintf("%.2f", glasses()[0].mm(mm(10))); got != "10.17" { // Fyne's rounding of the scale
		t.Errorf("10 mm are %s mm on the glass", got)
	}
}

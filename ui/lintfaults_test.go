package ui

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// TestLintFindsFaults plants one fault of each kind on a screen without any: the
// lint is worth something only if it finds that one, and nothing else.
func TestLintFindsFaults(t *testing.T) {
	big := rect{mm(20), mm(20), mm(30), mm(20)}
	free := rect{mm(20), mm(70), mm(100), mm(20)}
	for want, plant := range map[string]func(*plantation){
		"":       func(p *plantation) { p.key("one", big); p.text("Whole", quiet, free, 4) },
		tooSmall: func(p *plantation) { p.key("one", rect{big.x, big.y, mm(30), mm(11.5)}) },
		tooNear: func(p *plantation) {
			p.key("one", big)
			p.key("two", rect{big.x + big.w + mm(2.3), big.y, big.w, big.h})
		},
		atBezel:  func(p *plantation) { p.key("one", rect{mm(4.7), big.y, big.w, big.h}) },
		offGlass: func(p *plantation) { p.text("Over the edge", ink, rect{mm(205), mm(20), mm(100), mm(20)}, 4) },
		cut: func(p *plantation) {
			p.raw("More than there is room for", ink, rect{free.x, free.y, mm(20), mm(20)}, 4)
		},
		unreadable: func(p *plantation) { p.text("Small", ink, free, 2.3) },
		overlaps:   func(p *plantation) { p.text("Here", ink, free, 5); p.text("and here", ink, free, 5) },
		overEdge: func(p *plantation) {
			p.key("one", big)
			p.text("Over the key", ink, rect{big.x + mm(20), big.y + mm(5), mm(60), mm(10)}, 4)
		},
		faintText:  func(p *plantation) { p.text("Pale", shade, free, 4) },
		faintShape: func(p *plantation) { p.picture(glyphCheck, hair, free) },
	} {
		g := glasses()[0]
		p := &plantation{b: newBench(t, g)}
		plant(p)
		page := page{name: "planted"}
		page.build(newBackdrop(p.b.k.gate, paper), func(panel) { p.lay() }, p.objects...)
		page.box.Show()
		page.box.Resize(g.size())
		var targets []Target
		collect(page.box, fyne.Position{}, func(t *touch, r rect) {
			if t.id != "" {
				targets = append(targets, Target{t.id, r.x, r.y, r.w, r.h})
			}
		})
		found := lint(g, targets, leaves(page.box, fyne.Position{}, rect{}))
		if want == "" && len(found) > 0 {
			t.Errorf("found on a good screen: %v", found)
		}
		if want != "" && len(found) == 0 {
			t.Errorf("%q is not found", want)
		}
		for _, f := range found {
			if f.kind != want {
				t.Errorf("planted %q, found %q: %s", want, f.kind, f.about)
			}
		}
	}
}

// plantation is a screen being built with a fault.
type plantation struct {
	b       *bench
	objects []fyne.CanvasObject
	places  []func()
}

func (p *plantation) lay() {
	for _, place := range p.places {
		place()
	}
}

func (p *plantation) key(id string, r rect) {
	k := newKey(p.b.k.gate, id, id, glyphNone, capBody, plainTint(), nil)
	p.objects = append(p.objects, k)
	p.places = append(p.places, func() { r.put(k) })
}

func (p *plantation) text(words string, c colour, r rect, size float32) {
	l := newLabel(style{size: size, ink: c})
	l.text = words
	p.objects = append(p.objects, l.box)
	p.places = append(p.places, func() { l.put(r) })
}

// raw is a text that nobody has made fit.
func (p *plantation) raw(words string, c colour, r rect, size float32) {
	l := newLabel(style{size: size, ink: c})
	p.objects = append(p.objects, l.box)
	p.places = append(p.places, func() {
		r.put(l.box)
		part := l.parts[0]
		part.Text, part.TextSize = words, emFor(size)
		part.Move(fyne.NewPos(0, 0))
		part.Resize(fyne.NewSize(l.width(words, emFor(size)), emFor(size)*1.3))
		part.Show()
	})
}

func (p *plantation) picture(g glyph, c colour, r rect) {
	i := newPicture(g, c)
	p.objects = append(p.objects, i.img)
	p.places = append(p.places, func() { r.put(i.img) })
}

// What the lint relies on.
func TestOverlap(t *testing.T) {
	if !overlap(rect{0, 0, 10, 10}, rect{5, 5, 10, 10}) || overlap(rect{0, 0, 10, 10}, rect{20, 0, 10, 10}) {
		t.Error("overlap is wrong")
	}
	if got := glasses()[0].mm(mm(10)); got < 10.16 || got > 10.18 { // Fyne's rounding of the scale
		t.Errorf("10 mm are %v mm on the glass", got)
	}
	if roleOf((&canvas.Text{}).Color) != noColour {
		t.Error("a text without a colour has a role")
	}
}

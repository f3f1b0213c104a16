package ui

import (
	"bytes"
	"image"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"pgregory.net/rapid"

	"github.com/timepost/timepost/device/local"
)

func themes() []string { return []string{"light", "dark", "contrast"} }

// What is written on what, in every palette.
func TestPaletteContrast(t *testing.T) {
	for _, name := range themes() {
		checkPalette(func(form string, args ...any) { t.Errorf(name+": "+form, args...) }, paletteOf(local.Look{Theme: name}))
	}
}

func checkPalette(fail func(string, ...any), p palette) {
	for text, grounds := range map[colour][]colour{
		ink: {paper, face, sunk}, quiet: {paper, face}, inWord: {paper, face}, errWord: {paper, face},
		onAccent: {accent, accentLedge}, onIn: {inFill}, onOut: {outFill}, onBreak: {breakFill}, onErr: {errFill}, onOk: {okFill},
		lit: {accentGround, inGround, outGround, errGround, okGround}, breakLit: {breakGround}, face: {ink, quiet}, moon: {night},
	} {
		for _, g := range grounds {
			want := float64(readContrast)
			if g == accentLedge || g == sunk {
				want = 4.5 // while it is held down
			}
			if got := p[text].contrast(p[g]); got < want {
				fail("role %d on %d, %06x on %06x: %.2f, want %v", text, g, p[text], p[g], got, want)
			}
		}
	}
	for shape, grounds := range map[colour][]colour{
		accentLine: {paper, face}, accentLedge: {paper, face}, quiet: {paper, face}, ink: {paper}, okFill: {paper}, errFill: {paper},
		inFill: {paper, face}, outFill: {paper, face}, breakLedge: {paper, face}, lit: {inDeep, outDeep}, breakLit: {breakDeep},
	} {
		for _, g := range grounds {
			if got := p[shape].contrast(p[g]); got < shapeContrast {
				fail("shape %d on %d, %06x on %06x: %.2f", shape, g, p[shape], p[g], got)
			}
		}
	}
}

// Whatever accent an organisation chooses, it can be read and keeps its hue.
func TestAnyAccentCanBeRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rgb(rapid.Uint32Range(0, 0xFFFFFF).Draw(t, "accent"))
		for _, p := range []palette{lightPalette().withAccent(c), darkPalette().withAccent(c)} {
			checkPalette(t.Errorf, p)
			for _, role := range []colour{accent, accentLine, accentGround, accentLedge} {
				if d, doubt := hueApart(c, p[role]); d > doubt {
					t.Errorf("%06x has become %06x: the hue has moved by %.0f degrees", c, p[role], d)
				}
			}
		}
	})
}

// hueApart gives how far the hues are apart, in degrees, and how far they may be:
// rounding moves the hue of what is nearly grey, or nearly black or white.
func hueApart(a, b rgb) (apart, doubt float64) {
	ha, ca := hue(a)
	hb, cb := hue(b)
	apart = math.Abs(ha - hb)
	return min(apart, 360-apart), 60 * 1.5 / max(0.01, min(ca, cb)) // a unit of rounding is 60 degrees by the chroma
}

func hue(c rgb) (degrees, chroma float64) {
	r, g, b := float64(c>>16&0xff), float64(c>>8&0xff), float64(c&0xff)
	top := max(r, g, b)
	chroma = top - min(r, g, b)
	switch {
	case chroma == 0:
		return 0, 0
	case top == r:
		return math.Mod((g-b)/chroma*60+360, 360), chroma
	case top == g:
		return (b-r)/chroma*60 + 120, chroma
	}
	return (r-g)/chroma*60 + 240, chroma
}

func TestGoodAccentsStayAsTheyAre(t *testing.T) {
	for _, c := range []rgb{0x0A4F96, 0xFFD500, 0x5B1A7A} {
		if got := lightPalette().withAccent(c)[accent]; got != c {
			t.Errorf("%06x has become %06x", c, got)
		}
	}
	if _, ok := parseRGB("#12345g"); ok {
		t.Error("#12345g is a colour")
	}
}

// raws lists what is painted below o, hidden or not, in no colour of the palette.
func raws(o fyne.CanvasObject, p palette, found func(fyne.CanvasObject)) {
	old := func(c any) bool {
		if _, ok := c.(pure); ok {
			return false
		}
		d, ok := c.(dyed)
		return !ok || d != p.dyed(d.role)
	}
	switch v := o.(type) {
	case *fyne.Container:
		for _, child := range v.Objects {
			raws(child, p, found)
		}
	case fyne.Widget:
		for _, part := range v.CreateRenderer().Objects() {
			raws(part, p, found)
		}
	case *canvas.Rectangle:
		if old(v.FillColor) || v.StrokeColor != nil && old(v.StrokeColor) {
			found(o)
		}
	case *canvas.Text:
		if old(v.Color) {
			found(o)
		}
	case *canvas.Image:
		if d, ok := v.Resource.(drawn); v.Resource != nil && ok && old(d.ink) {
			found(o)
		}
	default:
		found(o)
	}
}

// TestEveryScreenChangesItsColours shows each screen in one theme and then in
// another: nothing of the former may be left, neither in what is painted nor in
// the picture, which is the one of a screen that never had another theme.
func TestEveryScreenChangesItsColours(t *testing.T) {
	g := glass{"small", 400, 240, 77 * 2, false}
	all := themes()
	b, always := newBenchLike(t, g, local.Look{}), map[string]*bench{}
	for _, name := range all {
		always[name] = newBenchLike(t, g, local.Look{Theme: name})
	}
	for i, sc := range scenes() {
		from, to := all[i%3], all[(i+1)%3]
		b.k.cfg.Look.Theme = from
		before := b.see(sc)
		b.k.cfg.Look.Theme = to
		b.k.dress()
		raws(b.k.root, paletteOf(b.k.look()), func(o fyne.CanvasObject) {
			t.Errorf("%s: %#v has no colour of the theme %s", sc.name, o, to)
		})
		after := b.canvas.Capture()
		if !samePicture(after, always[to].see(sc)) {
			t.Errorf("%s: from %s to %s is not as if it had been %s always", sc.name, from, to, to)
		}
		if samePicture(before, after) && b.k.current != b.k.asleep && b.k.current != b.k.test {
			t.Errorf("%s: %s looks like %s", sc.name, from, to)
		}
	}
}

// see gives the picture of a scene.
func (b *bench) see(sc scene) image.Image {
	b.t.Helper()
	fyne.CurrentApp().Settings().SetTheme(b.k.cfg.Theme)
	b.restart()
	b.k.dress()
	sc.set(b)
	b.k.Tick()
	return b.canvas.Capture()
}

func samePicture(a, b image.Image) bool {
	return bytes.Equal(a.(*image.NRGBA).Pix, b.(*image.NRGBA).Pix)
}

// The kiosk's state brings its look, and who started the screen has the last word.
func TestTheStateBringsTheLook(t *testing.T) {
	b := newBench(t, glasses()[0])
	s := ready()
	s.Look = local.Look{Theme: "dark", Accent: "#7a1f5c"}
	b.k.Update(s)
	if got := b.k.cfg.Theme.palette; got != paletteOf(s.Look) {
		t.Error("the screen has not taken the kiosk's colours")
	}
	b.k.cfg.Look.Theme = "contrast"
	b.k.Update(s)
	if got := b.k.cfg.Theme.palette; got != contrastPalette() {
		t.Error("the screen's own theme does not come first")
	}
}

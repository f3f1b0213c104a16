package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
)

// testLimit is how long the screen's test waits for a touch: a panel that feels
// nothing somewhere must not keep anybody from clocking in.
const testLimit = 30 * time.Second

// testCell is about the side of a field in millimetres: a finger and a half.
const testCell = 20

// maxCells is how many fields there are at most.
const maxCells = 160

// testScreen shows pure colours, one picture for each touch, and then fields over
// the whole panel of which each has to be touched.
type testScreen struct {
	page
	k     *Kiosk
	pad   *testPad
	bars  [8]*canvas.Rectangle
	cells [maxCells]*plate
	words *label
	step  int // pictures of colours, then the fields
	cols  int
	rows  int
	felt  map[int]bool
	size  panel
}

// pure is a colour that is no role's: it is what it is in every look, so that it
// tells of the panel and not of the theme.
type pure struct{ rgb }

// testPad is the whole panel as one thing to touch.
type testPad struct {
	touch
	at fyne.Position // where it was touched
}

// MouseDown is the finger landing.
func (p *testPad) MouseDown(e *desktop.MouseEvent) {
	p.at = e.Position
	p.touch.MouseDown(e)
}

// CreateRenderer satisfies fyne.Widget: there is nothing to see.
func (p *testPad) CreateRenderer() fyne.WidgetRenderer { return &drawing{nil, func(fyne.Size) {}} }

// testPictures gives the bars of each picture: the colours a panel is made of, its
// greys, all of it bright, all of it dark.
func testPictures() [4][8]rgb {
	grey := func(n int) rgb { return rgb(n<<16 | n<<8 | n) }
	all := func(c rgb) (out [8]rgb) {
		for i := range out {
			out[i] = c
		}
		return out
	}
	var greys [8]rgb
	for i := range greys {
		greys[i] = grey(255 * i / 7)
	}
	return [4][8]rgb{
		{0xFFFFFF, 0xFFFF00, 0x00FFFF, 0x00FF00, 0xFF00FF, 0xFF0000, 0x0000FF, 0x000000},
		greys, all(0xFFFFFF), all(0x000000),
	}
}

func newTest(k *Kiosk) *testScreen {
	s := &testScreen{
		page: page{name: "screen_test", limit: testLimit, settle: settle}, k: k, pad: &testPad{}, felt: map[int]bool{},
		words: newLabel(style{size: capTitle, bold: true, ink: ink, lines: 3, drop: 0.5, align: fyne.TextAlignCenter}),
	}
	s.pad.gate, s.pad.id, s.pad.act = k.gate, "screen", s.touched
	s.pad.quick()
	var objects []fyne.CanvasObject
	for i := range s.bars {
		s.bars[i] = canvas.NewRectangle(pure{})
		objects = append(objects, s.bars[i])
	}
	for i := range s.cells {
		s.cells[i] = newPlate(face, 0).line(hair, 0.3)
		objects = append(objects, s.cells[i].r)
	}
	objects = append(objects, s.words.box, s.pad)
	s.build(newBackdrop(k.gate, paper), s.lay, objects...)
	return s
}

// quick makes the pad feel a finger as it lands.
func (p *testPad) quick() {
	p.onPress = true
	p.ExtendBaseWidget(p)
}

// speak satisfies screen.
func (s *testScreen) speak(w *words) { s.words.set(w.ScreenTouch) }

// open begins with the first picture.
func (s *testScreen) open() {
	s.step = 0
	clear(s.felt)
	s.lay(s.size)
}

// touched is a finger anywhere: the next picture, or a field that works.
func (s *testScreen) touched() {
	if s.step < len(testPictures()) {
		s.step++
		s.lay(s.size)
		return
	}
	col := min(int(s.pad.at.X*float32(s.cols)/s.size.w), s.cols-1)
	row := min(int(s.pad.at.Y*float32(s.rows)/s.size.h), s.rows-1)
	s.felt[max(0, row)*s.cols+max(0, col)] = true
	s.lay(s.size)
	if len(s.felt) == s.cols*s.rows {
		s.k.care.tell(s.k.say.ScreenGood)
		s.k.backToCare()
	}
}

func (s *testScreen) lay(p panel) {
	if p.w == 0 {
		return
	}
	s.size = p
	s.cols = max(1, int(p.w/mm(testCell)))
	s.rows = max(1, min(int(p.h/mm(testCell)), maxCells/s.cols))
	p.whole().put(s.pad)
	pictures := testPictures()
	colours := s.step < len(pictures)
	for i, b := range s.bars {
		show(colours, b)
		if colours {
			b.FillColor = pure{pictures[s.step][i]}
			p.whole().cell(len(s.bars), 1, i, 0).put(b)
			b.Refresh()
		}
	}
	for i, c := range s.cells {
		on := !colours && i < s.cols*s.rows
		show(on, c.r)
		if !on {
			continue
		}
		c.fill(face)
		if s.felt[i] {
			c.fill(okFill)
		}
		p.whole().cell(s.cols, s.rows, i, 0).put(c.r)
	}
	show(!colours && len(s.felt) == 0, s.words.box)
	s.words.put(p.whole().middle(mm(30)).insetXY(mm(12), 0))
}

package ui

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"github.com/timepost/timepost/device/local"
)

// picturesVariable names a folder that gets a PNG of each scene on each panel.
const picturesVariable = "TIMEPOST_PICTURES"

// pictureLanguage says in which language; English without.
const pictureLanguage = "TIMEPOST_PICTURES_LANG"

// TestPictures draws them, as make pictures does, and a contact sheet of each panel
// in each look.
func TestPictures(t *testing.T) {
	dir := os.Getenv(picturesVariable)
	if dir == "" {
		t.Skip("draws only with " + picturesVariable)
	}
	for _, look := range looksToSee() {
		for _, g := range glasses() {
			g.large = look.LargeText
			name := g.name + "-" + look.Theme + map[bool]string{true: "-large"}[g.large]
			b := newBenchWith(t, g, Config{Languages: spoken(t), Look: look, Lang: os.Getenv(pictureLanguage)})
			var all []image.Image
			for _, sc := range scenes() {
				b.restart()
				sc.set(b)
				shot := b.canvas.Capture()
				all = append(all, shot)
				write(t, filepath.Join(dir, name+"-"+sc.name+".png"), shot)
			}
			write(t, filepath.Join(dir, "sheet-"+name+".png"), sheetOf(g, all))
		}
	}
}

// looksToSee is one picture of each theme, and large text.
func looksToSee() []local.Look {
	return []local.Look{{Theme: "light"}, {Theme: "dark"}, {Theme: "contrast"}, {Theme: "light", LargeText: true}}
}

// sheetOf puts pictures beside each other at a third of their size.
func sheetOf(g glass, all []image.Image) image.Image {
	const cols, space, part = 6, 8, 3
	w, h := g.px/part+space, g.py/part+space
	out := image.NewRGBA(image.Rect(0, 0, cols*w+space, (len(all)+cols-1)/cols*h+space))
	draw.Draw(out, out.Bounds(), image.NewUniform(rgb(0x474D54)), image.Point{}, draw.Src)
	for i, shot := range all {
		left, top := space+i%cols*w, space+i/cols*h
		for y := range g.py / part {
			for x := range g.px / part {
				out.Set(left+x, top+y, mean(shot, x*part, y*part, part))
			}
		}
	}
	return out
}

// mean is the middle colour of a square.
func mean(m image.Image, x, y, side int) color.Color {
	var sum [3]uint32
	for i := range side * side {
		r, g, b, _ := m.At(x+i%side, y+i/side).RGBA()
		sum[0], sum[1], sum[2] = sum[0]+r>>8, sum[1]+g>>8, sum[2]+b>>8
	}
	n := uint32(side * side)
	return color.RGBA{uint8(sum[0] / n), uint8(sum[1] / n), uint8(sum[2] / n), 255}
}

func write(t *testing.T, path string, m image.Image) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, m); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// textsOf lists the visible texts below o.
func textsOf(o fyne.CanvasObject) []*canvas.Text {
	if !o.Visible() {
		return nil
	}
	var out []*canvas.Text
	switch v := o.(type) {
	case *canvas.Text:
		if v.Text != "" {
			out = append(out, v)
		}
	case *fyne.Container:
		for _, c := range v.Objects {
			out = append(out, textsOf(c)...)
		}
	case fyne.Widget:
		for _, c := range test.WidgetRenderer(v).Objects() {
			out = append(out, textsOf(c)...)
		}
	}
	return out
}

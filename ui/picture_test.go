package ui

import (
	"flag"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
)

// pictures, when set, is a folder that gets a PNG of each scene on each panel.
var pictures = flag.String("pictures", "", "write a PNG of each screen into this folder")

func TestPictures(t *testing.T) {
	if *pictures == "" {
		t.Skip("only with -pictures DIR")
	}
	for _, g := range glasses() {
		for _, sc := range scenes() {
			b := newBench(t, g)
			sc.set(b)
			write(t, filepath.Join(*pictures, g.name+"-"+sc.name+".png"), b)
		}
	}
}

func write(t *testing.T, path string, b *bench) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, b.canvas.Capture()); err != nil {
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

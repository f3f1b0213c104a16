package ui

import (
	"image"
	"image/color"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/software"
)

// pictureOf gives the picture of a text as a name is set.
func pictureOf(t *testing.T, text string) []byte {
	t.Helper()
	c := software.NewCanvas()
	c.SetPadded(false)
	label := canvas.NewText(text, color.Black)
	label.TextSize, label.TextStyle.Bold = 30, true
	c.SetContent(container.NewWithoutLayout(label))
	label.Resize(fyne.NewSize(300, 60))
	c.Resize(fyne.NewSize(300, 60))
	shot, ok := c.Capture().(*image.NRGBA)
	if !ok {
		t.Fatalf("the picture is a %T", c.Capture())
	}
	return shot.Pix
}

// Names are shown in the script that they are written in: each letter has a
// picture of its own, and not the box that stands for a missing one.
func TestNamesInAnyScript(t *testing.T) {
	wide(t)                       // brings the theme
	box := pictureOf(t, "\u0378") // no letter
	for script, name := range map[string]string{
		"Latin": "Żółć Ğşİ ßñ", "Cyrillic": "Ґєїі Щюя", "Greek": "Ωμέγα", "Chinese": "李小龍", "Japanese": "さくら",
		"Korean": "김민수", "Arabic": "محمد", "Hebrew": "דנה", "Devanagari": "अमित", "Thai": "สมชาย",
	} {
		var seen [][]byte
		for _, r := range name {
			if r == ' ' {
				continue
			}
			picture := pictureOf(t, string(r))
			if slices.Equal(picture, box) {
				t.Errorf("%s: %q is a box (apt-get install fonts-noto-core fonts-noto-cjk)", script, r)
			}
			if !slices.ContainsFunc(seen, func(p []byte) bool { return slices.Equal(p, picture) }) {
				seen = append(seen, picture)
			}
		}
		if len(seen) < 3 {
			t.Errorf("%s: %q has %d different letters", script, name, len(seen))
		}
	}
}

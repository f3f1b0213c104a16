// Command bare is the least a Fyne program that says something can be: one window
// with one bright rectangle, which changes its colour when it is pressed, and one
// line of text. It is the baseline that the touchscreen is measured against.
package main

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

func main() {
	w := app.NewWithID("bare").NewWindow("bare")
	s := &sheet{rect: canvas.NewRectangle(paper(0xf0))}
	s.ExtendBaseWidget(s)
	w.SetContent(container.NewStack(s, widget.NewLabel("08:02")))
	w.Resize(fyne.NewSize(1280, 800))
	w.SetFullScreen(true)
	w.ShowAndRun()
}

func paper(grey uint8) color.Color { return color.NRGBA{R: grey, G: grey, B: grey, A: 0xff} }

// sheet is the rectangle.
type sheet struct {
	widget.BaseWidget
	rect *canvas.Rectangle
	dark bool
}

// CreateRenderer satisfies fyne.Widget.
func (s *sheet) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(s.rect) }

// MouseDown repaints the rectangle.
func (s *sheet) MouseDown(*desktop.MouseEvent) {
	s.dark = !s.dark
	s.rect.FillColor = paper(0xf0)
	if s.dark {
		s.rect.FillColor = paper(0xd0)
	}
	s.rect.Refresh()
}

// MouseUp satisfies desktop.Mouseable.
func (s *sheet) MouseUp(*desktop.MouseEvent) {}

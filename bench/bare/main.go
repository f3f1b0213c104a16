// Command bare is the least a Fyne program can be: one window with one
// rectangle. It is the baseline that the touchscreen is measured against.
package main

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/canvas"
)

func main() {
	w := app.NewWithID("bare").NewWindow("bare")
	w.SetContent(canvas.NewRectangle(color.NRGBA{R: 0xf0, G: 0xf0, B: 0xf0, A: 0xff}))
	w.Resize(fyne.NewSize(1280, 800))
	w.SetFullScreen(true)
	w.ShowAndRun()
}

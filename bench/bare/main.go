// Command bare is the least a Fyne program that says something can be: one window
// with one bright rectangle and one line of text. It is the baseline that the
// touchscreen is measured against.
package main

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

func main() {
	w := app.NewWithID("bare").NewWindow("bare")
	sheet := canvas.NewRectangle(color.NRGBA{R: 0xf0, G: 0xf0, B: 0xf0, A: 0xff})
	w.SetContent(container.NewStack(sheet, widget.NewLabel("08:02")))
	w.Resize(fyne.NewSize(1280, 800))
	w.SetFullScreen(true)
	w.ShowAndRun()
}

package main

import (
	"context"
	"fmt"
	"image"
	"log"
	"log/slog"
	"math"
	"os"
	"strconv"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"github.com/timepost/timepost/ui"
)

const scaleVariable = "FYNE_SCALE"

// leastPixels is the least side of a panel; a window that has less is not yet
// what it will be.
const leastPixels = 320

// now is the clock of the screen, with its monotonic reading.
func now() time.Time { return time.Now() }

// prepare sets what Fyne reads from the environment: one millimetre is
// ui.UnitsPerMM units, whatever X11 believes about the panel. What Fyne itself
// logs (no desktop, no session bus) is not the operator's concern.
func prepare(o options, events *slog.Logger) error {
	vars := map[string]string{"FYNE_DISABLE_DPI_DETECTION": "1", scaleVariable: scaleFor(o.width, o.WidthMM, o.LargeText)}
	if l := os.Getenv("LANG"); l == "" || l == "C" || l == "POSIX" {
		vars["LANG"] = "en_US.UTF-8" // Fyne reports an error without a language
	}
	for k, v := range vars {
		if err := os.Setenv(k, v); err != nil {
			return fmt.Errorf("set %s: %w", k, err)
		}
	}
	log.SetFlags(0)
	log.SetOutput(slog.NewLogLogger(events.Handler(), slog.LevelDebug).Writer())
	return nil
}

// scaleFor gives Fyne's scale for a panel, as Fyne reads it.
func scaleFor(px int, widthMM float32, large bool) string {
	return strconv.FormatFloat(float64(ui.Scale(px, widthMM, large)), 'f', 1, 32)
}

// glass is the window and what belongs to it. Its methods, except follow, run
// on the main goroutine.
type glass struct {
	o      options
	app    fyne.App
	window fyne.Window
	kiosk  *ui.Kiosk
	log    *slog.Logger
	theme  *ui.Theme
	dump   layoutFile
	sheet  *canvas.Raster // drawn once, to tell when
	first  sync.Once
	spawn  func(func()) // starts work that show waits for

	fitting bool // fit is about to run
}

func openPanel(o options, theme *ui.Theme, events *slog.Logger) *glass {
	a := app.NewWithID("org.timepost.kiosk")
	a.Settings().SetTheme(theme)
	g := &glass{
		o: o, app: a, window: a.NewWindow("Timepost"), log: events, theme: theme,
		dump: layoutFile{path: o.DumpLayout},
	}
	g.window.SetPadded(false)
	if o.Windowed {
		return g
	}
	g.window.SetFullScreen(true)
	g.window.SetCloseIntercept(func() { events.Warn("close_refused") })
	return g
}

// fill puts the screens into the window, over a sheet that tells when it is drawn.
func (g *glass) fill(spawn func(func())) {
	g.spawn = spawn
	g.sheet = canvas.NewRaster(func(w, _ int) image.Image {
		if w >= leastPixels {
			g.first.Do(func() { spawn(func() { fyne.Do(g.drawn) }) })
		}
		return image.NewNRGBA(image.Rect(0, 0, 1, 1)) // nothing to see
	})
	g.window.SetContent(container.NewStack(g.sheet, g.kiosk.Content()))
	if g.o.Windowed {
		s := g.scale()
		g.window.SetFixedSize(true)
		g.window.Resize(fyne.NewSize(float32(g.o.width)/s, float32(g.o.height)/s))
	}
}

// drawn reports the first frame that filled the panel.
func (g *glass) drawn() {
	g.sheet.Hide()
	c := g.window.Canvas()
	g.log.Info("first_frame", "scale", c.Scale(), "width", c.Size().Width, "height", c.Size().Height)
}

// fit corrects the scale: on a whole panel, whose true number of pixels is only
// known once the window covers it, and when large text is wanted or no more.
func (g *glass) fit() {
	c := g.window.Canvas()
	px := int(math.Round(float64(c.Size().Width * c.Scale())))
	if g.o.Windowed {
		px = g.o.width
	}
	if px < leastPixels {
		return
	}
	large := g.kiosk.LargeText()
	g.kiosk.Zoomed(ui.Scale(px, g.o.WidthMM, large) / ui.Scale(px, g.o.WidthMM, false))
	want := scaleFor(px, g.o.WidthMM, large)
	if want == os.Getenv(scaleVariable) {
		return
	}
	if err := os.Setenv(scaleVariable, want); err != nil {
		g.log.Error("scale_not_set", "error", err)
		return
	}
	g.app.Settings().SetTheme(g.theme) // makes the window read its scale again
	if g.o.Windowed {
		s := g.scale()
		g.window.Resize(fyne.NewSize(float32(g.o.width)/s, float32(g.o.height)/s))
	}
}

func (g *glass) scale() float32 {
	s, err := strconv.ParseFloat(os.Getenv(scaleVariable), 32)
	if err != nil || s <= 0 {
		return 1
	}
	return float32(s)
}

func (g *glass) onStarted(f func()) { g.app.Lifecycle().SetOnStarted(f) }

// follow runs the kiosk until ctx ends, then closes the window.
func (g *glass) follow(ctx context.Context) {
	if err := g.kiosk.Run(ctx); err != nil {
		g.log.Error("screen_stopped", "error", err)
	}
	fyne.Do(g.app.Quit)
}

// changed keeps the scale and the layout file true.
func (g *glass) changed() {
	if g.kiosk == nil {
		return
	}
	if !g.fitting {
		g.fitting = true
		g.spawn(func() { fyne.Do(func() { g.fitting = false; g.fit() }) })
	}
	if g.dump.path == "" {
		return
	}
	g.dump.write(g.kiosk.Screen(), g.kiosk.Targets(g.window.Canvas().Scale()))
}

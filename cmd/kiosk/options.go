package main

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/alecthomas/kong"

	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// version is this program's version; the linker stamps it.
var version = "dev"

// options are the command line.
type options struct {
	Version    kong.VersionFlag `help:"Print the program's version."`
	Socket     string           `help:"kioskd's unix socket." default:"/run/timepost/kioskd.sock" type:"path"`
	WidthMM    float32          `name:"width-mm" help:"Width of the panel's picture in millimetres: measure it; panels often tell X11 nothing or nonsense." default:"217"`
	Windowed   bool             `help:"Run in a window instead of on the whole panel."`
	Size       string           `help:"The window's or panel's size in pixels, as WxH." default:"1280x800" placeholder:"WxH"`
	Lang       string           `help:"The screen's language, such as de, until the kiosk has one of its own." default:"en" placeholder:"LANG"`
	Theme      string           `help:"The colours, instead of the kiosk's." enum:",light,dark,contrast" default:"" placeholder:"light|dark|contrast"`
	LargeText  bool             `help:"Everything larger, whatever the kiosk says."`
	Backlights string           `help:"Where Linux keeps the panels' lights." default:"/sys/class/backlight" type:"path" hidden:""`
	LogFormat  string           `help:"How the log on standard error is written." enum:"text,json" default:"text"`
	LogLevel   string           `help:"The least that is logged; debug has what the toolkit says, too." enum:"debug,info" default:"info"`
	DumpLayout string           `help:"Keep a JSON file of what can be tapped now, for tests." type:"path" placeholder:"FILE"`

	width, height int
}

// parse reads the command line. done says that help was asked for and given.
func parse(args []string, stdout, stderr io.Writer) (o options, done bool, err error) {
	p, err := kong.New(&o, kong.Name("kiosk"), kong.Vars{"version": "kiosk " + version}, kong.Writers(stdout, stderr), kong.Exit(func(int) { done = true }),
		kong.Description("The touchscreen of a Timepost time clock."))
	if err != nil {
		return o, false, fmt.Errorf("build command line: %w", err)
	}
	_, err = p.Parse(args)
	if done {
		return o, true, nil
	}
	if err != nil {
		return o, false, problem.New(problem.Invalid, err.Error(), "See kiosk --help.")
	}
	n, err := fmt.Sscanf(o.Size, "%dx%d", &o.width, &o.height)
	if err != nil || n != 2 || o.width < leastPixels || o.height < leastPixels {
		return o, false, problem.New(problem.Invalid, "The size is not WxH in pixels.", "For example --size 1280x800.")
	}
	if o.WidthMM < 50 || o.WidthMM > 2000 {
		return o, false, problem.New(problem.Invalid, "The panel's width is not between 50 and 2000 mm.", "Measure the lit part of the glass.")
	}
	return o, false, nil
}

// look is what the command line says about the look.
func (o options) look() local.Look {
	return local.Look{Theme: o.Theme, LargeText: o.LargeText}
}

// logger writes events to w in the wanted format.
func (o options) logger(w io.Writer) *slog.Logger {
	level := &slog.HandlerOptions{Level: slog.LevelInfo}
	if o.LogLevel == "debug" {
		level.Level = slog.LevelDebug
	}
	if o.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, level))
	}
	return slog.New(slog.NewTextHandler(w, level))
}

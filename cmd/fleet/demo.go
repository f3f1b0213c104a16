package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/timepost/timepost/internal/problem"
)

// demoCmd runs central, kioskd and the touchscreen as their own processes, the
// way a fleet runs them, on loopback and free ports only.
type demoCmd struct {
	Data     string        `help:"Where the demo keeps its data; reused on the next run." default:".timepost" type:"path"`
	For      time.Duration `help:"Stop by itself after this long, for example 30s." placeholder:"DURATION"`
	Headless bool          `help:"Use an invisible display of its own, even where there is a real one."`
	People   string        `help:"Your own people instead of the demo's: a CSV file as for 'fleet people import'." placeholder:"FILE.csv" type:"existingfile"`
	Info     string        `help:"Write addresses, logins and PINs to this file as JSON, for programs." placeholder:"FILE" type:"path"`
	Size     string        `help:"Size of the touchscreen in pixels." default:"1280x800"`
	WidthMM  float64       `help:"Width of the touchscreen in millimetres." name:"width-mm" default:"217"`
}

// Help is shown by fleet demo --help.
func (demoCmd) Help() string {
	return `The first run makes an organisation of 40 people in 3 teams and 2 kiosks; later
runs go on with the same data. Everything listens on loopback only. Ctrl-C stops
all of it within 5 seconds. Delete the data folder to begin again.`
}

// Run starts everything, tells where it is, and waits for the end.
func (d *demoCmd) Run(ctx context.Context, c *console) (err error) {
	if d.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d.For)
		defer cancel()
	}
	w, err := openDemo(ctx, d, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	err = w.start(ctx)
	if err == nil {
		w.banner()
		<-ctx.Done()
	}
	if ctx.Err() != nil {
		fmt.Fprintln(c.out, "\nStopping …")
		return nil
	}
	return err
}

// demoWorld is one running demo.
type demoWorld struct {
	cmd     *demoCmd
	out     *console
	bin     string // folder of the programs
	state   *demoState
	crew    *crew
	lock    *os.File
	display display
}

func openDemo(ctx context.Context, d *demoCmd, c *console) (*demoWorld, error) {
	bin, err := programs("central", "kioskd", "kiosk")
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(d.Data, "log"), 0o700); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	lock, err := lockFolder(d.Data)
	if err != nil {
		return nil, err
	}
	state, err := loadDemoState(filepath.Join(d.Data, "demo.json"))
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return &demoWorld{cmd: d, out: c, bin: bin, state: state, lock: lock, crew: newCrew(ctx, filepath.Join(d.Data, "log"))}, nil
}

// start brings up central, then the kiosk, then its screen: each is ready
// before the next begins, so that what the banner says is true.
func (w *demoWorld) start(ctx context.Context) error {
	steps := []struct {
		say string
		do  func(context.Context) error
	}{
		{"Central server", w.startCentral},
		{"People and kiosks", w.populate},
		{"Kiosk", w.startKiosk},
		{"Touchscreen", w.startScreen},
	}
	for _, s := range steps {
		began := time.Now()
		fmt.Fprintf(w.out.out, "  %-18s ", s.say)
		if err := s.do(ctx); err != nil {
			fmt.Fprintln(w.out.out, "failed")
			return fmt.Errorf("start %s: %w", s.say, err)
		}
		fmt.Fprintf(w.out.out, "ready (%.1f s)\n", time.Since(began).Seconds())
	}
	if w.cmd.Info == "" {
		return nil
	}
	return w.writeInfo()
}

func (w *demoWorld) close() error {
	return errors.Join(w.crew.stop(), w.lock.Close())
}

// programs finds the other programs beside this one.
func programs(names ...string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find own program: %w", err)
	}
	dir := filepath.Dir(self)
	for _, n := range names {
		if _, err := os.Stat(filepath.Join(dir, n)); err != nil {
			return "", problem.New(problem.NotFound, "The program "+n+" is not beside fleet.",
				"Build everything with: make build").Because(err)
		}
	}
	return dir, nil
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// feelRounds is how often each thing is touched; the first are not counted.
const (
	feelRounds = 120
	feelWarm   = 10
)

// fingerStays is how long a finger that taps lies on the glass: shorter than most do,
// longer than a frame.
const fingerStays = 100 * time.Millisecond

// benchFeel compares how fast the touchscreen answers a finger with how fast a bare
// window repaints one rectangle. Both run at once, each on a display of its own, and
// are touched in turns, so that what else the machine does falls on both.
func benchFeel(ctx context.Context) (s section, err error) {
	s = section{
		Title: "Touchscreen: feel",
		Note: fmt.Sprintf("From a pointer event to changed pixels on Xvfb with software rendering, %d touches of each in turns. A digit of the "+
			"PIN is painted as it is pressed; a page of names, of 500, comes as the finger is lifted and once the service has given it. The baseline is a bare window that "+
			"repaints one rectangle as it is pressed.", feelRounds-feelWarm),
	}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return s, err
	}
	defer os.RemoveAll(dir)
	build := exec.CommandContext(ctx, "go", "build", "-tags", "x11,migrated_fynedo,no_animations", "-ldflags", "-s -w", "-o", filepath.Join(dir, "bare"), "./bench/bare")
	if out, err := build.CombinedOutput(); err != nil {
		return s, fmt.Errorf("build bare window: %w: %s", err, out)
	}
	ctx, cancel := context.WithCancel(ctx)
	served := make(chan error, 1)
	socket, layout := filepath.Join(dir, "s"), filepath.Join(dir, "layout.json")
	go func() { served <- serveDoor(ctx, socket) }()
	defer func() {
		cancel()
		err = errors.Join(err, <-served)
	}()
	kiosk, err := openFinger(ctx, filepath.Join(dir, "kiosk"), "bin/kiosk", "--socket", socket, "--width-mm", "217", "--dump-layout", layout)
	if err != nil {
		return s, err
	}
	defer kiosk.close()
	kiosk.layout = layout
	bare, err := openFinger(ctx, filepath.Join(dir, "display"), filepath.Join(dir, "bare"))
	if err != nil {
		return s, err
	}
	defer bare.close()
	s.Rows, err = feelRows(ctx, kiosk, bare)
	return s, err
}

// feelRows touches both in turns: first pages of names, then digits.
func feelRows(ctx context.Context, kiosk, bare *finger) ([]row, error) {
	whole := place{Name: "rectangle", X: 400, Y: 300, W: 400, H: 200}
	var page, digit, still []time.Duration
	if err := kiosk.tap(ctx, "idle", "start"); err != nil {
		return nil, err
	}
	for i := range feelRounds {
		turn, err := kiosk.turn(ctx, i)
		if err != nil {
			return nil, err
		}
		rect, err := bare.press(ctx, whole, whole)
		if err != nil {
			return nil, err
		}
		page, still = append(page, turn), append(still, rect)
	}
	if err := kiosk.tap(ctx, "people", "person_"); err != nil {
		return nil, err
	}
	for i := range feelRounds {
		key, err := kiosk.digit(ctx, i)
		if err != nil {
			return nil, err
		}
		rect, err := bare.press(ctx, whole, whole)
		if err != nil {
			return nil, err
		}
		digit, still = append(digit, key), append(still, rect)
	}
	page, digit, still = page[feelWarm:], digit[feelWarm:], still[feelWarm:]
	ms := func(d []time.Duration, p float64) float64 { return 1000 * percentile(d, p) }
	return []row{
		atMost("a digit pressed, until it is painted, p95", ms(digit, 0.95), ms(still, 0.95), 2, "ms"),
		figure("the same, median", ms(digit, 0.5), ms(still, 0.5), "ms"),
		atMost("the next page of 500 people, p95", ms(page, 0.95), ms(still, 0.95), 3, "ms"),
		figure("the same, median", ms(page, 0.5), ms(still, 0.5), "ms"),
	}, nil
}

// place is something on the glass, in pixels, as the layout file has it.
type place struct {
	Name       string
	X, Y, W, H float64
}

// finger is one program on a display of its own, and a pointer over it.
type finger struct {
	*screen
	program *exec.Cmd
	pointer *exec.Cmd
	orders  io.WriteCloser
	layout  string
}

func openFinger(ctx context.Context, dir string, argv ...string) (*finger, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	s, err := openScreen(ctx, dir)
	if err != nil {
		return nil, err
	}
	f := &finger{screen: s, program: exec.CommandContext(ctx, argv[0], argv[1:]...), pointer: exec.CommandContext(ctx, "xdotool", "-")}
	env := append(os.Environ(), "DISPLAY="+s.name, "LANG=C.UTF-8")
	f.program.Env, f.pointer.Env = env, env
	if f.orders, err = f.pointer.StdinPipe(); err != nil {
		return nil, err
	}
	if err := errors.Join(f.program.Start(), f.pointer.Start()); err != nil {
		return nil, err
	}
	return f, until(ctx, 30*time.Second, s.painted)
}

func (f *finger) close() {
	_ = f.program.Process.Kill()
	_ = f.program.Wait() // it was killed
	_ = f.orders.Close()
	_ = f.pointer.Wait() // it ends with its orders
	f.screen.close()
}

func (f *finger) order(form string, args ...any) error {
	_, err := fmt.Fprintf(f.orders, form+"\n", args...)
	return err
}

// find waits until something can be touched; a name that ends in _ is a beginning.
func (f *finger) find(ctx context.Context, screen, name string) (found place, err error) {
	err = until(ctx, 20*time.Second, func() bool {
		var l struct {
			Screen  string
			Targets []place
		}
		b, err := os.ReadFile(f.layout)
		if err != nil || json.Unmarshal(b, &l) != nil || l.Screen != screen {
			return false
		}
		for _, p := range l.Targets {
			if p.Name == name || strings.HasSuffix(name, "_") && strings.HasPrefix(p.Name, name) {
				found = p
				return true
			}
		}
		return false
	})
	if err != nil {
		return found, fmt.Errorf("find %s on %s: %w", name, screen, err)
	}
	return found, nil
}

func (f *finger) tap(ctx context.Context, screen, name string) error {
	p, err := f.find(ctx, screen, name)
	if err != nil {
		return err
	}
	return f.order("mousemove %d %d click 1", int(p.X+p.W/2), int(p.Y+p.H/2))
}

// turn goes to another page and back, and gives how long it takes until other names
// are painted.
func (f *finger) turn(ctx context.Context, i int) (time.Duration, error) {
	key, err := f.find(ctx, "people", []string{"next", "previous"}[i%2])
	if err != nil {
		return 0, err
	}
	card, err := f.find(ctx, "people", "person_")
	if err != nil {
		return 0, err
	}
	if err := f.hover(ctx, key); err != nil {
		return 0, err
	}
	before, err := f.pixels(card)
	if err != nil {
		return 0, err
	}
	if err := f.order("mousedown 1"); err != nil {
		return 0, err
	}
	if err := pause(ctx, fingerStays); err != nil {
		return 0, err
	}
	began := time.Now()
	if err := f.order("mouseup 1"); err != nil {
		return 0, err
	}
	return f.changed(ctx, card, before, began)
}

// digit presses a digit of a PIN that never gets its fourth.
func (f *finger) digit(ctx context.Context, i int) (time.Duration, error) {
	if i%3 == 0 && i > 0 {
		if err := f.tap(ctx, "pin", "clear"); err != nil {
			return 0, err
		}
	}
	key, err := f.find(ctx, "pin", "digit_5")
	if err != nil {
		return 0, err
	}
	return f.press(ctx, key, key)
}

// press touches a place and gives how long it takes until what is watched has
// changed on the glass; then the finger leaves.
func (f *finger) press(ctx context.Context, at, watched place) (time.Duration, error) {
	if err := f.hover(ctx, at); err != nil {
		return 0, err
	}
	before, err := f.pixels(watched)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	if err := f.order("mousedown 1"); err != nil {
		return 0, err
	}
	took, err := f.changed(ctx, watched, before, began)
	return took, errors.Join(err, f.order("mouseup 1"))
}

// hover moves the pointer there, and waits until all that was going on is painted.
func (f *finger) hover(ctx context.Context, p place) error {
	if err := f.order("mousemove %d %d", int(p.X+p.W/2), int(p.Y+p.H/2)); err != nil {
		return err
	}
	return pause(ctx, 300*time.Millisecond)
}

// pixels gives three lines through a place.
func (f *finger) pixels(p place) ([]byte, error) {
	file, err := os.Open(f.fb)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var all []byte
	for i := 1; i <= 3; i++ {
		y := int64(p.Y + p.H*float64(i)/4)
		line := make([]byte, 4*int(p.W))
		if _, err := file.ReadAt(line, 3232+y*1280*4+4*int64(p.X)); err != nil {
			return nil, err
		}
		all = append(all, line...)
	}
	return all, nil
}

// changed waits until a place looks otherwise than before.
func (f *finger) changed(ctx context.Context, p place, before []byte, began time.Time) (time.Duration, error) {
	for {
		now, err := f.pixels(p)
		if err != nil {
			return 0, err
		}
		took := time.Since(began)
		if !bytes.Equal(now, before) {
			return took, nil
		}
		if took > 10*time.Second {
			return 0, fmt.Errorf("%s is not painted", p.Name)
		}
		if err := pause(ctx, 200*time.Microsecond); err != nil {
			return 0, err
		}
	}
}

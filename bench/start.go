package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Idle CPU is measured over idleFor, after the program has settled for settle.
const (
	settle  = 5 * time.Second
	idleFor = 20 * time.Second
	starts  = 5
)

// footprint is what one graphical program costs.
type footprint struct {
	start float64 // seconds from exec to painted pixels, median of several
	rss   float64 // MB
	cpu   float64 // % of one core
}

// benchStart compares the touchscreen with a bare Fyne window on the same
// virtual display. kioskd runs with a real roster, so the kiosk's first usable
// screen is the real one.
func benchStart(ctx context.Context) (section, error) {
	s := section{
		Title: "Touchscreen: start, memory, idle",
		Note: "From exec to painted pixels on Xvfb with software rendering, median of " + strconv.Itoa(starts) + " starts; for the kiosk: until the " +
			"Idle screen with its roster takes taps. Resident memory and idle CPU over " + idleFor.String() + " after " + settle.String() + ". The baseline is a window with a rectangle and one line of text, since whatever shows text has fonts to load.",
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
	screen, err := openScreen(ctx, dir)
	if err != nil {
		return s, err
	}
	defer screen.close()
	kiosk, bare, err := compareStarts(ctx, dir, screen)
	if err != nil {
		return s, err
	}
	s.Rows = []row{
		atMost("start to first usable screen (aim on hardware: 1.3)", kiosk.start, bare.start, 2, "s"),
		atMost("resident memory", kiosk.rss, bare.rss, 1.3, "MB"),
		atMost("idle CPU (share of one core)", kiosk.cpu, bare.cpu, 1.3, "%"),
	}
	return s, nil
}

// program is one that is started again and again. layout is the file in which
// it says what it shows; empty where it says nothing.
type program struct {
	argv   []string
	layout string
}

// ready says whether the program itself says that it is.
func (p program) ready() bool {
	if p.layout == "" {
		return true
	}
	b, err := os.ReadFile(p.layout)
	return err == nil && bytes.Contains(b, []byte(`"idle"`))
}

// compareStarts starts the kiosk and the bare window in turns, so that what else
// the machine does falls on both. The kiosk talks to a socket that answers like
// one with a full roster, so that no other program's work is in the figures.
func compareStarts(ctx context.Context, dir string, screen *screen) (kiosk, bare footprint, err error) {
	ctx, cancel := context.WithCancel(ctx)
	socket, layout := filepath.Join(dir, "s"), filepath.Join(dir, "layout.json")
	served := make(chan error, 1)
	go func() { served <- serveDoor(ctx, socket) }()
	defer func() {
		cancel()
		err = errors.Join(err, <-served)
	}()
	programs := []program{
		{[]string{"bin/kiosk", "--socket", socket, "--width-mm", "217", "--dump-layout", layout}, layout},
		{[]string{filepath.Join(dir, "bare")}, ""},
	}
	costs := make([]footprint, len(programs))
	took := make([][]time.Duration, len(programs))
	for i := range starts + 1 {
		for j, p := range programs {
			d, err := screen.once(ctx, p, i == starts, &costs[j])
			if err != nil {
				return kiosk, bare, fmt.Errorf("measure %s: %w", filepath.Base(p.argv[0]), err)
			}
			if i > 0 { // the first start reads the programs from disk
				took[j] = append(took[j], d)
			}
		}
	}
	costs[0].start, costs[1].start = percentile(took[0], 0.5), percentile(took[1], 0.5)
	return costs[0], costs[1], nil
}

// screen is a virtual display whose framebuffer is a file, so that pixels can be
// watched without asking the X server.
type screen struct {
	cmd  *exec.Cmd
	name string
	fb   string
}

func openScreen(ctx context.Context, dir string) (*screen, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	s := &screen{fb: filepath.Join(dir, "Xvfb_screen0")}
	s.cmd = exec.CommandContext(ctx, "Xvfb", "-displayfd", "3", "-screen", "0", "1280x800x24", "-fbdir", dir, "-nolisten", "tcp", "-noreset")
	s.cmd.ExtraFiles = []*os.File{w}
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start Xvfb: %w", err)
	}
	number, err := bufio.NewReader(r).ReadString('\n') // the whole line: Xvfb writes it in two parts
	if err = errors.Join(err, w.Close(), r.Close()); err != nil {
		return nil, fmt.Errorf("learn display: %w", err)
	}
	s.name = ":" + strings.TrimSpace(number)
	return s, nil
}

func (s *screen) close() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // it is ours, and may have ended
	_ = s.cmd.Wait()
}

// once starts a program, waits until it can be used, measures what it costs
// where that is asked for, and ends it.
func (s *screen) once(ctx context.Context, p program, cost bool, f *footprint) (time.Duration, error) {
	began := time.Now()
	cmd := exec.CommandContext(ctx, p.argv[0], p.argv[1:]...)
	cmd.Env = append(os.Environ(), "DISPLAY="+s.name, "LANG=C.UTF-8")
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	err := until(ctx, 30*time.Second, func() bool { return s.painted() && p.ready() })
	took := time.Since(began)
	if err == nil && cost {
		f.rss, f.cpu, err = idle(ctx, cmd.Process.Pid)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // it was killed
	if err != nil {
		return 0, err
	}
	if p.layout != "" {
		if err := os.RemoveAll(p.layout); err != nil {
			return 0, err
		}
	}
	return took, until(ctx, 10*time.Second, func() bool { return !s.painted() })
}

// painted says whether the middle of the screen is bright: the paper of the
// kiosk, the rectangle of the bare window, not yet the toolkit's own background.
func (s *screen) painted() bool {
	f, err := os.Open(s.fb)
	if err != nil {
		return false
	}
	defer f.Close()
	line := make([]byte, 1280*4)
	header := int64(3232) // an XWD header with its colour map; the exact offset within the image does not matter
	if _, err := f.ReadAt(line, header+400*1280*4); err != nil {
		return false
	}
	bright := 0
	for i := 0; i < len(line); i += 4 {
		if line[i] > 0x80 && line[i+1] > 0x80 {
			bright++
		}
	}
	return bright > 1280/2
}

// idle gives resident memory in MB and CPU in % of a core while nothing happens.
func idle(ctx context.Context, pid int) (rss, cpu float64, err error) {
	if err := pause(ctx, settle); err != nil {
		return 0, 0, err
	}
	before, err := cpuTicks(pid)
	if err != nil {
		return 0, 0, err
	}
	if err := pause(ctx, idleFor); err != nil {
		return 0, 0, err
	}
	after, err := cpuTicks(pid)
	if err != nil {
		return 0, 0, err
	}
	const ticksPerSecond = 100 // USER_HZ on Linux
	rss, err = residentMB(pid)
	return rss, float64(after-before) / ticksPerSecond / idleFor.Seconds() * 100, err
}

func cpuTicks(pid int) (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	user, err := strconv.ParseInt(f[11], 10, 64)
	if err != nil {
		return 0, err
	}
	system, err := strconv.ParseInt(f[12], 10, 64)
	return user + system, err
}

func residentMB(pid int) (float64, error) {
	kb, err := strconv.ParseFloat(strings.TrimSuffix(field(fmt.Sprintf("/proc/%d/status", pid), "VmRSS", ":"), " kB"), 64)
	return kb / 1024, err
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

func until(ctx context.Context, limit time.Duration, so func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for !so() {
		if err := pause(ctx, 2*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

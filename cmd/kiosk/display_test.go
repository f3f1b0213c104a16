package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/timepost/timepost/ui"
)

// shotsVariable names a folder that gets a screenshot of each step.
const shotsVariable = "TIMEPOST_SHOTS"

// display is a virtual X server with the real program on it.
type display struct {
	t      *testing.T
	name   string // of the panel
	number string
	layout string
	kiosk  *exec.Cmd
	mu     sync.Mutex
	events []map[string]any
	seen   chan struct{}
}

// build makes the program once, with the tags of a release.
func build(t *testing.T) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "kiosk")
	c := exec.Command("go", "build", "-tags", "x11,migrated_fynedo,no_animations,no_emoji", "-o", out, ".")
	if b, err := c.CombinedOutput(); err != nil {
		t.Fatalf("build kiosk: %v\n%s", err, b)
	}
	return out
}

// newDisplay starts Xvfb on a free display number and the program on it.
func newDisplay(t *testing.T, bin, socket, size string, widthMM int) *display {
	t.Helper()
	d := &display{t: t, name: size, layout: filepath.Join(t.TempDir(), "layout.json"), seen: make(chan struct{}, 1)}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	x := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", size+"x24", "-nolisten", "tcp")
	x.ExtraFiles = []*os.File{w}
	d.start(x)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb gave no display: %v", err)
	}
	d.number = ":" + strings.TrimSpace(line)
	d.kiosk = exec.Command(bin, "--socket", socket, "--width-mm", strconv.Itoa(widthMM), "--log-format", "json", "--dump-layout", d.layout)
	d.kiosk.Env = append(os.Environ(), "DISPLAY="+d.number, "LIBGL_ALWAYS_SOFTWARE=1", "HOME="+t.TempDir())
	log, err := d.kiosk.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	d.start(d.kiosk)
	go d.read(log)
	return d
}

// start runs a program until the test ends.
func (d *display) start(c *exec.Cmd) {
	d.t.Helper()
	if err := c.Start(); err != nil {
		d.t.Fatalf("start %s: %v (apt-get install xvfb xdotool libgl1-mesa-dri)", c.Path, err)
	}
	d.t.Cleanup(func() {
		if err := c.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			d.t.Error(err)
		}
		var exit *exec.ExitError
		if err := c.Wait(); err != nil && !errors.As(err, &exit) {
			d.t.Errorf("wait for %s: %v", c.Path, err)
		}
	})
}

// read takes the program's events in.
func (d *display) read(log io.Reader) {
	for s := bufio.NewScanner(log); s.Scan(); {
		var e map[string]any
		if json.Unmarshal(s.Bytes(), &e) != nil {
			e = map[string]any{"msg": "unreadable", "line": s.Text()}
		}
		d.mu.Lock()
		d.events = append(d.events, e)
		d.mu.Unlock()
		select {
		case d.seen <- struct{}{}:
		default:
		}
	}
}

// event waits until the n-th event of that message (with that screen) came.
func (d *display) event(n int, msg, screen string) {
	d.t.Helper()
	limit := time.After(20 * time.Second)
	for {
		if d.countEvents(msg, screen) >= n {
			return
		}
		select {
		case <-d.seen:
		case <-limit:
			d.shot("failed")
			d.mu.Lock()
			defer d.mu.Unlock()
			d.t.Fatalf("no %s %s (%d); events: %v", msg, screen, n, d.events)
		}
	}
}

func (d *display) countEvents(msg, screen string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, e := range d.events {
		if e["msg"] == msg && (screen == "" || e["screen"] == screen) {
			n++
		}
	}
	return n
}

// target waits until something can be tapped and gives its middle in pixels.
func (d *display) target(screen, name string) (x, y int) {
	d.t.Helper()
	var last string
	for deadline := time.Now().Add(15 * time.Second); time.Now().Before(deadline); {
		b, err := os.ReadFile(d.layout)
		last = string(b)
		var l struct {
			Screen  string
			Targets []ui.Target
		}
		if err != nil || json.Unmarshal(b, &l) != nil || l.Screen != screen {
			d.wait(10 * time.Millisecond) // another process writes the file
			continue
		}
		for _, k := range l.Targets {
			if k.Name == name {
				return int(k.X + k.W/2), int(k.Y + k.H/2)
			}
		}
		d.wait(10 * time.Millisecond)
	}
	d.shot("failed")
	d.t.Fatalf("no %q on %s; layout: %s", name, screen, last)
	return 0, 0
}

// tap moves the pointer and presses at once, as a finger does.
func (d *display) tap(screen string, names ...string) {
	d.t.Helper()
	for _, n := range names {
		x, y := d.target(screen, n)
		d.do("xdotool", "mousemove", fmt.Sprint(x), fmt.Sprint(y), "click", "1")
	}
}

func (d *display) do(name string, args ...string) {
	d.t.Helper()
	c := exec.Command(name, args...)
	c.Env = append(os.Environ(), "DISPLAY="+d.number)
	if b, err := c.CombinedOutput(); err != nil {
		d.t.Fatalf("%s: %v\n%s", name, err, b)
	}
}

// shot keeps a screenshot when asked to.
func (d *display) shot(name string) {
	dir := os.Getenv(shotsVariable)
	if dir == "" {
		return
	}
	d.wait(300 * time.Millisecond) // let the frame reach the glass
	d.do("import", "-window", "root", filepath.Join(dir, d.name+"-"+name+".png"))
}

// wait gives other processes time.
func (d *display) wait(pause time.Duration) {
	select {
	case <-d.t.Context().Done():
	case <-time.After(pause):
	}
}

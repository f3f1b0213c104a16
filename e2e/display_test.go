package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// display is a virtual X server with the real touchscreen on it, pressed by real
// pointer events. What is asserted is what the program says: its events and its
// layout file; pictures are kept for people.
type display struct {
	panel  string
	number string
	layout string
	proc   *process
	shots  int
	dir    string
	argv   []string // of the touchscreen
	said   followed
}

// newDisplay starts Xvfb on a free display and the touchscreen on it.
func newDisplay(t *testing.T, socket, size, widthMM string) *display {
	t.Helper()
	return newDisplayOf(t, bin(t, "kiosk"), socket, size, widthMM)
}

// newDisplayOf is newDisplay with another build of the touchscreen.
func newDisplayOf(t *testing.T, kiosk, socket, size, widthMM string, extra ...string) *display {
	t.Helper()
	dir := shortDir(t)
	number := filepath.Join(dir, "display")
	// Xvfb finds a free display itself and tells it on a file descriptor.
	start(t, dir, "xvfb", nil, "/bin/sh", "-c", `exec Xvfb -displayfd 3 -screen 0 "$1"x24 -nolisten tcp -dpi 96 3>"$0"`, number, size)
	d := &display{panel: size, layout: filepath.Join(dir, "layout.json"), dir: dir}
	d.argv = append([]string{kiosk, "--socket", socket, "--size", size, "--width-mm", widthMM, "--log-format", "json", "--dump-layout", d.layout}, extra...)
	eventually(t, 20*time.Second, "Xvfb is there (apt-get install xvfb)", func() bool {
		b, err := os.ReadFile(number)
		d.number = ":" + strings.TrimSpace(string(b))
		return err == nil && bytes.HasSuffix(b, []byte("\n"))
	})
	d.up(t)
	return d
}

// up starts the touchscreen, again where it has ended.
func (d *display) up(t *testing.T) {
	t.Helper()
	d.proc = start(t, d.dir, "kiosk", []string{"DISPLAY=" + d.number, "LIBGL_ALWAYS_SOFTWARE=1", "HOME=" + d.dir, "LANG=C.UTF-8"}, d.argv...)
}

// event waits until the program has told n times of something: every part of
// what must be in the event's line.
func (d *display) event(t *testing.T, n int, parts ...string) {
	t.Helper()
	eventually(t, 30*time.Second, fmt.Sprintf("%v, %d times", parts, n), func() bool { return d.events(parts...) >= n })
}

func (d *display) events(parts ...string) int {
	n := 0
	for _, line := range d.said.all(d.proc.log) {
		if !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(line, p) }) {
			n++
		}
	}
	return n
}

// followed is a log that grows: of a long day nothing is read twice.
type followed struct {
	path  string
	read  int64 // up to here, the end of a line
	lines []string
}

// all gives the log's whole lines.
func (f *followed) all(path string) []string {
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer file.Close()
	if at, err := file.Stat(); f.path != path || err != nil || at.Size() < f.read {
		*f = followed{path: path}
	}
	b, err := io.ReadAll(io.NewSectionReader(file, f.read, 1<<40))
	if err != nil {
		return f.lines
	}
	b = b[:bytes.LastIndexByte(b, '\n')+1]
	f.read += int64(len(b))
	for line := range strings.Lines(string(b)) {
		f.lines = append(f.lines, line)
	}
	return f.lines
}

// shown waits until a screen is shown for the n-th time, and keeps a picture.
func (d *display) shown(t *testing.T, n int, screen string) {
	t.Helper()
	d.event(t, n, `"msg":"screen_shown"`, `"screen":"`+screen+`"`)
	// It takes touches a moment later, and is painted by then.
	eventually(t, 20*time.Second, screen+" takes touches", func() bool {
		return len(d.now(screen)) > 0 || d.events(`"msg":"screen_shown"`) > n && d.now(screen) == nil
	})
	d.picture(t, screen)
}

// target is something that can be tapped now.
type target struct {
	Name       string
	X, Y, W, H float64
}

func (g target) middle() []string {
	return []string{fmt.Sprint(int(g.X + g.W/2)), fmt.Sprint(int(g.Y + g.H/2))}
}

// now reads what can be tapped on a screen; nil: another one is shown.
func (d *display) now(screen string) []target {
	b, err := os.ReadFile(d.layout)
	var l struct {
		Screen  string
		Targets []target
	}
	if err != nil || json.Unmarshal(b, &l) != nil || l.Screen != screen {
		return nil
	}
	return l.Targets
}

// find waits until a target with that name, or a name that begins with it, can
// be tapped.
func (d *display) find(t *testing.T, screen, name string) target {
	t.Helper()
	var found target
	eventually(t, 20*time.Second, name+" can be tapped on "+screen, func() bool {
		all := d.now(screen)
		i := slices.IndexFunc(all, func(g target) bool { return g.Name == name })
		if i < 0 {
			i = slices.IndexFunc(all, func(g target) bool { return strings.HasSuffix(name, "_") && strings.HasPrefix(g.Name, name) })
		}
		if i >= 0 {
			found = all[i]
		}
		return i >= 0
	})
	return found
}

// tap jumps to each target and presses at once, as a finger does: there is no
// time between the jump and the press.
func (d *display) tap(t *testing.T, screen string, names ...string) {
	t.Helper()
	var args []string
	for _, n := range names {
		args = append(append(args, "mousemove"), d.find(t, screen, n).middle()...)
		args = append(args, "click", "1")
	}
	d.do(t, "xdotool", args...)
}

// typed types on the on-screen keyboard, changing its layer where it has to.
func (d *display) typed(t *testing.T, screen, text string) {
	t.Helper()
	d.find(t, screen, "key_erase")
	for _, c := range text {
		key := "key_" + string(c)
		has := func() bool { return slices.ContainsFunc(d.now(screen), func(g target) bool { return g.Name == key }) }
		if !has() {
			d.tap(t, screen, "key_layer")
		}
		d.tap(t, screen, key)
	}
}

// picture keeps what the screen shows now in build/pictures.
func (d *display) picture(t *testing.T, name string) {
	t.Helper()
	dir := filepath.Join("..", "build", "pictures")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	d.shots++
	d.do(t, "import", "-silent", "-window", "root", filepath.Join(dir, fmt.Sprintf("%s-%02d-%s.png", d.panel, d.shots, name)))
}

func (d *display) do(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), "DISPLAY="+d.number)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

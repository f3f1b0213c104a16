package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

func (w *demoWorld) kioskDir() string { return filepath.Join(w.cmd.Data, "kiosk") }

// socket lives in the data folder unless that path is longer than a socket's
// may be (108 bytes on Linux).
func (w *demoWorld) socket() string {
	path := filepath.Join(w.kioskDir(), "kioskd.sock")
	if len(path) < 100 {
		return path
	}
	return filepath.Join(os.TempDir(), fmt.Sprintf("timepost-demo-%d.sock", os.Getpid()))
}

// startKiosk enrols the kiosk on the first run, starts its daemon and waits
// until the roster is on its disk.
func (w *demoWorld) startKiosk(ctx context.Context) error {
	if !w.state.Enrolled {
		if err := w.enrol(ctx); err != nil {
			return err
		}
	}
	err := w.crew.keep("kioskd", nil, filepath.Join(w.bin, "kioskd"), "run", "--data", w.kioskDir(), "--socket", w.socket())
	if err != nil {
		return err
	}
	daemon := local.Dial(w.socket())
	return waitFor(ctx, readyIn, func() bool {
		s, err := daemon.State(ctx)
		return err == nil && s.Enrolled && s.People > 0
	})
}

func (w *demoWorld) enrol(ctx context.Context) error {
	c, err := w.client()
	if err != nil {
		return err
	}
	defer c.Close()
	if err := os.RemoveAll(w.kioskDir()); err != nil {
		return fmt.Errorf("begin again: %w", err)
	}
	code, err := c.ReplacementCode(ctx, w.state.Kiosk)
	if err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, filepath.Join(w.bin, "kioskd"), "enrol", "--data", w.kioskDir(), code.URL).CombinedOutput()
	if err != nil {
		return fmt.Errorf("kioskd enrol: %w: %s", err, bytes.TrimSpace(out))
	}
	w.state.Enrolled = true
	return w.state.save()
}

// display is where the touchscreen shows: an X11 display, ours or the user's.
type display struct {
	name string
	own  bool
	shot string // the screenshot that is kept current, where the display is our own
}

// startScreen opens the touchscreen, on an invisible display where there is no
// other or none is wanted.
func (w *demoWorld) startScreen(ctx context.Context) error {
	w.display = display{name: os.Getenv("DISPLAY")}
	if w.display.name == "" || w.cmd.Headless {
		if err := w.startXvfb(ctx); err != nil {
			return err
		}
	}
	layout := filepath.Join(w.cmd.Data, "layout.json")
	if err := os.RemoveAll(layout); err != nil {
		return fmt.Errorf("forget old layout: %w", err)
	}
	args := []string{filepath.Join(w.bin, "kiosk"), "--socket", w.socket(), "--width-mm", fmt.Sprint(w.cmd.WidthMM), "--dump-layout", layout}
	if !w.display.own {
		args = append(args, "--windowed", "--size", w.cmd.Size)
	}
	if err := w.crew.keep("kiosk", []string{"DISPLAY=" + w.display.name, "LANG=C.UTF-8"}, args...); err != nil {
		return err
	}
	err := waitFor(ctx, readyIn, func() bool {
		_, err := os.Stat(layout)
		return err == nil
	})
	if err != nil || !w.display.own {
		return err
	}
	return w.keepScreenshot(ctx)
}

func (w *demoWorld) startXvfb(ctx context.Context) error {
	if _, err := exec.LookPath("Xvfb"); err != nil {
		return problem.New(problem.NotFound, "There is no display, and Xvfb is not installed.",
			"Install it: apt-get install xvfb, or start the demo on a desktop.").Because(err)
	}
	number := filepath.Join(w.cmd.Data, "display")
	// Xvfb picks a free display and tells it on a file descriptor; a shell hands
	// it one, because a restarted Xvfb must write the file anew.
	script := fmt.Sprintf(`exec Xvfb -displayfd 3 -screen 0 %sx24 -nolisten tcp -dpi 96 3>"$0"`, w.cmd.Size)
	if err := os.RemoveAll(number); err != nil {
		return fmt.Errorf("forget old display: %w", err)
	}
	if err := w.crew.keep("xvfb", nil, "/bin/sh", "-c", script, number); err != nil {
		return err
	}
	w.display = display{own: true, shot: filepath.Join(w.cmd.Data, "kiosk.png")}
	return waitFor(ctx, 20*time.Second, func() bool {
		b, err := os.ReadFile(number)
		if err != nil || !bytes.HasSuffix(b, []byte("\n")) {
			return false
		}
		w.display.name = ":" + strings.TrimSpace(string(b))
		return true
	})
}

// keepScreenshot renews the picture of an invisible screen every 2 s.
func (w *demoWorld) keepScreenshot(ctx context.Context) error {
	if _, err := exec.LookPath("import"); err != nil {
		fmt.Fprintln(w.out.err, "  (no screenshots: ImageMagick is not installed)")
		w.display.shot = ""
		return nil
	}
	const script = `while :; do import -silent -window root -quality 30 "png:$0.new" && mv "$0.new" "$0"; sleep 2; done`
	if err := w.crew.keep("screenshot", []string{"DISPLAY=" + w.display.name}, "/bin/sh", "-c", script, w.display.shot); err != nil {
		return err
	}
	return waitFor(ctx, 20*time.Second, func() bool {
		_, err := os.Stat(w.display.shot)
		return err == nil
	})
}

// info is the file of --info.
type info struct {
	Central   string       `json:"central_url"`
	CAFile    string       `json:"ca_file"`
	Token     string       `json:"api_token"`
	Email     string       `json:"owner_email"`
	Password  string       `json:"owner_password"`
	Kiosk     string       `json:"kiosk_id"`
	Socket    string       `json:"kiosk_socket"`
	Display   string       `json:"display"`
	Layout    string       `json:"layout_file"`
	People    []demoPerson `json:"people"`
	Universal string       `json:"universal_pin"`
}

func (w *demoWorld) writeInfo() error {
	return writeJSON(w.cmd.Info, info{
		Central: w.web(), CAFile: w.caFile(), Token: w.state.Token, Email: w.state.Email, Password: w.state.Password,
		Kiosk: w.state.Kiosk, Socket: w.socket(), Display: w.display.name, Layout: filepath.Join(w.cmd.Data, "layout.json"),
		People: w.state.People, Universal: w.state.Universal,
	})
}

// banner tells a person where everything is and what to try.
func (w *demoWorld) banner() {
	o := w.out.out
	fmt.Fprintf(o, "\nTimepost is running.\n\n")
	if w.display.own {
		fmt.Fprintf(o, "  Touchscreen  on an invisible display %s", w.display.name)
		if w.display.shot != "" {
			fmt.Fprintf(o, "; its picture, kept current: %s", w.display.shot)
		}
		fmt.Fprintln(o)
	} else {
		fmt.Fprintln(o, "  Touchscreen  the window that has opened")
	}
	fmt.Fprintf(o, "  Web pages    %s  (authority: %s)\n", w.web(), w.caFile())
	fmt.Fprintf(o, "  Log in as    %s  password %s\n\n", w.state.Email, w.state.Password)
	w.somePeople(o)
	fmt.Fprintf(o, "  Anyone but owners and admins: Universal PIN %s\n\n", w.state.Universal)
	fmt.Fprintln(o, "  See punches  export TIMEPOST_SERVER="+w.web()+" TIMEPOST_CA="+w.caFile())
	fmt.Fprintln(o, "               export TIMEPOST_TOKEN="+w.state.Token)
	fmt.Fprintln(o, "               "+filepath.Join(w.bin, "fleet")+" punches --follow")
	fmt.Fprintf(o, "\n  Logs are in %s. Ctrl-C stops everything.\n", filepath.Join(w.cmd.Data, "log"))
}

func (w *demoWorld) somePeople(o io.Writer) {
	fmt.Fprintln(o, "  Try these people at the touchscreen:")
	shown := map[string]int{}
	for _, p := range w.state.People {
		if shown[p.Role] == 2 {
			continue
		}
		shown[p.Role]++
		fmt.Fprintf(o, "    %-24s %-8s PIN %s\n", p.Name, p.Role, p.PIN)
	}
	fmt.Fprintln(o)
}

package hw

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Inputs is where the kernel shows its input devices.
type Inputs struct {
	Dev  string                                   // the nodes; empty: /dev/input
	Sys  string                                   // what they are; empty: /sys/class/input
	Open func(path string) (io.ReadCloser, error) // nil: evdev, and for nobody else meanwhile
}

// RecordedInputs gives inputs that lie below a folder, nodes in dev and what they are
// in sys, whose streams need be no devices: a pipe that a recording is written to.
func RecordedInputs(dir string) Inputs {
	return Inputs{
		Dev: filepath.Join(dir, "dev"), Sys: filepath.Join(dir, "sys"),
		Open: func(path string) (io.ReadCloser, error) {
			return os.OpenFile(path, os.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0) // for writing too: it never ends
		},
	}
}

// input is one input device.
type input struct {
	node string // eventN
	made int64  // when its node was made: another device may get the same node later
	id   string // vendor:product, four hexadecimal digits each
	name string // as it calls itself
	keys bool   // it has the keys that a card's number needs
}

func (in Inputs) dev() string { return orElse(in.Dev, "/dev/input") }
func (in Inputs) sys() string { return orElse(in.Sys, "/sys/class/input") }

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// list gives the input devices there are. known is what list gave before: of these
// nothing is read again.
func (in Inputs) list(known map[string]input) (map[string]input, error) {
	nodes, err := os.ReadDir(in.dev())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list inputs: %w", err)
	}
	out := map[string]input{}
	for _, n := range nodes {
		info, err := n.Info()
		if err != nil || !strings.HasPrefix(n.Name(), "event") {
			continue // gone meanwhile, or a device of another kind
		}
		made := info.ModTime().UnixNano()
		if k, ok := known[n.Name()]; ok && k.made == made {
			out[n.Name()] = k
			continue
		}
		if one, ok := in.describe(n.Name()); ok {
			one.made = made
			out[n.Name()] = one
		}
	}
	return out, nil
}

// describe reads what a device is. One that says nothing of itself is none.
func (in Inputs) describe(node string) (input, bool) {
	at := filepath.Join(in.sys(), node, "device")
	vendor, product := line(at, "id", "vendor"), line(at, "id", "product")
	if vendor == "" || product == "" {
		return input{}, false
	}
	return input{
		node: node, id: strings.ToLower(vendor + ":" + product), name: line(at, "name"),
		keys: hasKeys(line(at, "capabilities", "key")),
	}, true
}

func line(parts ...string) string {
	b, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// hasKeys says whether a device has the digits and Enter, by the bits that the
// kernel prints in words, the highest first.
func hasKeys(bits string) bool {
	words := strings.Fields(bits)
	has := func(code int) bool {
		n := len(words) - 1 - code/strconv.IntSize
		if n < 0 {
			return false
		}
		w, err := strconv.ParseUint(words[n], 16, strconv.IntSize)
		return err == nil && w>>(code%strconv.IntSize)&1 == 1
	}
	for code := 2; code <= 11; code++ { // 1 to 0
		if !has(code) {
			return false
		}
	}
	return has(keyEnter)
}

// open opens a device's stream of events.
func (in Inputs) open(node string) (io.ReadCloser, error) {
	path := filepath.Join(in.dev(), node)
	if in.Open != nil {
		return in.Open(path)
	}
	return openGrabbed(path)
}

// grab is EVIOCGRAB of linux/input.h, _IOW('E', 0x90, int).
const grab = 0x40044590

// openGrabbed opens an evdev device so that its events come to us alone. A read
// that waits ends when the file is closed.
func openGrabbed(path string) (io.ReadCloser, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	var held error
	if err := raw.Control(func(fd uintptr) { held = unix.IoctlSetInt(int(fd), grab, 1) }); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if held != nil {
		return nil, errors.Join(fmt.Errorf("grab %s: %w", path, held), f.Close())
	}
	return f, nil
}

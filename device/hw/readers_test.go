package hw_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timepost/timepost/attendance/badge"
	"github.com/timepost/timepost/device/hw"
	"github.com/timepost/timepost/internal/problem"
)

// keyboardBits is capabilities/key of a USB keyboard.
const keyboardBits = "10000 7 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe"

// plugs is a machine's input devices: nodes and descriptions are real files, what
// the nodes say is the test's.
type plugs struct {
	t        *testing.T
	dev, sys string

	mu      sync.Mutex
	denied  bool
	streams map[string]*io.PipeWriter // of the opened nodes
}

func newPlugs(t *testing.T) *plugs {
	return &plugs{t: t, dev: t.TempDir(), sys: t.TempDir(), streams: map[string]*io.PipeWriter{}}
}

func (p *plugs) inputs() hw.Inputs {
	return hw.Inputs{Dev: p.dev, Sys: p.sys, Open: func(path string) (io.ReadCloser, error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.denied {
			return nil, os.ErrPermission
		}
		r, w := io.Pipe()
		p.streams[filepath.Base(path)] = w
		return r, nil
	}}
}

func (p *plugs) write(content string, parts ...string) {
	p.t.Helper()
	path := filepath.Join(parts...)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content+"\n"), 0o600)); err != nil {
		p.t.Fatal(err)
	}
}

func (p *plugs) plug(node, vendor, product, name, bits string) {
	p.t.Helper()
	at := filepath.Join(p.sys, node, "device")
	p.write(vendor, at, "id", "vendor")
	p.write(product, at, "id", "product")
	p.write(name, at, "name")
	p.write(bits, at, "capabilities", "key")
	p.write("", p.dev, node)
}

func (p *plugs) unplug(node string) {
	p.t.Helper()
	if err := errors.Join(os.Remove(filepath.Join(p.dev, node)), os.RemoveAll(filepath.Join(p.sys, node))); err != nil {
		p.t.Fatal(err)
	}
	if w := p.stream(node); w != nil {
		_ = w.CloseWithError(errors.New("no such device"))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.streams, node)
}

func (p *plugs) stream(node string) *io.PipeWriter {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.streams[node]
}

func (p *plugs) deny(denied bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.denied = denied
}

// hold holds a card to the device at node.
func (p *plugs) hold(node, card string) {
	p.t.Helper()
	w := p.stream(node)
	if w == nil {
		p.t.Fatalf("%s is not open", node)
	}
	play(w, recording(p.t, card))
	time.Sleep(time.Second)
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// running gives Readers that run until the test ends, in its bubble.
func running(t *testing.T, p *plugs, path string) (*hw.Readers, *hw.ReaderFile) {
	t.Helper()
	file := hw.OpenReaderFile(path, quiet())
	r := hw.NewReaders(p.inputs(), file, quiet())
	done := make(chan error, 1)
	go func() { done <- r.Run(t.Context()) }()
	t.Cleanup(func() {
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return r, file
}

func read(t *testing.T, r *hw.Readers, want string) {
	t.Helper()
	select {
	case got := <-r.Reads():
		if got.Text != want {
			t.Errorf("read %q, want %q", got.Text, want)
		}
	default:
		t.Errorf("nothing read, want %q", want)
	}
}

func TestReadersComeAndGo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, path := newPlugs(t), filepath.Join(t.TempDir(), "readers.json")
		p.write(`[{"id": "08FF:0009", "format": "decimal"}]`, path)
		p.plug("event0", "04d9", "1702", "A keyboard", keyboardBits)
		r, _ := running(t, p, path)
		after := func() { time.Sleep(2 * time.Second) }
		after()
		if p.stream("event0") != nil || r.Attached("08ff:0009") {
			t.Error("a keyboard was taken for a reader")
		}
		p.deny(true)
		p.plug("event1", "08ff", "0009", "Sycreader", keyboardBits)
		after()
		if r.Attached("08ff:0009") {
			t.Error("attached though it can't be opened")
		}
		p.deny(false)
		after()
		p.hold("event1", "decimal-enter")
		read(t, r, "0010693503")
		p.unplug("event1")
		after()
		if r.Attached("08ff:0009") {
			t.Error("attached though it is gone")
		}
		p.plug("event0", "08ff", "0009", "Sycreader", keyboardBits) // in place of the keyboard
		p.plug("event3", "08ff", "0009", "Sycreader", keyboardBits)
		after()
		p.hold("event0", "keypad")
		p.hold("event3", "hex-silence")
		read(t, r, "0010693503")
		read(t, r, "04a32b7f")
		read(t, r, "04a32b80")
	})
}

func TestAReaderIsLearntByACard(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, path := newPlugs(t), filepath.Join(t.TempDir(), "readers.json")
		p.plug("event0", "04d9", "1702", "A keyboard", keyboardBits)
		p.plug("event1", "ffff", "0035", "RFID Reader", keyboardBits)
		p.plug("event2", "0001", "0001", "Power Button", "10000000000000 0")
		r, file := running(t, p, path)
		learnt := make(chan hw.Reader, 1)
		go func() {
			one, err := r.Learn(t.Context())
			if err != nil {
				t.Error(err)
			}
			learnt <- one
		}()
		synctest.Wait()
		if p.stream("event2") != nil {
			t.Error("a button was taken for a keyboard")
		}
		p.hold("event0", "person")
		select {
		case one := <-learnt:
			t.Fatalf("learnt from a person who types: %+v", one)
		default:
		}
		p.hold("event1", "hex-silence")
		want := hw.Reader{ID: "ffff:0035", Name: "RFID Reader", Transform: badge.Transform{Format: badge.Hex}}
		if one := <-learnt; one != want {
			t.Errorf("learnt %+v", one)
		}
		if all := hw.OpenReaderFile(path, quiet()).All(); len(all) != 1 || all[0] != want || len(file.All()) != 1 {
			t.Errorf("kept %+v", all)
		}
		time.Sleep(2 * time.Second)
		p.hold("event1", "decimal-enter")
		read(t, r, "0010693503")
	})
}

func TestNoCardTeachesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlugs(t)
		r, file := running(t, p, filepath.Join(t.TempDir(), "readers.json"))
		if _, err := r.Learn(t.Context()); !problem.Is(err, problem.NotFound) {
			t.Error("nothing plugged in:", err)
		}
		p.plug("event0", "04d9", "1702", "A keyboard", keyboardBits)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		if _, err := r.Learn(ctx); !problem.Is(err, problem.Expired) || len(file.All()) != 0 {
			t.Error("no card:", err, file.All())
		}
	})
}

func TestTheReaderFileMayBeEditedWhileTheKioskRuns(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "readers.json")
	f := hw.OpenReaderFile(path, quiet())
	if len(f.All()) != 0 {
		t.Error("readers from nowhere")
	}
	if err := f.Put(hw.Reader{ID: "08FF:0009", Transform: badge.Transform{Reverse: true, Bytes: 3}}); err != nil {
		t.Fatal(err)
	}
	if err := f.Put(hw.Reader{ID: "ffff:0035"}); err != nil {
		t.Fatal(err)
	}
	if err := f.Put(hw.Reader{ID: "08ff:0009", Transform: badge.Transform{Format: badge.Text}}); err != nil || len(f.All()) != 2 {
		t.Fatal(err, f.All())
	}
	for _, wrong := range []hw.Reader{{ID: "x"}, {ID: "08ff:0009", Transform: badge.Transform{Format: "octal"}}} {
		if err := f.Put(wrong); !problem.Is(err, problem.Invalid) {
			t.Error(wrong, err)
		}
	}
	if err := f.Remove("08ff:0009"); err != nil || len(f.All()) != 1 {
		t.Error(err, f.All())
	}
	if err := f.Remove("08ff:0009"); !problem.Is(err, problem.NotFound) {
		t.Error(err)
	}
	for _, edited := range []string{`[{"id": "nonsense"}]`, `{`} {
		if err := os.WriteFile(path, []byte(edited), 0o600); err != nil {
			t.Fatal(err)
		}
		if len(f.All()) != 1 {
			t.Errorf("%s: what was known is lost", edited)
		}
	}
	if err := os.WriteFile(path, []byte(`[{"id":"1234:ABCD","format":"wiegand"}]`), 0o600); err != nil {
		t.Fatal(err)
	}
	if all := f.All(); len(all) != 1 || all[0].ID != "1234:abcd" || all[0].Format != badge.Wiegand {
		t.Errorf("%+v", all)
	}
}

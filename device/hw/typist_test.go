package hw_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/device/hw"
)

// moment is one event of a recording: what the kernel hands out, and when.
type moment struct {
	at  time.Duration
	raw []byte
}

// recording reads a file in the format of evemu: E: seconds type code value.
func recording(t testing.TB, name string) []moment {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name+".events"))
	if err != nil {
		t.Fatal(err)
	}
	var out []moment
	for lines := bufio.NewScanner(bytes.NewReader(b)); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		var sec, usec int64
		var typ, code uint16
		var value int32
		if _, err := fmt.Sscanf(lines.Text(), "E: %d.%d %x %x %d", &sec, &usec, &typ, &code, &value); err != nil {
			t.Fatalf("%s: %q: %v", name, lines.Text(), err)
		}
		raw := binary.NativeEndian.AppendUint64(nil, uint64(sec))
		raw = binary.NativeEndian.AppendUint64(raw, uint64(usec))
		raw = binary.NativeEndian.AppendUint16(raw, typ)
		raw = binary.NativeEndian.AppendUint16(raw, code)
		raw = binary.NativeEndian.AppendUint32(raw, uint32(value))
		out = append(out, moment{time.Duration(sec)*time.Second + time.Duration(usec)*time.Microsecond, raw})
	}
	return out
}

// play writes a recording at its own pace: in a bubble of synctest, where the clock
// is a fake one. It gives up when nobody reads any more.
func play(w io.Writer, r []moment) {
	var at time.Duration
	for _, m := range r {
		time.Sleep(m.at - at)
		at = m.at
		if _, err := w.Write(m.raw); err != nil {
			return
		}
	}
}

func TestRecordingsAreReadAsTheirCards(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"decimal-enter": {"0010693503"},
		"hex-silence":   {"04a32b7f", "04a32b80"},
		"hex-shift-tab": {";04A32B7F?"},
		"keypad":        {"0010693503"},
		"two-cards":     {"0010693503", "0010693504"},
		"garbage":       {"0010693503"},
		"key-repeat":    {"0010693503"},
		"lost-events":   {"0010693503"},
		"person":        {"1", "2", "3", "4"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			moments := recording(t, name)
			synctest.Test(t, func(t *testing.T) {
				r, w := io.Pipe()
				go func() {
					play(w, moments)
					time.Sleep(time.Second)
					_ = w.Close()
				}()
				var got []string
				if err := hw.Typed(t.Context(), r, func(text string) { got = append(got, text) }); err != nil {
					t.Error(err)
				}
				if d := cmp.Diff(want, got); d != "" {
					t.Error(d)
				}
			})
		})
	}
}

func TestAReadEndsAHundredMillisecondsAfterItsLastKey(t *testing.T) {
	t.Parallel()
	moments := recording(t, "decimal-enter")
	moments = moments[:len(moments)-6] // without Enter
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		defer w.Close() //nolint:errcheck // a pipe
		go play(w, moments)
		last := time.Now().Add(moments[len(moments)-1].at)
		ctx, cancel := context.WithCancel(t.Context())
		context.AfterFunc(ctx, func() { _ = r.Close() })
		err := hw.Typed(ctx, r, func(text string) {
			if waited := time.Since(last); text != "0010693503" || waited != hw.Silence {
				t.Errorf("%q after %v", text, waited)
			}
			cancel()
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestACardThatADeviceTakesWithItIsNone(t *testing.T) {
	t.Parallel()
	gone := errors.New("no such device")
	moments := recording(t, "decimal-enter")
	for _, cut := range []int{24 * 5, 24*5 + 7} {
		synctest.Test(t, func(t *testing.T) {
			var raw []byte
			for _, m := range moments {
				raw = append(raw, m.raw...)
			}
			r, w := io.Pipe()
			go func() {
				_, _ = w.Write(raw[:cut])
				_ = w.CloseWithError(gone)
			}()
			err := hw.Typed(t.Context(), r, func(text string) { t.Errorf("read %q", text) })
			if !errors.Is(err, gone) {
				t.Error(err)
			}
		})
	}
}

func FuzzTyped(f *testing.F) {
	for _, name := range []string{"decimal-enter", "garbage", "hex-shift-tab", "lost-events"} {
		var raw []byte
		for _, m := range recording(f, name) {
			raw = append(raw, m.raw...)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		err := hw.Typed(t.Context(), bytes.NewReader(raw), func(text string) {
			if text == "" || len(text) > 64 || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Errorf("read %q", text)
			}
		})
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Error(err)
		}
	})
}

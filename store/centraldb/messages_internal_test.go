package centraldb

import (
	"strconv"
	"strings"
	"testing"
)

// Whatever a kiosk calls a message, only names that were given are taken, and what is
// kept of one is short and leads back to it.
func FuzzReadName(f *testing.F) {
	for _, s := range []string{"answer-1", "note-7", "note-7.p-3", "note-7.a.b", "answer-01", "answer-", "note--1", "note-9223372036854775808", "x-1", ".", "answer-1.\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, message string) {
		prefix, id, name, ok := readName(message)
		if !ok {
			return
		}
		if name != prefix+strconv.FormatInt(id, 10) || id <= 0 || !strings.HasPrefix(message, name) || len(name) > 30 {
			t.Fatalf("%q: %q %d %q", message, prefix, id, name)
		}
		if _, again, _, ok := readName(name); !ok || again != id {
			t.Fatalf("%q does not lead back", name)
		}
	})
}

func TestReadName(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]int64{"answer-1": 1, "note-7.p-3": 7, "answer-01": 0, "note-0": 0, "note-": 0, "x-1": 0} {
		if _, id, _, ok := readName(message); ok != (want != 0) || ok && id != want {
			t.Errorf("%q: %d %v", message, id, ok)
		}
	}
}

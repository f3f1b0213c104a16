package fleet_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/internal/problem"
)

func wrapping(t testing.TB) fleet.Wrapping {
	t.Helper()
	w, err := fleet.NewWrapping()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestAWrappedDataKeyOpensOnlyWhereItBelongs(t *testing.T) {
	t.Parallel()
	w, other, data := wrapping(t), wrapping(t), [32]byte{4, 0, 7, 1}
	text, err := w.Wrap("acme", data)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := w.Unwrap("acme", text); err != nil || got != data {
		t.Fatal(err)
	}
	again, err := w.Wrap("acme", data)
	if err != nil || again == text {
		t.Error("a nonce was used twice", err)
	}
	parts := strings.Split(text, ".")
	last := "0"
	if strings.HasSuffix(text, last) {
		last = "1"
	}
	for name, c := range map[string]struct {
		w         fleet.Wrapping
		org, text string
	}{
		"another key":          {other, "acme", text},
		"another organisation": {w, "other", text},
		"another id":           {w, "acme", parts[0] + ".0000000000000000." + parts[2]},
		"altered":              {w, "acme", text[:len(text)-1] + last},
		"cut":                  {w, "acme", text[:len(text)-2]},
		"nothing":              {w, "acme", ""},
	} {
		if got, err := c.w.Unwrap(c.org, c.text); !problem.Is(err, problem.Damaged) || got != ([32]byte{}) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheKeyThatTheDatabaseNamesIsTaken(t *testing.T) {
	t.Parallel()
	dir, given := filepath.Join(t.TempDir(), "keys"), wrapping(t)
	given.From = "a credential"
	if _, err := fleet.CreateKeys(dir, "acme", epoch()); err != nil {
		t.Fatal(err)
	}
	keys, err := fleet.OpenKeys(dir, given)
	if err != nil {
		t.Fatal(err)
	}
	text, err := keys.NewData(given)
	if err != nil {
		t.Fatal(err)
	}
	want := keys.Data
	if err := keys.Unlock(text); err != nil || keys.Data != want || keys.Wrapping.From != "a credential" || keys.InFolder() || keys.Bare {
		t.Fatal(keys.Wrapping.From, err)
	}
	if keys, err = fleet.OpenKeys(dir); err != nil {
		t.Fatal(err)
	}
	if err := keys.Unlock(text); !problem.Is(err, problem.Untrusted) {
		t.Error("opened without the key", err)
	}
	if err := keys.Unlock("gibberish"); !problem.Is(err, problem.Damaged) {
		t.Error(err)
	}
	if err := os.Remove(filepath.Join(dir, "data.key")); err != nil {
		t.Fatal(err)
	}
	if _, err := fleet.OpenKeys(dir); !problem.Is(err, problem.NotFound) {
		t.Error(err)
	}
	if keys, err = fleet.OpenKeys(dir, given); err != nil {
		t.Fatal(err)
	}
	if err := keys.Unlock(text); err != nil || keys.Data != want {
		t.Error(err)
	}
}

func FuzzParseWrapping(f *testing.F) {
	f.Add(wrapping(f).Text())
	f.Add([]byte("00"))
	f.Add(bytes.Repeat([]byte("g"), 64))
	f.Fuzz(func(t *testing.T, text []byte) {
		w, err := fleet.ParseWrapping(text, "fuzz")
		if err != nil {
			if !problem.Is(err, problem.Damaged) {
				t.Fatal(err)
			}
			return
		}
		if again, err := fleet.ParseWrapping(w.Text(), "fuzz"); err != nil || again != w {
			t.Fatal("not the same key", err)
		}
	})
}

func FuzzUnwrap(f *testing.F) {
	w := wrapping(f)
	good, err := w.Wrap("acme", [32]byte{1})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add("timepost-data-key-v1..")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		if data, err := w.Unwrap("acme", text); err != nil && !problem.Is(err, problem.Damaged) {
			t.Fatal(err)
		} else if err == nil && data != [32]byte{1} {
			t.Fatal("another key came out")
		}
	})
}

package hw

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// panels is a tree as /sys/class/backlight is: for each panel its most, "" for none.
func panels(t *testing.T, most map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range most {
		for file, content := range map[string]string{"max_brightness": text, "brightness": "7\n"} {
			if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name, file), []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

func TestBacklight(t *testing.T) {
	t.Parallel()
	dir := panels(t, map[string]string{"a-broken": "what?\n", "b-rpi": "31\n"})
	b, err := OpenBacklight(dir)
	if err != nil {
		t.Fatal(err)
	}
	for percent, want := range map[int]string{100: "31", 45: "13", 0: "1", -3: "1", 300: "31"} {
		if err := b.Set(percent); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(dir, "b-rpi", "brightness"))
		if err != nil || strings.TrimSpace(string(got)) != want {
			t.Errorf("%d %% wrote %q (%v), want %s", percent, got, err, want)
		}
	}
	if err := os.RemoveAll(filepath.Join(dir, "b-rpi")); err != nil {
		t.Fatal(err)
	}
	if err := b.Set(50); err == nil {
		t.Error("a panel that is gone was turned")
	}
}

func TestNoBacklight(t *testing.T) {
	t.Parallel()
	if _, err := OpenBacklight(t.TempDir()); !errors.Is(err, ErrNoBacklight) {
		t.Errorf("without a panel: %v", err)
	}
	if _, err := OpenBacklight(panels(t, map[string]string{"a": "0"})); err == nil || errors.Is(err, ErrNoBacklight) {
		t.Errorf("with a broken one: %v", err)
	}
}

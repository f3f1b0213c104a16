package hw

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// ErrNoBacklight says that no panel here can be turned down.
var ErrNoBacklight = errors.New("there is no backlight")

// Backlight is a panel's light as Linux gives it, in sysfs.
type Backlight struct {
	file string
	most int
}

// OpenBacklight finds the first backlight under a folder, /sys/class/backlight on
// a real machine, that this program may turn. Without one it fails with
// ErrNoBacklight.
func OpenBacklight(folder string) (*Backlight, error) {
	found, err := filepath.Glob(filepath.Join(folder, "*", "max_brightness"))
	if err != nil {
		return nil, fmt.Errorf("look for a backlight: %w", err)
	}
	var why error
	for _, f := range found {
		b, err := openPanel(f)
		if err == nil {
			return b, nil
		}
		why = err
	}
	if why != nil {
		return nil, why
	}
	return nil, ErrNoBacklight
}

func openPanel(most string) (*Backlight, error) {
	text, err := os.ReadFile(most)
	if err != nil {
		return nil, fmt.Errorf("read a backlight's most: %w", err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || n < 1 {
		return nil, fmt.Errorf("read a backlight's most: %q", strings.TrimSpace(string(text)))
	}
	file := filepath.Join(filepath.Dir(most), "brightness")
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("open a backlight: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("close a backlight: %w", err)
	}
	return &Backlight{file, n}, nil
}

// Set turns the light to so many percent, from 0 to 100. It is never turned off
// altogether: a dark panel looks broken.
func (b *Backlight) Set(percent int) error {
	v := max(1, b.most*min(100, max(0, percent))/100)
	if err := os.WriteFile(b.file, []byte(strconv.Itoa(v)), 0o644); err != nil {
		return fmt.Errorf("turn the backlight: %w", err)
	}
	return nil
}

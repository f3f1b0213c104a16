package hw_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/timepost/timepost/device/hw"
)

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestHeatIsTheHottestPlausibleZone(t *testing.T) {
	t.Parallel()
	sys := t.TempDir()
	if got, ok := (hw.Vitals{Sys: sys}).Heat(); ok {
		t.Errorf("without a sensor: %d", got)
	}
	for zone, text := range map[string]string{"0": "48312\n", "1": "61850\n", "2": "-274000\n", "3": "nonsense\n", "4": "999999\n"} {
		put(t, filepath.Join(sys, "class/thermal/thermal_zone"+zone, "temp"), text)
	}
	if got, ok := (hw.Vitals{Sys: sys}).Heat(); !ok || got != 61850 {
		t.Errorf("%d, %v", got, ok)
	}
}

func TestMemoryCountsResidentPages(t *testing.T) {
	t.Parallel()
	proc := t.TempDir()
	put(t, filepath.Join(proc, "self/statm"), "90000 2500 1200 1 0 9000 0\n")
	got, err := hw.Vitals{Proc: proc}.Memory()
	if err != nil || got != 2500*int64(os.Getpagesize()) {
		t.Errorf("%d, %v", got, err)
	}
	for _, spoilt := range []string{"", "5\n", "a b\n"} {
		put(t, filepath.Join(proc, "self/statm"), spoilt)
		if got, err := (hw.Vitals{Proc: proc}).Memory(); err == nil {
			t.Errorf("%q: %d", spoilt, got)
		}
	}
	if real, err := (hw.Vitals{}).Memory(); err != nil || real < 1<<20 {
		t.Errorf("this process: %d, %v", real, err)
	}
}

func TestDiskSizeIsMoreThanWhatIsFree(t *testing.T) {
	t.Parallel()
	size, err := hw.DiskSize(t.TempDir())
	free, err2 := hw.DiskFree(t.TempDir())
	if err != nil || err2 != nil || size < free || size == 0 {
		t.Errorf("%d of %d, %v, %v", free, size, err, err2)
	}
}

package vm

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// boot starts a machine, or skips: TIMEPOST_VM is what make vm sets.
func boot(t *testing.T, disk string) *Machine {
	t.Helper()
	if os.Getenv("TIMEPOST_VM") == "" {
		t.Skip("needs make vm: a guest under QEMU")
	}
	m, err := Start(t.Context(), Options{
		Image: "../../build/vm", Host: "../../bin", Disk: disk, Dir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestWhatIsNotFlushedIsLost shows that a cut is one: what the guest did not
// flush is gone afterwards, what it did is there.
func TestWhatIsNotFlushedIsLost(t *testing.T) {
	disk := filepath.Join(t.TempDir(), "disk")
	m := boot(t, disk)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err := m.Shell(ctx, "mkdir /kept && echo safe >/kept/a && sync && echo lost >/kept/b")
	if err := m.Cut(); err != nil {
		t.Error(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	m = boot(t, disk)
	defer m.Cut() //nolint:errcheck // all has been seen
	out, err := m.Shell(t.Context(), "cat /kept/a /kept/b; true")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out, "safe") || strings.Contains(out, "lost") {
		t.Errorf("after the cut the disk holds %q", out)
	}
}

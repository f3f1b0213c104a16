package hw

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// A file that takes room takes blocks, not only a length.
func TestAllocate(t *testing.T) {
	t.Parallel()
	const size = 3<<16 + 5
	for name, allocate := range map[string]func(*os.File, int64) error{"asked": Allocate, "written": fill} {
		f, err := os.Create(filepath.Join(t.TempDir(), name))
		if err != nil {
			t.Fatal(err)
		}
		if err := allocate(f, size); err != nil {
			t.Error(name, err)
		}
		if err := f.Close(); err != nil {
			t.Error(name, err)
		}
		var s unix.Stat_t
		if err := unix.Stat(f.Name(), &s); err != nil {
			t.Fatal(err)
		}
		if s.Size != size || s.Blocks*512 < size {
			t.Errorf("%s: %d bytes long, takes %d", name, s.Size, s.Blocks*512)
		}
	}
}

package hw

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Allocate makes f, which is empty, take size bytes on the disk.
func Allocate(f *os.File, size int64) error {
	err := unix.Fallocate(int(f.Fd()), 0, 0, size)
	if errors.Is(err, unix.EOPNOTSUPP) {
		return fill(f, size)
	}
	if err != nil {
		return fmt.Errorf("allocate: %w", err)
	}
	return nil
}

// fill writes on a filesystem that can't be asked for room. Zeros could be stored as
// nothing.
func fill(f *os.File, size int64) error {
	block := make([]byte, 1<<16)
	for n := range block {
		block[n] = byte(n * n >> 3)
	}
	for ; size > 0; size -= int64(len(block)) {
		if _, err := f.Write(block[:min(size, int64(len(block)))]); err != nil {
			return fmt.Errorf("allocate: %w", err)
		}
	}
	return f.Sync()
}

package hw

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Vitals reads how the machine does from the kernel's files. The zero value reads
// the real ones.
type Vitals struct {
	Sys  string // empty: /sys
	Proc string // empty: /proc
}

// What a sensor may say, in thousandths of a degree; anything else is a sensor that
// is broken or not connected.
const (
	coldest = -60_000
	hottest = 150_000
)

// Heat gives the temperature of the hottest zone in thousandths of a degree
// Celsius; ok is false where there is no sensor.
func (v Vitals) Heat() (milli int, ok bool) {
	zones, err := filepath.Glob(filepath.Join(orElse(v.Sys, "/sys"), "class/thermal/thermal_zone*/temp"))
	if err != nil {
		return 0, false // the pattern is ours
	}
	for _, zone := range zones {
		b, err := os.ReadFile(zone)
		if err != nil {
			continue // a sensor that is off says EAGAIN
		}
		n, err := strconv.Atoi(strings.TrimSpace(string(b)))
		if err != nil || n < coldest || n > hottest {
			continue
		}
		if !ok || n > milli {
			milli, ok = n, true
		}
	}
	return milli, ok
}

// Memory gives the bytes of memory that this process occupies.
func (v Vitals) Memory() (int64, error) {
	b, err := os.ReadFile(filepath.Join(orElse(v.Proc, "/proc"), "self/statm"))
	if err != nil {
		return 0, fmt.Errorf("read memory in use: %w", err)
	}
	fields := strings.Fields(string(b))
	if len(fields) < 2 {
		return 0, fmt.Errorf("read memory in use: %d fields", len(fields))
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read memory in use: %w", err)
	}
	return pages * int64(os.Getpagesize()), nil
}

// DiskSize gives how many bytes the file system has on which path lies.
func DiskSize(path string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return 0, fmt.Errorf("read size of %s: %w", path, err)
	}
	return int64(s.Blocks) * s.Bsize, nil
}

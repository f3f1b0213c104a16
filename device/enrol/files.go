package enrol

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/timepost/timepost/internal/problem"
)

// Modes of what is kept: only the daemon's own account may look.
const (
	dirMode  = 0o700
	fileMode = 0o600
)

// halves is the pattern of files that are being written.
const halves = ".new-*"

// removeHalves removes what a crash has left of writeFile in dir.
func removeHalves(dir string) error {
	left, err := filepath.Glob(filepath.Join(dir, halves))
	if err != nil {
		return fmt.Errorf("look for half-written files: %w", err)
	}
	for _, path := range left {
		if err := os.Remove(path); err != nil {
			return unkept(fmt.Errorf("remove half-written file: %w", err))
		}
	}
	return nil
}

// makeDir makes dir and what leads to it, on disk when it returns.
func makeDir(dir string) error {
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return unkept(fmt.Errorf("make directory: %w", err))
	}
	return syncDir(filepath.Dir(dir))
}

// writeFile puts data at path, whole or not at all, whatever happens: a
// temporary file is written and synced, then renamed, then the directory synced.
func writeFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), halves) // mode 0600
	if err != nil {
		return unkept(fmt.Errorf("create file: %w", err))
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(fileMode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return unkept(errors.Join(fmt.Errorf("write %s: %w", filepath.Base(path), err), os.Remove(f.Name())))
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes renames and new files in dir survive a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return unkept(fmt.Errorf("open directory: %w", err))
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return unkept(fmt.Errorf("sync directory: %w", err))
	}
	return nil
}

func unkept(err error) error {
	return problem.New(problem.OutOfOrder, "This kiosk can't write to its disk.",
		"Check that the disk is not full and not read-only.").Because(err)
}

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/timepost/timepost/internal/problem"
)

// dataLock keeps two servers from one folder. The kernel releases it with the
// process, however that ends.
type dataLock struct{ file *os.File }

// lockData takes the folder; problem.Conflict where another process has it,
// problem.NotFound where there is no such folder.
func lockData(dir string) (*dataLock, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if errors.Is(err, os.ErrNotExist) {
		return nil, notSetUp(dir).Because(err)
	}
	if err != nil {
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		closed := f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			err = problem.New(problem.Conflict, "Another server is running on "+dir+".", "Stop it first, or name another folder.")
		}
		return nil, errors.Join(err, closed)
	}
	return &dataLock{f}, nil
}

// release gives the folder back. Closing would not do it at once where a child
// process is just being started: until its exec it has the file open as well.
func (l *dataLock) release() error {
	return errors.Join(unix.Flock(int(l.file.Fd()), unix.LOCK_UN), l.file.Close())
}

func notSetUp(dir string) *problem.Error {
	return problem.New(problem.NotFound, "There is no server in "+dir+".", "Set one up with: central init --data "+dir+" --org ID")
}

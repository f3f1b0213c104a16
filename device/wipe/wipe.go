package wipe

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/timepost/timepost/internal/problem"
)

// marker is the file that says that everything shall go.
const marker = "wipe"

// kept lists what a kiosk keeps in its folder, in the order in which it goes: the keys
// first, as the rest is worth little without them. Files of others stay.
func kept() []string {
	return []string{"keys", ".new-*", "identity.json*", "cache.db*", "journal.db*", "rescue*", "readers.json*"}
}

// Mark has the next Finish of this folder remove everything. It is on disk when Mark
// returns. Errors: problem.OutOfOrder.
func Mark(dir string) error {
	f, err := os.OpenFile(filepath.Join(dir, marker), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return failed(err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return failed(err)
	}
	return syncDir(dir)
}

// Finish removes everything where Mark said so, and then the mark; done says that it did.
// Nothing of the folder may be open but its lock. Errors: problem.OutOfOrder; the mark is
// there still, and the next Finish goes on.
func Finish(dir string) (done bool, err error) {
	if _, err := os.Lstat(filepath.Join(dir, marker)); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, failed(err)
	}
	for _, pattern := range kept() {
		if err := remove(filepath.Join(dir, pattern)); err != nil {
			return false, failed(err)
		}
		if err := syncDir(dir); err != nil {
			return false, err
		}
	}
	if err := os.Remove(filepath.Join(dir, marker)); err != nil {
		return false, failed(err)
	}
	return true, syncDir(dir)
}

func remove(pattern string) error {
	found, err := filepath.Glob(pattern)
	if err != nil {
		return err
	}
	for _, path := range found {
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return failed(err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return failed(err)
	}
	return nil
}

func failed(err error) error {
	return problem.New(problem.OutOfOrder, "This machine can't forget what it was told to.",
		"Destroy its disk, or write a fresh image to it.").Because(fmt.Errorf("wipe: %w", err))
}

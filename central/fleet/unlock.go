package fleet

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/timepost/timepost/internal/problem"
)

// nextFile holds the next wrapping key from before the database names it until it
// has taken the old one's place.
const nextFile = dataFile + ".next"

// readWrappings finds the keys that may open the data key: those given, then the
// folder's own.
func (k *Keys) readWrappings(given []Wrapping) error {
	k.wrappings = append([]Wrapping(nil), given...)
	var missing error
	for _, name := range []string{dataFile, nextFile} {
		text, err := readSecret(k.dir, name)
		if errors.Is(err, fs.ErrNotExist) {
			missing = errors.Join(missing, err)
			continue
		}
		if err != nil {
			return err
		}
		w, err := ParseWrapping(text, filepath.Join(k.dir, name))
		if err != nil {
			return err
		}
		k.wrappings = append(k.wrappings, w)
	}
	if len(k.wrappings) == 0 {
		return noDataKey(k.dir, missing)
	}
	k.Wrapping = k.wrappings[0]
	k.Data = k.Wrapping.Key
	return nil
}

func noDataKey(dir string, err error) error {
	return problem.New(problem.NotFound, "There is no data.key in "+dir+", and no other wrapping key.",
		"Bring it back from your backup. docs/OPERATIONS.md says what to do if it is lost.").Because(err)
}

// NewData draws a new data key and gives it as the database has to keep it,
// wrapped by w. The keys use it at once.
func (k *Keys) NewData(w Wrapping) (text string, err error) {
	if _, err := rand.Read(k.Data[:]); err != nil {
		return "", fmt.Errorf("make data key: %w", err)
	}
	return w.Wrap(k.Org, k.Data)
}

// Unlock takes the data key out of the text that the database keeps. A database
// without one ("") uses the key file's content itself. Errors: problem.Untrusted
// where none of the wrapping keys is the one that the text names, problem.Damaged
// where it is and does not open it.
func (k *Keys) Unlock(text string) error {
	if text == "" {
		k.Wrapping = k.wrappings[0]
		k.Data, k.Bare = k.Wrapping.Key, true
		return nil
	}
	want, _, err := parseWrapped(text)
	if err != nil {
		return err
	}
	var seen []string
	for _, w := range k.wrappings {
		id, err := w.ID()
		if err != nil {
			return err
		}
		if id == want {
			k.Wrapping, k.Bare = w, false
			k.Data, err = w.Unwrap(k.Org, text)
			return err
		}
		seen = append(seen, id+" from "+w.From)
	}
	return NotTheseKeys(fmt.Errorf("unlock data key: the database wants %s, here are %s", want, strings.Join(seen, ", ")))
}

// NotTheseKeys says that keys and database don't belong together.
func NotTheseKeys(err error) error {
	return problem.New(problem.Untrusted, "These keys are not the ones this database was made with.",
		"Name the right folder with --keys, or bring the keys back from your backup. docs/OPERATIONS.md says what to do if they are lost.").
		Because(err)
}

// InFolder says whether the wrapping key in use is a file of the keys folder, and
// so one that Stage can replace.
func (k *Keys) InFolder() bool {
	return filepath.Dir(k.Wrapping.From) == filepath.Clean(k.dir)
}

// Stage writes the next wrapping key beside the one in use, durably. What was left
// there by a rotation that never took effect is replaced.
func (k *Keys) Stage(w Wrapping) error {
	if k.Wrapping.From == filepath.Join(k.dir, nextFile) {
		return fmt.Errorf("stage wrapping key: the last rotation has not been settled")
	}
	return writeNew(k.dir, nextFile, w.Text())
}

// KeepOld keeps the folder's wrapping key under another name, where Stage and
// Settle don't touch it: data.key.ID. It may be another database's.
func (k *Keys) KeepOld() error {
	file := filepath.Join(k.dir, dataFile)
	for _, w := range k.wrappings {
		if w.From != file {
			continue
		}
		id, err := w.ID()
		if err != nil {
			return err
		}
		if err := os.Link(file, file+"."+id); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("keep old wrapping key: %w", err)
		}
		return syncDir(k.dir)
	}
	return nil
}

// Settle ends a rotation after Unlock, wherever it was interrupted: the next key
// takes the old one's place if the database names it, and is removed if not. It
// reports whether there was anything to do. Nothing else may use the folder.
func (k *Keys) Settle() (bool, error) {
	next := filepath.Join(k.dir, nextFile)
	if _, err := os.Lstat(next); err != nil {
		return false, ignoreMissing(err)
	}
	if k.Wrapping.From != next {
		if err := os.Remove(next); err != nil {
			return false, fmt.Errorf("settle wrapping key: %w", err)
		}
		return true, syncDir(k.dir)
	}
	file := filepath.Join(k.dir, dataFile)
	if err := os.Rename(next, file); err != nil {
		return false, fmt.Errorf("settle wrapping key: %w", err)
	}
	k.Wrapping.From = file
	return true, syncDir(k.dir)
}

package hw

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"github.com/timepost/timepost/attendance/badge"
	"github.com/timepost/timepost/internal/problem"
)

// Reader is a kind of badge reader: every device of its vendor and product.
type Reader struct {
	ID   string `json:"id"` // vendor:product, four hexadecimal digits each
	Name string `json:"name,omitempty"`
	badge.Transform
}

// Check refuses, with problem.Invalid (detail field), a reader that can't be.
func (r Reader) Check() error {
	if ok, err := regexp.MatchString(`^[0-9a-f]{4}:[0-9a-f]{4}$`, r.ID); err != nil || !ok {
		return problem.New(problem.Invalid, "A reader is named by its vendor and product.",
			"Write them as lsusb shows them: 08ff:0009.").With("field", "id")
	}
	return r.Transform.Check()
}

// ReaderFile keeps the readers of a kiosk in a JSON file, a list of Reader. It may
// be edited while the kiosk runs: a change counts from the next read on. A file that
// can't be read is said in the log, and what was known before goes on.
type ReaderFile struct {
	path string
	log  *slog.Logger

	mu      sync.Mutex
	readers []Reader
	seen    fileMark
}

// fileMark tells one state of a file from another.
type fileMark struct {
	mod, size int64
}

// OpenReaderFile gives the file at path, which need not exist.
func OpenReaderFile(path string, log *slog.Logger) *ReaderFile {
	return &ReaderFile{path: path, log: log}
}

// Put adds a reader, or changes the one with its ID. It returns when it is on disk.
func (f *ReaderFile) Put(r Reader) error {
	r.ID = strings.ToLower(r.ID)
	if err := r.Check(); err != nil {
		return err
	}
	return f.change(func(all []Reader) []Reader { return append(without(all, r.ID), r) })
}

// Remove forgets a reader. It fails with problem.NotFound where there is none.
func (f *ReaderFile) Remove(id string) error {
	id = strings.ToLower(id)
	if _, ok := f.find(id); !ok {
		return problem.New(problem.NotFound, "This kiosk has no reader "+id+".", "Look at the list of readers.")
	}
	return f.change(func(all []Reader) []Reader { return without(all, id) })
}

func without(all []Reader, id string) []Reader {
	var out []Reader
	for _, r := range all {
		if r.ID != id {
			out = append(out, r)
		}
	}
	return out
}

// All gives the readers in the file.
func (f *ReaderFile) All() []Reader { return f.all() }

func (f *ReaderFile) change(how func([]Reader) []Reader) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.load()
	all := how(f.readers)
	b, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("encode readers: %w", err)
	}
	if err := replaceFile(f.path, append(b, '\n')); err != nil {
		return problem.New(problem.OutOfOrder, "The reader could not be noted.", "Check the kiosk's disk.").Because(err)
	}
	f.readers, f.seen = all, fileMark{}
	return nil
}

// replaceFile writes a file so that it is the old one or the new one, never half.
func replaceFile(path string, content []byte) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(tmp.Name()))
		}
	}()
	_, err = tmp.Write(content)
	// Whoever edits it, the kiosk's own account has to read it; nothing in it is secret.
	if err = errors.Join(err, tmp.Chmod(0o644), tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

func (f *ReaderFile) all() []Reader {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.load()
	return append([]Reader(nil), f.readers...)
}

func (f *ReaderFile) find(id string) (Reader, bool) {
	for _, r := range f.all() {
		if r.ID == id {
			return r, true
		}
	}
	return Reader{}, false
}

// load reads the file again if it has changed. The caller holds the lock.
func (f *ReaderFile) load() {
	info, err := os.Stat(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		f.readers, f.seen = nil, fileMark{}
		return
	}
	if err != nil {
		f.log.Warn("readers unreadable", "path", f.path, "err", err)
		return
	}
	mark := fileMark{info.ModTime().UnixNano(), info.Size()}
	if mark == f.seen {
		return
	}
	f.seen = mark
	readers, err := readReaders(f.path)
	if err != nil {
		f.log.Warn("readers unreadable", "path", f.path, "err", err)
		return
	}
	f.readers = readers
}

func readReaders(path string) ([]Reader, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var out []Reader
	if err := json.Unmarshal(b, &out); err != nil {
		return nil, err
	}
	for i := range out {
		out[i].ID = strings.ToLower(out[i].ID)
		if err := out[i].Check(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

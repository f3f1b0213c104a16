package backup

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/timepost/timepost/internal/problem"
)

// ReadManifest reads what a backup says of itself; the rest of it is not looked at.
// Errors: problem.NotFound, problem.Damaged, problem.Invalid.
func ReadManifest(path string) (m Manifest, err error) {
	a, err := open(path)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	return a.manifest, nil
}

// Verify reads the whole backup and holds it to its manifest: problem.Damaged.
func Verify(ctx context.Context, path string, progress func(done, total int64)) (Manifest, error) {
	return walk(ctx, path, progress, func(string) (io.WriteCloser, error) { return discard{}, nil })
}

// Extract writes the backup's files into dir, readable by their owner only, flushed.
// On an error, problem.Damaged for one, nothing that lies there is to be used.
func Extract(ctx context.Context, path, dir string, progress func(done, total int64)) (Manifest, error) {
	m, err := walk(ctx, path, progress, func(name string) (io.WriteCloser, error) {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return nil, err
		}
		return flushed{f}, nil
	})
	if err != nil {
		return m, err
	}
	return m, syncDir(dir)
}

// walk gives each file of the backup to what to gives, and checks it.
func walk(ctx context.Context, path string, progress func(done, total int64), to func(name string) (io.WriteCloser, error)) (m Manifest, err error) {
	a, err := open(path)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	m = a.manifest
	count := &counted{ctx: ctx, total: m.Size(), tell: progress}
	for _, want := range m.Files {
		if err := a.next(want); err != nil {
			return m, err
		}
		w, err := to(want.Name)
		if err != nil {
			return m, fmt.Errorf("read backup: %w", err)
		}
		count.w = w
		err = a.copy(count, want)
		if err = errors.Join(err, w.Close()); err != nil {
			return m, err
		}
	}
	return m, a.end()
}

// archive is a backup that is being read.
type archive struct {
	file     *os.File
	zip      *gzip.Reader
	tar      *tar.Reader
	manifest Manifest
}

func open(path string) (*archive, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, problem.New(problem.NotFound, "There is no file "+path+".", "Name a backup that central backup has made.")
	}
	if err != nil {
		return nil, fmt.Errorf("read backup: %w", err)
	}
	a := &archive{file: f}
	if err := a.begin(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return a, nil
}

func (a *archive) begin() error {
	var err error
	if a.zip, err = gzip.NewReader(a.file); err != nil {
		return damaged(err)
	}
	a.tar = tar.NewReader(a.zip)
	h, err := a.tar.Next()
	if err != nil {
		return damaged(err)
	}
	if h.Name != ManifestName || h.Size > maxManifest {
		return damaged(errors.New("it does not begin with a manifest"))
	}
	text, err := io.ReadAll(a.tar)
	if err != nil {
		return damaged(err)
	}
	a.manifest, err = ParseManifest(text)
	return err
}

func (a *archive) next(want File) error {
	h, err := a.tar.Next()
	if err != nil {
		return damaged(err)
	}
	if h.Name != want.Name || h.Typeflag != tar.TypeReg || h.Size != want.Size {
		return damaged(fmt.Errorf("%s with %d bytes where %s with %d belongs", h.Name, h.Size, want.Name, want.Size))
	}
	return nil
}

func (a *archive) copy(w io.Writer, want File) error {
	sum := sha256.New()
	in := &faithful{r: io.TeeReader(a.tar, sum)}
	_, err := io.Copy(w, in)
	if in.err != nil {
		return damaged(in.err)
	}
	if err != nil {
		return fmt.Errorf("read backup: %w", err)
	}
	if hex.EncodeToString(sum.Sum(nil)) != want.SHA256 {
		return damaged(fmt.Errorf("%s is not what was put in", want.Name))
	}
	return nil
}

// faithful remembers that reading failed: that is the backup's fault, and a failed
// write is not.
type faithful struct {
	r   io.Reader
	err error
}

// Read reads.
func (f *faithful) Read(b []byte) (int, error) {
	n, err := f.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		f.err = err
	}
	return n, err
}

// end makes sure that nothing follows, and that the sums of gzip hold.
func (a *archive) end() error {
	if _, err := a.tar.Next(); !errors.Is(err, io.EOF) {
		return damaged(errors.New("more follows than the manifest names"))
	}
	if _, err := io.Copy(io.Discard, a.zip); err != nil {
		return damaged(err)
	}
	return nil
}

func (a *archive) close() error { return errors.Join(a.zip.Close(), a.file.Close()) }

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) Close() error                { return nil }

// flushed is a file that is on the disk once it is closed.
type flushed struct{ *os.File }

// Close flushes and closes.
func (f flushed) Close() error { return errors.Join(f.Sync(), f.File.Close()) }

package backup

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/timepost/timepost/internal/problem"
)

// Source is one file to be put into a backup: the one at Path, or Data.
type Source struct {
	Name string
	Path string
	Data []byte
}

func (s Source) open() (io.ReadCloser, int64, error) {
	if s.Path == "" {
		return io.NopCloser(bytes.NewReader(s.Data)), int64(len(s.Data)), nil
	}
	f, err := os.Open(s.Path)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}

// Write makes a backup at path, which must not be there yet: problem.Conflict. It
// gives m with the files in it. progress is told how many bytes of how many have been
// put in.
func Write(ctx context.Context, path string, m Manifest, files []Source, progress func(done, total int64)) (Manifest, error) {
	m.Format, m.Files = Format, nil
	for _, s := range files {
		f, err := describe(s)
		if err != nil {
			return m, fmt.Errorf("write backup: %w", err)
		}
		m.Files = append(m.Files, f)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // 0600
	if err != nil {
		return m, problem.New(problem.Invalid, "There can be no backup at "+path+".", "Name another folder with --out.").Because(err)
	}
	err = fill(ctx, tmp, m, files, progress)
	if err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = place(tmp.Name(), path)
	}
	return m, errors.Join(err, ignoreMissing(os.Remove(tmp.Name())))
}

// place gives the file its name, and never another's.
func place(tmp, path string) error {
	if err := os.Link(tmp, path); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return problem.New(problem.Conflict, "There is a file "+path+" already.", "Name another one with --out.")
		}
		return fmt.Errorf("write backup: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

func describe(s Source) (File, error) {
	r, _, err := s.open()
	if err != nil {
		return File{}, err
	}
	sum := sha256.New()
	n, err := io.Copy(sum, r)
	return File{Name: s.Name, Size: n, SHA256: hex.EncodeToString(sum.Sum(nil))}, errors.Join(err, r.Close())
}

func fill(ctx context.Context, w io.Writer, m Manifest, files []Source, progress func(done, total int64)) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("encode manifest: %w", err)
	}
	zip, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	out := &counted{ctx: ctx, total: m.Size(), tell: progress}
	t := tar.NewWriter(zip)
	for _, s := range append([]Source{{Name: ManifestName, Data: append(text, '\n')}}, files...) {
		out.w = t
		if s.Name == ManifestName {
			out.total += int64(len(text)) + 1
		}
		if err := put(t, out, m, s); err != nil {
			return fmt.Errorf("write backup: %w", err)
		}
	}
	if err := errors.Join(t.Close(), zip.Close()); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	return nil
}

func put(t *tar.Writer, out io.Writer, m Manifest, s Source) error {
	r, size, err := s.open()
	if err != nil {
		return err
	}
	err = t.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: s.Name, Size: size, Mode: 0o600, ModTime: m.Made, Format: tar.FormatPAX})
	if err == nil {
		_, err = io.Copy(out, r)
	}
	return errors.Join(err, r.Close())
}

// counted tells how far a copy is, and ends it with ctx.
type counted struct {
	ctx   context.Context
	w     io.Writer
	done  int64
	total int64
	tell  func(done, total int64)
}

// Write passes b on.
func (c *counted) Write(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.w.Write(b)
	c.done += int64(n)
	if c.tell != nil {
		c.tell(c.done, c.total)
	}
	return n, err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	return nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

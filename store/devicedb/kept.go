package devicedb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/timepost/timepost/store"
)

// keptExt ends the name of the copy of a cache that lies beside it.
const keptExt = ".kept"

// Keep writes a copy of the cache beside it, in place of the one before: a cache that is
// found damaged, or gone, begins with it, so that people are known without a network. It
// may take as long as writing the file does.
func (c *Cache) Keep(ctx context.Context) error {
	to := c.db.Path() + keptExt
	beside := to + ".new"
	if err := os.Remove(beside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("keep a copy of the cache: %w", err)
	}
	if err := store.Snapshot(ctx, c.db.Path(), beside); err != nil {
		return faulted(fmt.Errorf("keep a copy of the cache: %w", err))
	}
	if err := replace(to, beside); err != nil {
		return fmt.Errorf("keep a copy of the cache: %w", err)
	}
	return nil
}

// revive begins the cache at path with the copy that was kept of it, which stays. No file
// is at path. A copy that can't be read is removed.
func revive(ctx context.Context, path, owner string) (*Cache, error) {
	beside := path + ".new"
	if err := os.Remove(beside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("use the copy of the cache: %w", err)
	}
	if err := copyDurably(beside, path+keptExt); err != nil {
		return nil, fmt.Errorf("use the copy of the cache: %w", err)
	}
	if err := replace(path, beside); err != nil {
		return nil, fmt.Errorf("use the copy of the cache: %w", err)
	}
	c, err := tryOpenCache(ctx, path, owner)
	if err == nil || !damaged(err) {
		return c, err
	}
	for _, name := range []string{path + keptExt, path + "-wal", path + "-shm", path} {
		if rerr := os.Remove(name); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
			return nil, errors.Join(err, rerr)
		}
	}
	return nil, errors.Join(err, syncDir(filepath.Dir(path)))
}

// replace puts the file from, which is on disk, in the place of to.
func replace(to, from string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncDir(filepath.Dir(to))
}

func copyDurably(to, from string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}

package disktest

import (
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Disk is a watched folder. Its methods are safe for use at the same time.
type Disk struct {
	dir string

	mu     sync.Mutex // guards what follows
	calls  int
	rng    *rand.Rand // what a failed flush leaves behind
	ask    func(c Call) error
	names  map[string]*file // what the running system sees
	stored map[string]*file // the folder as it was last flushed
}

// Watch watches dir until the test ends. What is in it counts as flushed. No
// database in it may be open.
func Watch(t testing.TB, dir string) *Disk {
	t.Helper()
	if err := install(); err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		t.Fatal(err)
	}
	d := &Disk{dir: dir, rng: rand.New(rand.NewPCG(1, 1))}
	if err := d.Settle(); err != nil {
		t.Fatal(err)
	}
	watch.mu.Lock()
	defer watch.mu.Unlock()
	watch.disks[dir] = d
	t.Cleanup(func() {
		watch.mu.Lock()
		defer watch.mu.Unlock()
		delete(watch.disks, dir)
	})
	return d
}

// Settle takes the folder as it is now for what is on the disk, after it was changed
// by other means than SQLite. No database in it may be open.
func (d *Disk) Settle() error {
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		return err
	}
	names := map[string]*file{}
	for _, e := range entries {
		if e.IsDir() || forgotten(e.Name()) {
			continue
		}
		path := filepath.Join(d.dir, e.Name())
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		names[path] = &file{base: data}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.names, d.stored = names, maps.Clone(names)
	return nil
}

// forgotten says whether a file is made anew at each start: SQLite's -shm.
func forgotten(name string) bool { return strings.HasSuffix(name, "-shm") }

// Before has f asked before each call, one after another; an error of it is the
// call's: a syscall.Errno, or Short. nil: all calls go through. f may Cut, and must
// not use SQLite.
func (d *Disk) Before(f func(c Call) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ask = f
}

// Calls gives how many there were.
func (d *Disk) Calls() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.calls
}

// before counts a call and gives the verdict over it.
func (d *Disk) before(c Call) int {
	d.mu.Lock()
	d.calls++
	c.N = d.calls
	ask := d.ask
	d.mu.Unlock()
	if ask == nil {
		return 0
	}
	v := verdict(c, ask(c))
	if v > 0 && c.Op == Sync {
		d.syncFailed(c.Path)
	}
	return v
}

// opened gives the file at path; nil for the folder and for what is not kept. Where a
// file is made that was there, Go's own calls have moved it away: that is on the disk.
func (d *Disk) opened(path string, created bool) *file {
	if path == d.dir || forgotten(path) {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if created && d.names[path] != nil {
		delete(d.stored, path)
	}
	if created || d.names[path] == nil {
		d.names[path] = &file{}
	}
	d.names[path].used = true
	return d.names[path]
}

func (d *Disk) changed(f *file, c change) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f.pending = append(f.pending, c)
}

// synced makes a file durable; the folder, where f is nil.
func (d *Disk) synced(f *file) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if f == nil {
		d.stored = maps.Clone(d.names)
		return
	}
	f.flush()
}

func (d *Disk) syncFailed(path string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if f := d.names[path]; f != nil {
		f.doubt(d.rng)
	}
}

func (d *Disk) unlinked(path string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.names, path)
}

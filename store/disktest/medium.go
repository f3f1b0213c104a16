package disktest

import (
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
)

// sector is what a disk writes at once, bytes.
const sector = 512

// change is a write of data at a place, or, where data is nil, a truncation to it.
type change struct {
	at   int64
	data []byte
}

// file is one file on the medium.
type file struct {
	base    []byte   // what was flushed
	pending []change // since
	used    bool     // SQLite has opened it: it is not somebody else's
}

// flush makes what is pending durable.
func (f *file) flush() {
	for _, c := range f.pending {
		f.base = c.on(f.base)
	}
	f.pending = nil
}

// doubt is a flush that fails: some is on the disk, and the system takes the rest for
// written all the same, so that no later flush writes it.
func (f *file) doubt(rng *rand.Rand) {
	for _, c := range f.pending {
		if rng.IntN(2) == 0 {
			f.base = c.on(f.base)
		}
	}
	f.pending = nil
}

// on gives data after the change; data itself is changed.
func (c change) on(data []byte) []byte {
	if c.data == nil {
		return resize(data, c.at)
	}
	if end := c.at + int64(len(c.data)); end > int64(len(data)) {
		data = resize(data, end)
	}
	copy(data[c.at:], c.data)
	return data
}

// resize cuts data off, or puts zeros after it.
func resize(data []byte, size int64) []byte {
	if size <= int64(len(data)) {
		return data[:size:size]
	}
	return append(data, make([]byte, size-int64(len(data)))...)
}

// fate decides what is left of everything that was not flushed.
type fate struct {
	rng  *rand.Rand
	keep float64 // how likely a piece is kept
	tear bool    // pieces are sectors, not whole writes
}

func newFate(rng *rand.Rand) fate {
	return fate{rng: rng, keep: float64(rng.IntN(5)) / 4, tear: rng.IntN(2) == 0}
}

func (f fate) kept() bool { return f.rng.Float64() < f.keep }

// after gives what is on the medium of a file when the power is back.
func (f fate) after(x *file) []byte {
	data := append([]byte{}, x.base...) // an empty file is a file
	for _, c := range x.pending {
		switch {
		case c.data != nil && f.tear:
			data = f.torn(c, data)
		case f.kept():
			data = c.on(data)
		}
	}
	return data
}

// torn gives data with some of the sectors of a write.
func (f fate) torn(c change, data []byte) []byte {
	for at := 0; at < len(c.data); {
		n := min(sector-int(c.at+int64(at))%sector, len(c.data)-at)
		part := n
		if f.rng.IntN(8) == 0 {
			part = 1 + f.rng.IntN(n) // the power failed within the sector
		}
		if f.kept() {
			data = change{at: c.at + int64(at), data: c.data[at : at+part]}.on(data)
		}
		at += n
	}
	return data
}

// Image is what a folder holds by file name; nil: there is no such file.
type Image map[string][]byte

// Cut gives what SQLite has opened in the folder as it may be if the power fails now.
// The same rng gives the same.
func (d *Disk) Cut(rng *rand.Rand) Image {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := newFate(rng)
	paths := maps.Clone(d.stored)
	maps.Copy(paths, d.names)
	out := Image{}
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		was, is := d.stored[path], d.names[path]
		if was == is && !was.used {
			continue
		}
		if was != is && !f.kept() {
			is = was // the folder's own change is not on the disk
		}
		out[filepath.Base(path)] = nil
		if is != nil {
			out[filepath.Base(path)] = f.after(is)
		}
	}
	return out
}

// Write puts the image into dir. Other files stay; what is made anew at each start goes.
func (i Image) Write(dir string) error {
	for name, data := range i {
		path := filepath.Join(dir, name)
		if data != nil {
			if err := os.WriteFile(path, data, 0o600); err != nil {
				return err
			}
			continue
		}
		if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	forget, err := filepath.Glob(filepath.Join(dir, "*-shm"))
	for _, path := range forget {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

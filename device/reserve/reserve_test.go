package reserve

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
)

// disk is one whose free space is the test's.
type disk struct {
	free    int64
	err     error
	cramped bool
	r       *Reserve
	path    string
	t       *testing.T
}

func newDisk(t *testing.T) *disk {
	t.Helper()
	d := &disk{t: t, path: filepath.Join(t.TempDir(), "reserve"), free: 1 << 30}
	d.r = New(Config{
		Path: d.path, Logger: slog.New(slog.DiscardHandler),
		Free: func() (int64, error) { return d.free, d.err }, Tell: func(c bool) { d.cramped = c },
	})
	return d
}

// is looks once, and checks whether the room is kept and what is told.
func (d *disk) is(held bool) {
	d.t.Helper()
	d.r.Once()
	f, err := os.Stat(d.path)
	if there := err == nil && f.Size() == Size; there != held || d.cramped == held {
		d.t.Errorf("kept %v, cramped %v, want kept %v", there, d.cramped, held)
	}
}

// The room is taken, given up when the disk is full, and taken again when there is
// enough besides, not before.
func TestRoomIsGivenUpWhenTheDiskIsFull(t *testing.T) {
	t.Parallel()
	d := newDisk(t)
	d.is(true)
	d.free = least
	d.is(true)
	d.free = least - 1
	d.is(false)
	d.free = Size
	d.is(false)
	d.free = Size + 2*least - 1
	d.is(false)
	d.free = Size + 2*least
	d.is(true)
}

// What a power cut has left of the file is no room.
func TestHalfAFileIsNoRoom(t *testing.T) {
	t.Parallel()
	d := newDisk(t)
	if err := os.WriteFile(d.path, make([]byte, 100), 0o600); err != nil {
		t.Fatal(err)
	}
	d.free = least
	d.is(false)
	d.free = 1 << 30
	d.is(true)
}

// Where the space can't be read nothing is changed.
func TestNothingIsGivenUpForNoReason(t *testing.T) {
	t.Parallel()
	d := newDisk(t)
	d.is(true)
	d.free, d.err = 0, errors.New("unreadable")
	d.is(true)
}

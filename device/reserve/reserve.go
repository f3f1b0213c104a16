package reserve

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"github.com/timepost/timepost/device/hw"
)

const (
	// Size is what is kept, in bytes: about 25,000 punches, each 640 bytes with its place in
	// the index (make soak).
	Size = 16 << 20
	// least is how much has to be free, in bytes, for the disk not to be full: the log of
	// SQLite, which grows to 1 MiB, twice.
	least = 2 << 20
	// look is how often is looked: a disk that fills faster is an error for one person, and
	// room for the next.
	look = time.Second
)

// Config is what a Reserve works with.
type Config struct {
	Path   string                // of the file, in the folder of the databases
	Free   func() (int64, error) // bytes that are free there
	Tell   func(cramped bool)    // hears whether the room is used up or can't be had
	Logger *slog.Logger
}

// Reserve is the room.
type Reserve struct {
	cfg   Config
	blind bool // the free space can't be read, and that is logged
}

// New gives a Reserve.
func New(cfg Config) *Reserve { return &Reserve{cfg: cfg} }

// Run keeps the room until ctx ends; the file stays.
func (r *Reserve) Run(ctx context.Context) error {
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for {
		r.Once()
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// Once looks once: it gives the room up where the disk is full, and takes it where there
// is enough besides.
func (r *Reserve) Once() {
	free, err := r.cfg.Free()
	if err != nil {
		if !r.blind {
			r.cfg.Logger.Warn("free space unreadable", "err", err)
		}
		r.blind = true
		return
	}
	r.blind = false
	held := r.held()
	switch {
	case held && free < least:
		if err := os.Remove(r.cfg.Path); err != nil {
			r.cfg.Logger.Error("room on the disk not given up", "err", err)
			break
		}
		r.cfg.Logger.Error("the disk is full: room was kept for punches, and is given up", "bytes", Size, "free", free)
		held = false
	case !held && free >= Size+2*least:
		if err := r.hold(); err != nil {
			r.cfg.Logger.Warn("no room kept on the disk", "err", err)
			break
		}
		r.cfg.Logger.Info("room is kept on the disk", "bytes", Size)
		held = true
	}
	r.cfg.Tell(!held)
}

func (r *Reserve) held() bool {
	f, err := os.Stat(r.cfg.Path)
	return err == nil && f.Size() == Size
}

// hold takes the room; what a power cut left of it is begun anew.
func (r *Reserve) hold() (err error) {
	f, err := os.OpenFile(r.cfg.Path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, f.Close())
		if err != nil {
			if rerr := os.Remove(r.cfg.Path); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
				err = errors.Join(err, rerr)
			}
		}
	}()
	return hw.Allocate(f, Size)
}

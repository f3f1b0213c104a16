package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/hw"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
)

const (
	costPunches = 1000
	costBefore  = 60_000 // records of a month in the journal
	costApart   = 7 * time.Second
)

// benchCost counts what a punch writes to the disk, where it can't be argued
// about: at the block device. It needs root, for a filesystem of its own.
func benchCost(ctx context.Context) (s section, err error) {
	s = section{
		Title: "What a punch writes to the disk",
		Note: fmt.Sprintf("Counted by the kernel at a block device (a loop device with nothing but ext4 on it, with its default options): flushes of its cache and bytes written, of %d punches each through the real Terminal and its databases, "+
			"on a roster of %d people and a journal that holds %d records. Everything is counted that the disk sees: the log of SQLite, what is brought into the database from it, and the filesystem's own journal; a last sync is part of it.", costPunches, rosterSize, costBefore),
	}
	if os.Getuid() != 0 {
		fmt.Println("SKIPPED: what a punch writes to the disk is counted at a loop device, which only root may have.")
		return section{}, nil
	}
	dir, err := os.MkdirTemp("", "cost")
	if err != nil {
		return s, err
	}
	defer os.RemoveAll(dir)
	d, err := attachDisk(ctx, dir)
	if err != nil {
		fmt.Println("SKIPPED: what a punch writes to the disk is counted at a loop device:", err)
		return section{}, nil
	}
	defer func() { err = errors.Join(err, d.detach()) }()
	s.Rows, err = d.costs(ctx)
	return s, err
}

// costs makes a kiosk on the disk and lets people punch.
func (d disk) costs(ctx context.Context) (rows []row, err error) {
	clocks, err := hw.OpenClocks()
	if err != nil {
		return nil, err
	}
	var later time.Duration
	stamp := func(zone string) attendance.Stamp {
		s := clocks.Stamp(zone)
		s.Boot, s.Mono, s.Raw, s.Real = s.Boot+int64(later), s.Mono+int64(later), s.Raw+int64(later), s.Real+int64(later)
		return s
	}
	k, err := newBenchKiosk(ctx, d.mount, stamp)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, k.close()) }()
	if err := fillMonth(ctx, k.journal, stamp, &later); err != nil {
		return nil, err
	}
	later += 24 * time.Hour // no shift goes on
	each := func(punch func(context.Context, int) error) (written, error) {
		return d.count(func() error {
			for i := range costPunches {
				later += costApart
				if err := punch(ctx, i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	byPIN, err := each(k.punch)
	if err != nil {
		return nil, err
	}
	byBadge, err := each(k.byBadge)
	if err != nil {
		return nil, err
	}
	return []row{
		noMore("flushes of a badge punch", byBadge.flushes/costPunches, 2, ""),
		noMore("written by a badge punch", byBadge.bytes/costPunches/1024, 20, "KiB"),
		noMore("flushes of a PIN punch", byPIN.flushes/costPunches, 4, ""),
		noMore("written by a PIN punch", byPIN.bytes/costPunches/1024, 40, "KiB"),
	}, nil
}

// noMore makes a row of a count that must not be larger than limit: it depends on
// the program, not on the machine.
func noMore(what string, value, limit float64, unit string) row {
	return row{What: what, Value: strings.TrimSpace(quantity(value, unit)), Gate: strings.TrimSpace(fmt.Sprintf("<= %.3g %s", limit, unit)), Pass: value <= limit}
}

// fillMonth writes what a month has left in the journal.
func fillMonth(ctx context.Context, j *devicedb.Journal, stamp func(string) attendance.Stamp, later *time.Duration) error {
	actions := []attendance.Action{attendance.In, attendance.BreakStart, attendance.BreakEnd, attendance.Out}
	who := rand.New(rand.NewPCG(1, 2)) // nobody punches as often as the others: pages fill up one by one
	for n := range costBefore / rosterSize {
		err := j.Update(ctx, func(tx *devicedb.JournalTx) error {
			for range rosterSize {
				*later += time.Second
				b := record.Body{Type: record.Punched, Stamp: stamp("Europe/Berlin"), Person: benchPerson(who.IntN(rosterSize)), Action: actions[n%len(actions)], Auth: attendance.AuthPersonal}
				if _, err := tx.Append(b); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// disk is an ext4 of its own on a loop device.
type disk struct {
	device string // /dev/loopN
	mount  string
}

// attachDisk makes one in dir.
func attachDisk(ctx context.Context, dir string) (disk, error) {
	image, d := filepath.Join(dir, "disk.img"), disk{mount: filepath.Join(dir, "disk")}
	if err := os.Mkdir(d.mount, 0o700); err != nil {
		return d, err
	}
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		return d, err
	}
	if err := os.Truncate(image, 512<<20); err != nil {
		return d, err
	}
	if out, err := exec.CommandContext(ctx, "mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", image).CombinedOutput(); err != nil {
		return d, fmt.Errorf("make filesystem: %w: %s", err, out)
	}
	out, err := exec.CommandContext(ctx, "losetup", "--find", "--show", image).CombinedOutput()
	if err != nil {
		return d, fmt.Errorf("attach loop device: %w: %s", err, out)
	}
	d.device = strings.TrimSpace(string(out))
	if out, err := exec.CommandContext(ctx, "mount", d.device, d.mount).CombinedOutput(); err != nil {
		return d, errors.Join(fmt.Errorf("mount: %w: %s", err, out), exec.Command("losetup", "--detach", d.device).Run())
	}
	return d, nil
}

func (d disk) detach() error {
	return errors.Join(exec.Command("umount", d.mount).Run(), exec.Command("losetup", "--detach", d.device).Run())
}

// written is what a disk was given.
type written struct{ flushes, bytes float64 }

// count gives what the disk is given while f runs, and until all of it is there.
func (d disk) count(f func() error) (w written, err error) {
	syscall.Sync()
	before, err := d.stat()
	if err != nil {
		return w, err
	}
	if err := f(); err != nil {
		return w, err
	}
	syscall.Sync()
	after, err := d.stat()
	return written{after.flushes - before.flushes, after.bytes - before.bytes}, err
}

// stat reads /sys/block/loopN/stat (Documentation/block/stat.rst in the kernel).
func (d disk) stat() (w written, err error) {
	const sectorsWritten, flushes, sector = 6, 15, 512
	b, err := os.ReadFile(filepath.Join("/sys/block", filepath.Base(d.device), "stat"))
	if err != nil {
		return w, err
	}
	f := strings.Fields(string(b))
	if len(f) <= flushes {
		return w, errors.New("this kernel does not count flushes")
	}
	if w.bytes, err = strconv.ParseFloat(f[sectorsWritten], 64); err != nil {
		return w, err
	}
	w.bytes *= sector
	w.flushes, err = strconv.ParseFloat(f[flushes], 64)
	return w, err
}

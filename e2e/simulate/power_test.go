package simulate

import (
	"math/rand/v2"
	"syscall"
	"time"

	"github.com/timepost/timepost/store/disktest"
	"github.com/timepost/timepost/sync/record"
)

// plug is the power of one machine, with what its disk holds when it fails.
type plug struct {
	w     *world
	dir   string
	disk  *disktest.Disk
	image disktest.Image
}

// dark is what a step ends with that the power fails in.
type dark struct{}

func newPlug(w *world, dir string) *plug {
	return &plug{w: w, dir: dir, disk: disktest.Watch(w.t, dir)}
}

// during lets f happen, and the power fail within it or right after. It gives what was
// there when the power came back.
func (p *plug) during(f func()) {
	left, rng := p.w.rng.IntN(80), rand.New(rand.NewPCG(p.w.rng.Uint64(), 1))
	p.disk.Before(func(disktest.Call) error {
		switch {
		case p.w.dark:
			return syscall.EIO
		case left == 0:
			p.fail(rng)
			return syscall.EIO
		}
		left--
		return nil
	})
	func() {
		defer func() {
			if r := recover(); r != nil && r != (dark{}) {
				panic(r)
			}
		}()
		f()
	}()
	if !p.w.dark {
		p.fail(rng)
	}
}

func (p *plug) fail(rng *rand.Rand) { p.w.dark, p.image = true, p.disk.Cut(rng) }

// back puts the power on again. Nothing of the folder is open.
func (p *plug) back() {
	p.disk.Before(nil)
	p.w.dark = false
	p.w.must(p.image.Write(p.dir))
	p.w.must(p.disk.Settle())
	p.w.cuts++
}

// powerFails at a kiosk, while somebody is there, a message comes in, or it starts.
func (k *kiosk) powerFails() {
	w := k.w
	k.plug.during(func() {
		switch w.rng.IntN(4) {
		case 0:
			k.close()
			k.open()
		case 1:
			for w.net.deliverTo(k.id) {
			}
		default:
			w.somebodyCallsAt(k)
		}
	})
	k.closeDark()
	w.pass(time.Duration(w.rng.Int64N(int64(time.Hour))))
	k.plug.back()
	k.boots++
	k.up = w.now.Add(-20 * time.Second)
	k.open()
	k.forward()
	w.journalledAt(k)
	w.note("%s lost its power", k.id)
}

// closeDark ends what was open when the power failed; what that says means nothing.
func (k *kiosk) closeDark() {
	if k.cache != nil {
		_ = k.cache.Close() // the disk is gone
	}
	if k.journal != nil {
		_ = k.journal.Close()
	}
}

// powerFails at central, while it takes something in or works.
func (c *centre) powerFails() {
	w := c.w
	c.plug.during(func() {
		switch w.rng.IntN(4) {
		case 0:
			c.project()
		case 1:
			c.refresh()
		default:
			for w.net.deliverTo("") {
			}
		}
	})
	_ = c.db.Close() // the disk is gone
	c.plug.back()
	c.reopened()
	c.refresh() // a roster that was made in the last moment is known to be
	for journal, a := range c.acked {
		hashes, err := c.log.Hashes(w.ctx, a.kiosk, journal, a.through, a.through)
		w.must(err)
		if hashes[a.through] != a.hash {
			w.broke("acknowledged is stored", "%s: record %d was acknowledged before the power failed and is not there", a.kiosk, a.through)
		}
	}
	w.note("central lost its power")
}

// acknowledged is how far central has told a kiosk that it has its records.
type acknowledged struct {
	kiosk   string
	through uint64
	hash    record.Hash
}

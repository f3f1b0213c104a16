package devicedb

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/disktest"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// cutter is a kiosk's two databases on a disk that forgets, and what somebody was
// told of them.
type cutter struct {
	t       *testing.T
	dir     string
	rng     *mathrand.Rand
	disk    *disktest.Disk
	weaken  bool // run with synchronous=NORMAL
	dead    atomic.Bool
	image   disktest.Image
	journal *Journal
	cache   *Cache

	shown   []record.Record // what a person has seen recorded
	charged uint64          // the guard that was on disk before a PIN was compared
	acked   uint64
	roster  uint64 // the version that was in force
	run     time.Duration
	oldest  uint64 // the oldest record that is still held, at the most

	lost, asides int
}

// live opens the databases and works until the power fails. It gives false where the
// power failed at once.
func (c *cutter) live(calls int) {
	c.disk.Before(func(disktest.Call) error {
		switch {
		case c.dead.Load():
			return syscall.EIO
		case calls == 0:
			c.dead.Store(true)
			c.image = c.disk.Cut(c.rng)
			return syscall.EIO
		}
		calls--
		return nil
	})
	if c.open() == nil {
		for !c.dead.Load() {
			c.work()
		}
	}
	c.close()
}

func (c *cutter) open() (err error) {
	c.journal, err = OpenJournal(context.Background(), filepath.Join(c.dir, "journal.db"), testIdentity("acme"), Options{Random: rand.Reader, Stamp: testStamp, Logger: c.log()})
	if err != nil {
		return err
	}
	if c.weaken {
		st, err := c.journal.db.Prepare(context.Background(), "PRAGMA synchronous=NORMAL")
		if err != nil {
			return err
		}
		if _, err := st.Exec(); err != nil {
			return err
		}
	}
	c.cache, err = OpenCache(context.Background(), filepath.Join(c.dir, "cache.db"), CacheOptions{BootID: "b", Logger: c.log()})
	return err
}

// log says in the test's output why a file was set aside.
func (c *cutter) log() *slog.Logger {
	return slog.New(slog.NewTextHandler(c.t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
}

func (c *cutter) close() {
	if c.cache != nil {
		_ = c.cache.Close() // the power is gone
	}
	if c.journal != nil {
		_ = c.journal.Close()
	}
	c.cache, c.journal = nil, nil
}

// work does one of the things a kiosk does all day.
func (c *cutter) work() {
	switch n := c.rng.IntN(10); {
	case n < 7:
		c.punch()
	case n == 7:
		c.release()
	case n == 8:
		c.retain()
	default:
		c.apply()
	}
}

// punch charges a guess, and then refunds it and records.
func (c *cutter) punch() {
	charge := c.charged + 1
	if c.journal.Update(context.Background(), func(tx *JournalTx) error { return tx.PutGuard("guess", number(charge)) }) != nil {
		return
	}
	c.charged = charge
	var rec record.Record
	err := c.journal.Update(context.Background(), func(tx *JournalTx) (err error) {
		rec, err = tx.Append(record.Body{Type: record.Punched, Person: "ann", Action: attendance.In, Note: fmt.Sprint("punch ", charge)})
		return err
	})
	if err == nil && !c.dead.Load() {
		c.shown = append(c.shown, rec)
	}
}

// release hears from central that it has some of what was shown.
func (c *cutter) release() {
	if len(c.shown) == 0 {
		return
	}
	r := c.shown[c.rng.IntN(len(c.shown))]
	if c.journal.Release(context.Background(), r.Journal, r.Seq, r.Hash, 1) == nil {
		c.acked = max(c.acked, r.Seq)
	}
}

// retain lets go of what central has had for weeks.
func (c *cutter) retain() {
	c.run += KeepFor / 3
	if c.journal.Update(context.Background(), func(tx *JournalTx) error { return tx.Retain(c.run, c.run) }) == nil {
		h, _ := c.journal.Head(context.Background())
		c.oldest = max(c.oldest, h.Oldest)
	}
}

func (c *cutter) apply() {
	to := c.roster + 1
	row := wire.Row{Kind: wire.KindPerson, ID: "ann", Put: fmt.Appendf(nil, `{"id":"ann","name":"Ann %d","role":"regular","active":true,"listed":true}`, to)}
	if c.cache.Apply(context.Background(), []wire.Page{{Gen: 1, From: c.roster, To: to, Parts: 1, Rows: []wire.Row{row}}}) == nil {
		c.roster = to
	}
	_ = c.cache.Keep(context.Background()) // the power may fail meanwhile
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// back puts the power on again and holds the disk to what was said.
func (c *cutter) back() {
	c.disk.Before(nil)
	must(c.t, c.image.Write(c.dir))
	must(c.t, c.disk.Settle())
	c.dead.Store(false)
	must(c.t, c.open())
	c.lost += c.missing()
	must(c.t, c.cacheHolds())
	c.close()
	for _, name := range []string{"journal.db", "cache.db"} {
		c.asides += len(asides(c.t, filepath.Join(c.dir, name), ReasonCorrupt))
	}
}

// missing counts the shown records that are not there as they were, and what else was
// said and does not hold.
func (c *cutter) missing() (n int) {
	here := map[uint64]record.Hash{}
	for from := uint64(0); ; {
		recs, err := c.journal.After(context.Background(), from, 1000)
		must(c.t, err)
		if len(recs) == 0 {
			break
		}
		for _, r := range recs {
			here[r.Seq] = r.Hash
		}
		from = recs[len(recs)-1].Seq
	}
	h, err := c.journal.Head(context.Background())
	must(c.t, err)
	for _, r := range c.shown {
		if h.Journal != r.Journal || here[r.Seq] != r.Hash && r.Seq >= h.Oldest {
			n++
		}
	}
	if h.Oldest > max(h.Acked, 1) {
		n++
	}
	if h.Acked < c.acked && n == 0 {
		c.t.Errorf("acknowledged up to %d, was %d", h.Acked, c.acked)
	}
	var guard []byte
	must(c.t, c.journal.Update(context.Background(), func(tx *JournalTx) (err error) { guard, err = tx.Guard("guess"); return err }))
	if c.charged > 0 && (len(guard) != 8 || binary.BigEndian.Uint64(guard) < c.charged) {
		n++
	}
	c.shown = c.shown[max(0, len(c.shown)-200):] // older ones were seen many times
	return n
}

// cacheHolds checks the roster that was in force; a later one may have come through.
func (c *cutter) cacheHolds() error {
	_, version, err := c.cache.Version(context.Background())
	if err != nil {
		return err
	}
	if version < c.roster {
		c.lost++
	}
	c.roster = version
	if version == 0 {
		return nil
	}
	p, err := c.cache.Person(context.Background(), "ann")
	if want := fmt.Sprint("Ann ", version); err == nil && p.Name != want {
		err = fmt.Errorf("version %d has %q", version, p.Name)
	}
	return err
}

// cuts lets the power fail so often, one life after another on the same disk.
func cuts(t *testing.T, seed uint64, n int, weaken bool) *cutter {
	c := &cutter{t: t, dir: t.TempDir(), rng: mathrand.New(mathrand.NewPCG(seed, 1)), weaken: weaken}
	c.disk = disktest.Watch(t, c.dir)
	for range n {
		c.live(c.rng.IntN(150))
		c.back()
		if !weaken && c.lost+c.asides > 0 || t.Failed() {
			break
		}
		if weaken { // each cut is judged by itself
			c.shown, c.charged, c.acked = nil, 0, 0
		}
	}
	return c
}

// setting reads a number of the environment.
func setting(t *testing.T, name string, usual int) int {
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	must(t, err)
	return n
}

// A punch that was shown, a guess that was charged, an acknowledgement and a roster in
// force are there after every power cut: in mid-commit, in a checkpoint, while starting.
// make torture cuts more often.
func TestPowerCuts(t *testing.T) {
	t.Parallel()
	seed, n := setting(t, "TIMEPOST_SEED", 1), setting(t, "TIMEPOST_CUTS", 60)
	c := cuts(t, uint64(seed), n, false)
	t.Logf("%d power cuts, seed %d: %d records, %d lost, %d files damaged, %d let go of", n, seed, c.charged, c.lost, c.asides, c.oldest)
	if c.lost+c.asides > 0 {
		t.Errorf("see it again: make torture SEED=%d CUTS=%d", seed, n)
	}
	if c.charged < uint64(n) || c.oldest < uint64(n/4) {
		t.Errorf("only %d punches: too little happens between the cuts", c.charged)
	}
}

// With synchronous=NORMAL the same cuts lose what was shown: the disk does forget, and
// the test above can fail.
func TestPowerCutsLoseWithoutFlushing(t *testing.T) {
	t.Parallel()
	c := cuts(t, 1, 40, true)
	t.Logf("40 power cuts with synchronous=NORMAL: %d lost", c.lost)
	if c.lost == 0 {
		t.Error("nothing was lost: the disk does not forget")
	}
}

// A disk that fails while the journal or the cache is opened is no damage: nothing is
// set aside, and the next start finds everything.
func TestAFailingDiskAtTheStartIsNoDamage(t *testing.T) {
	t.Parallel()
	c := &cutter{t: t, dir: t.TempDir(), rng: mathrand.New(mathrand.NewPCG(5, 1))}
	c.disk = disktest.Watch(t, c.dir)
	must(t, c.open())
	for range 20 {
		c.punch()
	}
	c.apply()
	c.close()
	for _, fault := range []error{syscall.EIO, syscall.ENOSPC, syscall.EROFS} {
		for k := 1; c.startsWith(fault, k); k++ {
		}
	}
}

// startsWith starts with a disk that fails once, at call k, and then with one that works.
// It gives false where there is no such call.
func (c *cutter) startsWith(fault error, k int) bool {
	n, at := 0, disktest.Call{}
	c.disk.Before(func(call disktest.Call) error {
		if n++; n == k {
			at = call
			return fault
		}
		return nil
	})
	if err := c.open(); err != nil && !problem.Is(err, problem.OutOfOrder) {
		c.t.Fatalf("%v at %v: %v", fault, at, err)
	}
	c.close()
	c.disk.Before(nil)
	must(c.t, c.open())
	if lost := c.missing(); lost > 0 {
		c.t.Fatalf("%v at %v: %d lost", fault, at, lost)
	}
	must(c.t, c.cacheHolds())
	c.close()
	for _, name := range []string{"journal.db", "cache.db"} {
		if n := len(asides(c.t, filepath.Join(c.dir, name), ReasonCorrupt)); n > 0 {
			c.t.Fatalf("%v at %v: %s was set aside", fault, at, name)
		}
	}
	return n >= k
}

package timekeeper_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/clocktrust"
	"github.com/timepost/timepost/device/timekeeper"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
)

const (
	second = int64(time.Second)
	noon   = int64(1790000000) * second
)

// desk is a kiosk whose clocks the test sets.
type desk struct {
	t       *testing.T
	stamp   attendance.Stamp
	journal *devicedb.Journal
	keeper  *timekeeper.Keeper
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, stamp: attendance.Stamp{
		Real: noon, Boot: second, Mono: second, Raw: second, BootID: "b1", Status: attendance.StaUnsync, Zone: "UTC",
	}}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	d.journal, err = devicedb.OpenJournal(t.Context(), filepath.Join(t.TempDir(), "journal.db"),
		devicedb.Identity{Org: "acme", Kiosk: "gate", Key: key},
		devicedb.Options{Random: rand.Reader, Stamp: func() attendance.Stamp { return d.stamp }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.journal.Close(); err != nil {
			t.Error(err)
		}
	})
	d.start(d.journal)
	return d
}

func (d *desk) start(j timekeeper.Journal) {
	d.keeper = timekeeper.New(timekeeper.Config{
		Journal: j, Stamp: func() attendance.Stamp { return d.stamp }, Logger: slog.New(slog.DiscardHandler),
	})
}

// pass lets time pass for every clock.
func (d *desk) pass(by time.Duration) {
	n := int64(by)
	d.stamp.Real, d.stamp.Boot, d.stamp.Mono, d.stamp.Raw = d.stamp.Real+n, d.stamp.Boot+n, d.stamp.Mono+n, d.stamp.Raw+n
}

// answer is what a central says just now.
func (d *desk) answer(utc, off int64) {
	d.t.Helper()
	at, ok := d.keeper.Elapsed()
	if !ok {
		d.t.Fatal("no elapsed time")
	}
	if err := d.keeper.Take(d.t.Context(), clocktrust.Anchor{Boot: 7, At: at, UTC: utc, Err: off, Source: "central a"}); err != nil {
		d.t.Fatal(err)
	}
}

// clocks gives the clock records of the journal.
func (d *desk) clocks() (out []record.Body) {
	d.t.Helper()
	rs, err := d.journal.After(d.t.Context(), 0, 100)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, r := range rs {
		b, err := record.Decode(r.Body)
		if err != nil {
			d.t.Fatal(err)
		}
		if b.Type == record.Clock {
			out = append(out, b)
		}
	}
	return out
}

func (d *desk) want(good bool, records int, when string) {
	d.t.Helper()
	if g := d.keeper.Good(d.stamp); g != good {
		d.t.Errorf("%s: good %v", when, g)
	}
	if n := len(d.clocks()); n != records {
		d.t.Errorf("%s: %d records", when, n)
	}
}

func TestACentralVouchesForTheClock(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.want(false, 0, "at first")
	d.answer(noon+2*second, second)
	d.want(true, 1, "answered")
	if b := d.clocks()[0]; b.Anchor == nil || b.Anchor.UTC != noon+2*second || b.Anchor.Source != "central a" || b.Stamp.BootID != "b1" {
		t.Errorf("%+v", b)
	}
	d.pass(time.Minute)
	d.answer(noon+62*second, second)
	d.want(true, 1, "the same again")
	d.pass(time.Hour)
	d.answer(noon+3662*second, second)
	d.want(true, 2, "after an hour")
	d.stamp.Real += 40 * second
	d.want(false, 2, "the clock is set wrong")
	d.stamp.Real -= 40 * second
	d.pass(24 * time.Hour)
	d.want(true, 2, "a day without an answer")
	d.pass(3 * 24 * time.Hour)
	d.want(false, 2, "days without an answer")
	d.answer(d.stamp.Real+3600*second, second)
	d.want(false, 3, "central contradicts itself and the clock")
}

func TestABetterAnswerIsWorthIt(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.answer(noon, 20*second)
	d.answer(noon, 15*second)
	d.want(true, 1, "a little better")
	d.answer(noon, 3*second)
	d.want(true, 2, "much better")
	d.answer(noon, second)
	d.want(true, 3, "fine")
	d.answer(noon, second/1000)
	d.want(true, 3, "finer than fine")
}

func TestTheEvidenceOutlivesTheDaemonNotTheBoot(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.answer(noon, second)
	again := func() {
		d.start(d.journal)
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error)
			go func() { done <- d.keeper.Run(ctx) }()
			synctest.Wait()
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
	again()
	d.want(true, 1, "started again")
	d.stamp.BootID = "b2"
	again()
	d.want(false, 1, "another boot")
}

func TestNTPIsWrittenDownOnceAnHour(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- d.keeper.Run(ctx) }()
		minutes := func(n int) {
			for range n {
				synctest.Wait()
				d.pass(time.Minute)
				time.Sleep(time.Minute)
				synctest.Wait()
			}
		}
		minutes(3)
		d.want(false, 0, "not synchronised")
		d.stamp.Status, d.stamp.MaxError = 0, 900
		minutes(1)
		d.want(true, 1, "synchronised")
		if b := d.clocks()[0]; b.Anchor != nil || !b.Stamp.Synchronised() {
			t.Errorf("%+v", b)
		}
		select {
		case <-d.keeper.Changed():
		default:
			t.Error("nobody is told")
		}
		minutes(59)
		d.want(true, 1, "within the hour")
		minutes(2)
		d.want(true, 2, "after it")
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

type brokenJournal struct{}

var errDisk = errors.New("disk")

func (brokenJournal) Update(context.Context, func(*devicedb.JournalTx) error) error { return errDisk }

func TestWhatIsNotOnDiskIsNotKnown(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.start(brokenJournal{})
	at, _ := d.keeper.Elapsed()
	if err := d.keeper.Take(t.Context(), clocktrust.Anchor{At: at, UTC: noon, Err: second, Source: "c"}); !errors.Is(err, errDisk) {
		t.Error(err)
	}
	d.want(false, 0, "the disk did not take it")
}

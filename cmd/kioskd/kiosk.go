package main

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device"
	"github.com/timepost/timepost/device/diagnostics"
	"github.com/timepost/timepost/device/enrol"
	"github.com/timepost/timepost/device/hw"
	"github.com/timepost/timepost/device/timekeeper"
	"github.com/timepost/timepost/internal/lifecycle"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/agent"
)

const (
	lookForIdentity = time.Second     // somebody may enrol us from a shell
	retryStore      = 2 * time.Second // a disk that does not work may come back
)

// kiosk is the part of the daemon that begins with the enrolment: the store, the
// Terminal, and the conversation with central.
type kiosk struct {
	cmd     *runCmd
	face    *face
	clocks  *hw.Clocks
	dummy   []byte
	bcrypt  time.Duration // of a comparison here
	screens *audience
	report  atomic.Pointer[running] // nil while it does not work
	inputs  hw.Inputs               // where badge readers are looked for
	wake    <-chan struct{}         // somebody has enrolled us
	stop    context.CancelFunc      // ends the daemon
	started time.Time
	log     *slog.Logger
	lines   *diagnostics.Lines // the newest of the log
	ready   *lifecycle.Signal
}

// Ready is closed once the Terminal works, or it is known why it can't yet.
func (k *kiosk) Ready() <-chan struct{} { return k.ready.Done() }

// Run waits for an identity and works as that kiosk until ctx ends. A disk that
// does not work is said on the screen and tried again.
func (k *kiosk) Run(ctx context.Context) error {
	id, err := k.identity(ctx)
	if err != nil || id == nil {
		return err
	}
	for {
		err := k.work(ctx, id)
		if ctx.Err() != nil || !problem.Is(err, problem.OutOfOrder) {
			return err
		}
		k.log.Error("store does not work", "err", err)
		k.face.fail(problem.OutOfOrder)
		k.ready.Set()
		if !pause(ctx, retryStore) {
			return nil
		}
	}
}

// identity waits until there is one; nil means that ctx ended first.
func (k *kiosk) identity(ctx context.Context) (*enrol.Identity, error) {
	for first := true; ; first = false {
		id, err := enrol.Load(k.cmd.Data)
		if !problem.Is(err, problem.NotFound) {
			return id, err
		}
		if first {
			k.log.Info("not enrolled", "data", k.cmd.Data)
			k.ready.Set()
		}
		select {
		case <-ctx.Done():
			return nil, nil
		case <-k.wake:
		case <-time.After(lookForIdentity):
		}
	}
}

// work opens the store, serves the Terminal, talks to central, and closes again.
func (k *kiosk) work(ctx context.Context, id *enrol.Identity) (err error) {
	s, err := k.openStore(ctx, id)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	readers := hw.NewReaders(k.inputs, readerFile(k.cmd.Data, k.log), k.log)
	clock := timekeeper.New(timekeeper.Config{Journal: s.journal, Stamp: k.stampOf(id), Logger: k.log})
	own := newCredential(id)
	order, runner, err := k.orders(ctx, s)
	if err != nil {
		return err
	}
	a, report, err := k.agent(ctx, id, own, s, readers, clock, runner)
	if err != nil {
		return err
	}
	renew := k.renewal(own, a)
	hand := k.handIn(id, own, s, a, renew.Denied)
	k.report.Store(&running{report, a})
	defer k.report.Store(nil)
	keep := &upkeep{
		id: id, own: own, data: k.cmd.Data, started: k.started, store: s, talk: a, readers: readers, stop: k.stop, handed: hand.Done, log: k.log,
		archive: k.archive(id, own, s, report, a, hand.Done),
	}
	order.keep, order.talk, order.owed = keep, a, hand.sender.Left
	t, err := device.NewTerminal(device.Config{
		Org: id.Org, Kiosk: id.Kiosk, Settings: id.Settings, Seal: id.SealKey, SealKeyID: id.SealKeyID,
		Journal: s.journal, Roster: s.cache, Directory: s.cache, Badges: s.cache, Clocks: k.clocks.Stamp,
		Random: rand.Reader, Dummy: k.dummy, Logger: k.log,
		Upkeep: keep, ClockGood: clock.Good,
	})
	if err != nil {
		return err
	}
	k.face.serve(t)
	defer k.face.serve(nil)
	k.ready.Set()
	k.log.Info("kiosk works", "org", id.Org, "kiosk", id.Kiosk)
	var g lifecycle.Group
	g.Add("terminal", t)
	g.Add("badge readers", readers)
	g.AddFunc("badges", func(ctx context.Context) error { return takeCards(ctx, readers.Reads(), t) })
	g.AddFunc("link state", func(ctx context.Context) error {
		return followLink(ctx, a, clock, t, func(s agent.Status) { k.face.Dismiss(refused(s) && renew.Denied()) })
	})
	g.Add("timekeeper", clock)
	g.AddFunc("plan", func(ctx context.Context) error { return k.followPlan(ctx, id, s.cache, a) })
	g.AddFunc("roster copies", func(ctx context.Context) error { return keepCopies(ctx, s.cache, k.log) })
	g.Add("agent", a)
	g.AddFunc("renewal", renew.Run)
	g.AddFunc("handing in", hand.Run)
	g.AddFunc("coming back", k.comeback(id, own, s, a, renew.Denied).Run)
	g.Add("commands", runner)
	return g.Run(ctx)
}

// stampOf reads every clock, in the zone that the kiosk was enrolled with.
func (k *kiosk) stampOf(id *enrol.Identity) func() attendance.Stamp {
	return func() attendance.Stamp { return k.clocks.Stamp(id.Settings.Zone) }
}

// followLink tells the Terminal how the conversation stands, and lets it look again
// when something vouches for its clock, or nothing does any more.
func followLink(ctx context.Context, a *agent.Agent, clock *timekeeper.Keeper, t *device.Terminal, tell func(agent.Status)) error {
	for {
		s := a.Status()
		tell(s)
		t.SetLink(s.Connected, s.LastContact)
		t.SetStored(s.Stored)
		select {
		case <-ctx.Done():
			return nil
		case <-a.Changed():
		case <-clock.Changed():
		}
	}
}

// store is a kiosk's databases.
type store struct {
	journal *devicedb.Journal
	cache   *devicedb.Cache
}

func (k *kiosk) openStore(ctx context.Context, id *enrol.Identity) (store, error) {
	path, cachePath := filepath.Join(k.cmd.Data, "journal.db"), filepath.Join(k.cmd.Data, "cache.db")
	var s store
	var err error
	s.journal, err = devicedb.OpenJournal(ctx, path, devicedb.Identity{Org: id.Org, Kiosk: id.Kiosk, Key: id.RecordKey}, devicedb.Options{
		Random: rand.Reader, Logger: k.log, Lost: missing(path) && !missing(cachePath),
		Stamp: k.stampOf(id),
	})
	if err != nil {
		return s, err
	}
	s.cache, err = devicedb.OpenCache(ctx, cachePath, devicedb.CacheOptions{
		BootID: k.clocks.BootID(), Logger: k.log, Owner: ownerOf(id),
	})
	if err != nil {
		return s, errors.Join(err, s.journal.Close())
	}
	return s, nil
}

// ownerOf names whose roster the cache holds: the kiosk, and the server by its
// first authority.
func ownerOf(id *enrol.Identity) string { return id.Org + "/" + id.Kiosk + "/" + id.Home }

func (s store) close() error { return errors.Join(s.cache.Close(), s.journal.Close()) }

func missing(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}

func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

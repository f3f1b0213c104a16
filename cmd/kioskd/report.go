package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/enrol"
	"github.com/timepost/timepost/device/health"
	"github.com/timepost/timepost/device/hw"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/sync/agent"
	"github.com/timepost/timepost/sync/inbox"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// reporter makes what central is told of this machine.
type reporter struct {
	collector *health.Collector
	store     store
	inbox     *inbox.Inbox
	id        *enrol.Identity
}

// running is a kiosk that works, for who asks how it does between two rounds.
type running struct {
	report *reporter
	agent  *agent.Agent
}

func (k *kiosk) reporter(id *enrol.Identity, own *credential, s store, in *inbox.Inbox, readers *hw.Readers) *reporter {
	return &reporter{
		collector: health.New(health.Config{
			Software: "kioskd " + version, KeyTier: keyTier, Bcrypt: k.bcrypt, Started: k.started,
			CertEnd: own.End,
			Stamp:   func() attendance.Stamp { return k.clocks.Stamp(id.Settings.Zone) },
			Machine: &machine{data: k.cmd.Data, readers: readers, screens: k.screens}, Logger: k.log,
		}),
		store: s, inbox: in, id: id,
	}
}

// health gives how this kiosk does. What the disk does not give is left out: that it
// does not is worth telling, too.
func (r *reporter) health(ctx context.Context, s agent.Status) (wire.Health, error) {
	t := health.Talk{Offset: s.Offset, Fetched: milli(s.Current), Refused: r.inbox.Stats().Refused()}
	head, err := r.store.journal.Head(ctx)
	t.Queue = head.Queue
	var err2, err3 error
	t.Oldest, err2 = r.store.oldest(ctx)
	t.Gen, t.Roster, err3 = r.store.cache.Version(ctx)
	settings, err4 := settingsOf(ctx, r.id, r.store.cache)
	if ctx.Err() != nil {
		return wire.Health{}, ctx.Err()
	}
	h := r.collector.Health(t, errors.Join(err, err2, err3, err4))
	if err4 == nil {
		h.Unfollowed = append(unfollowed(settings), r.store.cache.Unfollowed()...)
	}
	return h, nil
}

// oldest gives when the oldest record was made that central has not acknowledged,
// in unix milliseconds; 0 where there is none.
func (s store) oldest(ctx context.Context) (int64, error) {
	head, err := s.journal.Head(ctx)
	if err != nil || head.Queue == 0 {
		return 0, err
	}
	recs, err := s.journal.After(ctx, head.Acked, 1)
	if err != nil || len(recs) == 0 {
		return 0, err
	}
	b, err := record.Decode(recs[0].Body)
	if err != nil {
		return 0, fmt.Errorf("read oldest record: %w", err)
	}
	return b.Stamp.Time().UnixMilli(), nil
}

// machine is the hardware as health asks for it.
type machine struct {
	hw.Vitals
	data    string
	readers *hw.Readers
	screens *audience
}

// Disk gives the free and whole bytes where the data lies.
func (m *machine) Disk() (free, size int64, err error) {
	free, err = hw.DiskFree(m.data)
	if err != nil {
		return 0, 0, err
	}
	size, err = hw.DiskSize(m.data)
	return free, size, err
}

// Readers gives how many badge readers were chosen, and are plugged in.
func (m *machine) Readers() (chosen, attached int) {
	all := m.readers.List()
	for _, r := range all {
		if m.readers.Attached(r.ID) {
			attached++
		}
	}
	return len(all), attached
}

// Screens gives how many touchscreen programs listen.
func (m *machine) Screens() int { return int(m.screens.n.Load()) }

// audience counts who follows the kiosk's state: its touchscreen.
type audience struct {
	face *face
	n    atomic.Int32
	came atomic.Int64 // how many have come so far
}

// Watch follows the face's states for one listener.
func (a *audience) Watch(ctx context.Context) <-chan local.State {
	a.n.Add(1)
	a.came.Add(1)
	context.AfterFunc(ctx, func() { a.n.Add(-1) })
	return a.face.Watch(ctx)
}

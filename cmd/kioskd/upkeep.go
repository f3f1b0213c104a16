package main

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/timepost/timepost/device"
	"github.com/timepost/timepost/device/diagnostics"
	"github.com/timepost/timepost/device/enrol"
	"github.com/timepost/timepost/device/hw"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/agent"
)

// syncWithin is how long a caretaker waits for a round with central, and
// syncLook how often is looked how it goes.
const (
	syncWithin = 25 * time.Second
	syncLook   = 100 * time.Millisecond
)

// talker is the conversation with central.
type talker interface {
	Poke()
	Status() agent.Status
}

// upkeep is the machine as its caretaker sees it.
type upkeep struct {
	id      *enrol.Identity
	own     *credential
	data    string
	started time.Time
	store   store
	talk    talker
	readers *hw.Readers
	stop    context.CancelFunc // ends the daemon
	handed  func() handedIn    // what went past the broker
	archive *diagnostics.Sender
	log     *slog.Logger
}

// Facts gives what the machine tells of itself. What can't be read is left out
// and logged: the rest is wanted all the more.
func (u *upkeep) Facts(ctx context.Context) (device.Facts, error) {
	s := u.talk.Status()
	f := device.Facts{
		Server: u.server(), Current: milli(s.Current), Offset: s.Offset.Milliseconds(), KeyTier: keyTier,
		Software: version, Started: milli(u.started), Cert: milli(u.own.End()),
	}
	handed := u.handed()
	f.Refused, f.HandedIn, f.HandedAt = refused(s), handed.Records, milli(handed.At)
	var err error
	if f.Addresses, err = hw.Addresses(); err != nil {
		u.log.Warn("addresses unreadable", "err", err)
	}
	if f.DiskFree, err = hw.DiskFree(u.data); err != nil {
		u.log.Warn("free space unreadable", "err", err)
	}
	for _, r := range u.readers.List() {
		f.Readers = append(f.Readers, local.Reader{ID: r.ID, Name: r.Name, Attached: u.readers.Attached(r.ID)})
	}
	f.Oldest, err = u.store.oldest(ctx)
	return f, err
}

// server gives the address that this kiosk talks to first.
func (u *upkeep) server() string {
	brokers := u.own.Identity().Brokers
	if len(brokers) == 0 {
		return ""
	}
	return strings.TrimPrefix(brokers[0], "tls://")
}

// SyncNow asks for a round and waits until everything is sent and fetched, or it
// is known that central does not answer. See device.Upkeep for its errors.
func (u *upkeep) SyncNow(ctx context.Context) error {
	asked := time.Now()
	u.talk.Poke()
	ticker := time.NewTicker(syncLook)
	defer ticker.Stop()
	for time.Since(asked) < syncWithin {
		s := u.talk.Status()
		switch {
		case s.Queue == 0 && !s.Current.Before(asked) && !s.LastContact.Before(asked):
			return nil
		case !s.Connected && s.Failed.After(asked):
			return errNoAnswer(s.Fault)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
	if s := u.talk.Status(); s.LastContact.Before(asked) {
		return errNoAnswer(s.Fault)
	}
	return nil // there is much to send; it goes on
}

func errNoAnswer(fault problem.Code) error {
	return problem.New(problem.Unavailable, "The server does not answer.",
		"Nothing is lost: punches are kept and sent later.").With("fault", string(fault))
}

// Restart ends the daemon; the answer to who asked goes out before the socket closes.
func (u *upkeep) Restart() { u.stop() }

// Diagnostics gives the archive of how this kiosk does, handed in with send.
func (u *upkeep) Diagnostics(ctx context.Context, send bool) ([]byte, error) {
	if send {
		return nil, u.archive.Send(ctx)
	}
	return u.archive.Archive(ctx)
}

// LearnReader waits for a card at a new reader.
func (u *upkeep) LearnReader(ctx context.Context) (local.Reader, error) {
	r, err := u.readers.Learn(ctx)
	return local.Reader{ID: r.ID, Name: r.Name, Attached: err == nil}, err
}

func milli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

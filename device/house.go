package device

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
)

const (
	tick       = time.Second
	saveUptime = 10 * time.Minute // a nightly power-off costs at most this much of a refill
)

// Run keeps the house until ctx ends, and then ends the open sessions: it ends sessions whose time is over, saves
// the running time, records what central should know, tries a disk that failed
// again, and tells the watchers of every change.
func (t *Terminal) Run(ctx context.Context) error {
	journal, roster := t.c.Journal.Follow(ctx), t.c.Directory.Follow(ctx)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	var last local.State
	for {
		if err := t.Tick(ctx); err != nil && ctx.Err() == nil {
			t.log.Warn("housekeeping failed", "err", err)
		}
		last = t.tell(ctx, last)
		select {
		case <-ctx.Done():
			return t.endAll(context.WithoutCancel(ctx))
		case <-ticker.C:
		case <-t.changed:
		case <-journal:
		case <-roster:
		}
	}
}

// tell publishes the state if it has changed.
func (t *Terminal) tell(ctx context.Context, last local.State) local.State {
	s, err := t.State(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return last
		}
		t.log.Warn("state unreadable", "err", err)
		s = failed(last, err)
	}
	if !reflect.DeepEqual(s, last) {
		t.publish(s)
	}
	return s
}

// failed gives the state of a disk that can't be read: the last one, out of order.
func failed(last local.State, err error) local.State {
	switch code := problem.CodeOf(err); code {
	case problem.OutOfOrder, problem.Damaged:
		last.Enrolled, last.Fault = true, string(code)
	}
	return last
}

// Tick does once what Run does again and again.
func (t *Terminal) Tick(ctx context.Context) error {
	now := instantOf(t.c.Clocks(""))
	return errors.Join(t.sweep(ctx, now.boot), t.recordRoster(ctx), t.recordLimits(ctx, now))
}

// recordLimits saves the running time when it is due, lets go of records that central has
// had for long, and records the limits of
// the kiosk that were reached: never while somebody waits for an answer, so that
// nobody can tell from its time that the Universal PIN's budget is empty.
func (t *Terminal) recordLimits(ctx context.Context, now instant) error {
	t.mu.Lock()
	due := t.fault != "" || t.housed == 0 || now.boot-t.housed >= saveUptime || t.toTell
	t.toTell = false
	t.mu.Unlock()
	if !due {
		return nil
	}
	err := t.update(ctx, func(tx *devicedb.JournalTx) error { return t.saveHouse(ctx, tx, now) })
	if err != nil {
		return fmt.Errorf("save limits: %w", err)
	}
	t.mu.Lock()
	t.housed = now.boot
	t.mu.Unlock()
	return nil
}

func (t *Terminal) saveHouse(ctx context.Context, tx *devicedb.JournalTx, now instant) error {
	k, err := loadKiosk(tx, now)
	if err != nil {
		return err
	}
	if k.Universal.Opened && k.Universal.Left == 0 && !k.Universal.Told {
		k.Universal.Told = true
		if err := t.appendLimit(ctx, tx, limitUniversal, universalBudget); err != nil {
			return err
		}
	}
	if k.Window.slow() && !k.Window.Told {
		k.Window.Told = true
		if err := t.appendLimit(ctx, tx, limitKiosk, k.Window.failures()); err != nil {
			return err
		}
	}
	if err := save(tx, kioskKey, k); err != nil {
		return err
	}
	return tx.Retain(k.Up.Run, t.storedAt(k.Up.Run, now))
}

// storedAt gives the running time when central last said what it has, 0 where it has not
// since the machine was booted. run is the running time at now.
func (t *Terminal) storedAt(run time.Duration, now instant) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stored.at.bootID != now.bootID {
		return 0
	}
	return run - max(0, now.boot-t.stored.at.boot)
}

func (t *Terminal) appendLimit(ctx context.Context, tx *devicedb.JournalTx, limit string, failures int) error {
	_, err := tx.Append(record.Body{Type: record.Lock, Stamp: t.stamp(ctx), Limit: limit, Failures: failures})
	return err
}

const rosterKey = "roster"

// rosterNote is the roster version that was last recorded as applied.
type rosterNote struct {
	Gen     uint64 `json:"gen"`
	Version uint64 `json:"version"`
	At      int64  `json:"at_ms,omitempty"` // when that was, unix ms; 0: it was not noted
}

func (n rosterNote) same(o rosterNote) bool { return n.Gen == o.Gen && n.Version == o.Version }

// recordRoster appends a record when another roster version has come into force.
func (t *Terminal) recordRoster(ctx context.Context) error {
	gen, version, err := t.c.Directory.Version(ctx)
	if err != nil {
		return err
	}
	stamp := t.stamp(ctx)
	note := rosterNote{gen, version, stamp.Time().UnixMilli()}
	t.mu.Lock()
	known := t.noted.same(note)
	t.mu.Unlock()
	if known || version == 0 {
		return nil
	}
	err = t.update(ctx, func(tx *devicedb.JournalTx) error {
		had, _, err := load[rosterNote](tx, rosterKey)
		if err == nil && had.same(note) {
			note = had
		}
		if err != nil || note == had {
			return err
		}
		if _, err := tx.Append(record.Body{Type: record.RosterApplied, Stamp: stamp, Gen: gen, Roster: version}); err != nil {
			return err
		}
		return save(tx, rosterKey, note)
	})
	if err != nil {
		return fmt.Errorf("record roster: %w", err)
	}
	t.mu.Lock()
	t.noted = note
	t.mu.Unlock()
	return nil
}

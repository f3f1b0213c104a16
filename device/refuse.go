package device

import (
	"context"
	"fmt"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
)

// refuse remembers the wrong PIN, records what central should know, and says
// what to do next. Whether a comparison matched while it did not count shows
// neither in the words nor in what is done.
func (t *Terminal) refuse(ctx context.Context, c charge, p pin.PIN) error {
	t.remember(c, p)
	t.log.Info("pin refused", "person", c.person, "failures", c.counter.Failures)
	if c.lock.closed {
		return refusal(c.lock)
	}
	if !c.hasPIN {
		return problem.New(problem.Unavailable, "Your PIN has not arrived at this kiosk yet.",
			"Try again in a few minutes, or ask your supervisor.").With("field", "pin") // not the service
	}
	if c.paidPerson && c.counter.Failures >= firstLock {
		if err := t.recordLock(ctx, c); err != nil {
			return err
		}
	}
	if l := c.counter.lock(c.role, c.now, c.online); l.closed {
		return refusal(l)
	}
	left := c.counter.triesLeft()
	return problem.New(problem.Unauthenticated, "That PIN is not right.", triesHint(left)).With("tries_left", left)
}

// remember notes a wrong PIN: typed again, it is no other guess.
func (t *Terminal) remember(c charge, p pin.PIN) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wrongs.add(c, p)
	t.toTell = true
}

// recordLock appends the record of a lock: from the fifth failure on, each one
// closes the PIN for a while.
func (t *Terminal) recordLock(ctx context.Context, c charge) error {
	err := t.update(ctx, func(tx *devicedb.JournalTx) error {
		_, err := tx.Append(record.Body{
			Type: record.Lock, Stamp: t.stamp(ctx),
			Person: c.person, Limit: limitPerson, Failures: c.counter.Failures,
			PINVersion: c.counter.PIN, UnlockVersion: c.counter.Unlock,
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("record lock: %w", err)
	}
	return nil
}

// settle gives a refund back. Where central knows of the failures that are
// forgotten now, it is told that they are: nobody stays locked there who has come
// in here.
func settle(tx *devicedb.JournalTx, r refund, stamp attendance.Stamp) error {
	p, given, err := r.apply(tx, instantOf(stamp))
	before := r.forget // the failures before this success
	if r.paidPerson {
		before--
	}
	if err != nil || !given || before == 0 || p.Failures+before < firstLock {
		return err
	}
	_, err = tx.Append(record.Body{
		Type: record.Lock, Stamp: stamp, Person: r.person, Limit: limitPerson, Failures: p.Failures,
		PINVersion: p.PIN, UnlockVersion: p.Unlock,
	})
	return err
}

// refusal is what a closed PIN says: until when, never why this guess failed.
func refusal(l personLock) error {
	switch {
	case l.locked && l.wait == 0:
		return problem.New(problem.Locked, "This PIN is locked after too many wrong tries.",
			"An administrator can unlock it.")
	case l.locked:
		return problem.New(problem.Locked, "This PIN is locked after too many wrong tries.",
			"An administrator can unlock it. Without a connection there is one more try "+inWords(l.wait)+".").
			With("wait_ms", l.wait.Milliseconds())
	}
	return problem.New(problem.Limited, "There were too many wrong tries for this name.",
		"Try again "+inWords(l.wait)+", or ask your supervisor.").With("wait_ms", l.wait.Milliseconds())
}

func triesHint(left int) string {
	if left == 1 {
		return "1 try left."
	}
	return fmt.Sprintf("%d tries left.", left)
}

// inWords rounds a wait up to what people count in.
func inWords(d time.Duration) string {
	switch {
	case d <= time.Minute:
		return "in 1 minute"
	case d <= time.Hour:
		return fmt.Sprintf("in %d minutes", (d+time.Minute-1)/time.Minute)
	}
	return fmt.Sprintf("in %d hours", (d+time.Hour-1)/time.Hour)
}

// The names of the limits in lock records.
const (
	limitPerson    = "person"
	limitUniversal = "universal"
	limitKiosk     = "kiosk"
)

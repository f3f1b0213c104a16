package device

import (
	"time"

	"github.com/timepost/timepost/attendance"
)

// offlineTry is how long a locked profile waits for one more try while the
// kiosk can't hear from central, which alone could unlock it.
const offlineTry = 8 * time.Hour

// firstLock is the failure that closes a PIN for the first time, and from which on
// each one is told to central.
const firstLock = 5

// lostFailures is where every counter starts after the counters were lost.
const lostFailures = 4

// personCounter counts a person's failed tries of their own PIN since their last
// success. It belongs to one version of the PIN and one unlocking: a roster row
// with newer numbers starts a new one, so that nothing is ever reset across the
// two databases.
type personCounter struct {
	PIN      uint64        `json:"pin"`
	Unlock   uint64        `json:"unlock"`
	Failures int           `json:"failures"`
	BootID   string        `json:"boot_id"` // of the last failure
	Boot     time.Duration `json:"boot"`    // CLOCK_BOOTTIME then
}

// current gives the counter for the versions now in force.
func (c personCounter) current(pinVersion, unlockVersion uint64) personCounter {
	if pinVersion > c.PIN || unlockVersion > c.Unlock {
		return personCounter{PIN: pinVersion, Unlock: unlockVersion}
	}
	return c
}

// personLock says whether a personal PIN is closed now.
type personLock struct {
	closed bool
	wait   time.Duration // until the next try; 0 where only an unlock or a new PIN opens it
	locked bool          // past the last step: somebody has to unlock it
}

// personStep gives the wait after so many failures. The numbers are those of the
// published limits: at most ten consecutive failures for an activation PIN (NIST
// SP 800-63B-4), delays that grow as Android's Gatekeeper's do.
func personStep(role attendance.Role, failures int) (wait time.Duration, locked bool) {
	if role.Privileged() {
		switch {
		case failures < 5:
			return 0, false
		case failures < 8:
			return 15 * time.Minute, false
		}
		return offlineTry, true
	}
	switch {
	case failures < 5:
		return 0, false
	case failures == 5:
		return time.Minute, false
	case failures == 6:
		return 5 * time.Minute, false
	case failures < 9:
		return 15 * time.Minute, false
	case failures == 9:
		return time.Hour, false
	}
	return offlineTry, true
}

// lock gives what the counter means now. The rest of a wait is CLOCK_BOOTTIME; a
// reboot starts the step again.
func (c personCounter) lock(role attendance.Role, now instant, online bool) personLock {
	wait, locked := personStep(role, c.Failures)
	if locked && online {
		return personLock{closed: true, locked: true}
	}
	since := now.boot
	if c.BootID == now.bootID {
		since = max(0, now.boot-c.Boot)
	}
	left := wait - since
	if left <= 0 {
		return personLock{}
	}
	return personLock{closed: true, locked: locked, wait: left}
}

// fail counts one failure.
func (c personCounter) fail(now instant) personCounter {
	c.Failures++
	c.BootID, c.Boot = now.bootID, now.boot
	return c
}

// forget takes n failures back: all up to a success, or the one that was charged
// for a try that turned out to be the Universal PIN.
func (c personCounter) forget(n int) personCounter {
	c.Failures = max(0, c.Failures-n)
	return c
}

// triesLeft gives how many more failures there may be before the first wait.
func (c personCounter) triesLeft() int { return max(0, firstLock-c.Failures) }

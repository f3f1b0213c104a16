package device

import (
	"time"

	"github.com/timepost/timepost/attendance"
)

// instant is a moment as the guess limits know it: the boot, and CLOCK_BOOTTIME
// since it began. The wall clock is not in it: whoever can set it gains nothing.
type instant struct {
	bootID string
	boot   time.Duration
}

func instantOf(s attendance.Stamp) instant {
	return instant{bootID: s.BootID, boot: time.Duration(s.Boot)}
}

// uptime is the kiosk's running time over all its boots, as far as it has been
// saved: with every attempt, and every ten minutes.
type uptime struct {
	BootID string        `json:"boot_id"`
	Boot   time.Duration `json:"boot"`
	Run    time.Duration `json:"run"`
}

// at gives the running time at now. What a boot ran after its last save is lost
// with the boot: running time never jumps ahead of what really passed.
func (u uptime) at(now instant) time.Duration {
	if now.bootID == u.BootID {
		return u.Run + max(0, now.boot-u.Boot)
	}
	return u.Run + now.boot
}

// save gives the uptime to keep at now.
func (u uptime) save(now instant) uptime {
	return uptime{BootID: now.bootID, Boot: now.boot, Run: u.at(now)}
}

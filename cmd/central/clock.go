package main

import (
	"log/slog"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// ownClock is what kiosks may believe of this machine's clock.
type ownClock struct {
	name   string
	within time.Duration // the operator's word; 0: the kernel's alone counts
	log    *slog.Logger
}

// newOwnClock names the clock by the machine: two centrals have two.
func newOwnClock(within time.Duration, log *slog.Logger) (*ownClock, error) {
	name, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	c := &ownClock{"central " + name, within, log}
	if _, _, ok := c.Quality(); !ok {
		log.Warn("this machine's clock is not synchronised: kiosks are not told the time",
			"next", "run chrony or systemd-timesyncd; or say how right the clock is, with --clock-within")
	}
	return c, nil
}

// Quality says by how much the clock can be off: by the kernel while NTP keeps it,
// or by the operator's word. It is false where neither says anything.
func (c *ownClock) Quality() (name string, off time.Duration, ok bool) {
	var tx unix.Timex
	if _, err := unix.Adjtimex(&tx); err == nil && tx.Status&unix.STA_UNSYNC == 0 && tx.Maxerror > 0 {
		return c.name, time.Duration(tx.Maxerror) * time.Microsecond, true
	}
	return c.name, c.within, c.within > 0
}

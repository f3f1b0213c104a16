package hw

import (
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/timepost/timepost/attendance"
)

// maxBracket is the longest a reading of all clocks may take before it is tried
// again: clocks read further apart would not belong to one instant.
const maxBracket = time.Millisecond

const bracketTries = 5

// Clocks reads every clock of this machine on this boot.
type Clocks struct {
	bootID  string
	tzdata  string
	gettime func(clock int32, ts *unix.Timespec) error
	adjtime func(buf *unix.Timex) (int, error)
}

// OpenClocks finds the boot's id and the version of the zone rules, and checks
// that every clock can be read.
func OpenClocks() (*Clocks, error) { return OpenClocksOf("") }

// OpenClocksOf is OpenClocks for a sandbox that hides the kernel's files, where
// the service manager passes the boot's id on (%b, 32 hex digits); empty means
// that the kernel is asked.
func OpenClocksOf(bootID string) (*Clocks, error) {
	id, err := findBootID(bootID)
	if err != nil {
		return nil, err
	}
	c := &Clocks{
		bootID: id, tzdata: tzdataVersion(zoneinfoDirs()),
		gettime: unix.ClockGettime, adjtime: unix.Adjtimex,
	}
	for _, clock := range []int32{unix.CLOCK_REALTIME, unix.CLOCK_BOOTTIME, unix.CLOCK_MONOTONIC, unix.CLOCK_MONOTONIC_RAW} {
		var ts unix.Timespec
		if err := c.gettime(clock, &ts); err != nil {
			return nil, fmt.Errorf("read clock %d: %w", clock, err)
		}
	}
	return c, nil
}

// findBootID gives the boot's id as the kernel writes it: with dashes, so that one
// boot has one id whoever told it.
func findBootID(given string) (string, error) {
	if given == "" {
		b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
		if err != nil {
			return "", fmt.Errorf("read boot id: %w", err)
		}
		given = string(b)
	}
	id := strings.ToLower(strings.ReplaceAll(strings.TrimSpace(given), "-", ""))
	if len(id) != 32 || strings.Trim(id, "0123456789abcdef") != "" {
		return "", fmt.Errorf("read boot id: it is not 32 hex digits")
	}
	return id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:], nil
}

// BootID gives the kernel's random id of this boot.
func (c *Clocks) BootID() string { return c.bootID }

// Stamp reads all clocks in one bracket: CLOCK_MONOTONIC before and after tells
// how long it took, and a reading of over 1 ms is tried again, 5 times at most.
// The shortest one counts. A clock that could be read when the program started
// and can't any more leaves its field zero: missing evidence, never an invented
// one. BootSeq is left for the journal to fill.
func (c *Clocks) Stamp(zone string) attendance.Stamp {
	best := attendance.Stamp{BootID: c.bootID, Zone: zone, TZData: c.tzdata}
	shortest := time.Duration(-1)
	for range bracketTries {
		s, took := c.bracket()
		if shortest < 0 || took < shortest {
			shortest = took
			best.Real, best.Boot, best.Mono, best.Raw = s.Real, s.Boot, s.Mono, s.Raw
		}
		if took <= maxBracket {
			break
		}
	}
	var tx unix.Timex
	if _, err := c.adjtime(&tx); err != nil {
		best.Status = attendance.StaUnsync // nothing is known of the clock's quality
		return best
	}
	best.Status, best.Freq, best.MaxError = tx.Status, int64(tx.Freq), int64(tx.Maxerror)
	return best
}

func (c *Clocks) bracket() (attendance.Stamp, time.Duration) {
	before := c.read(unix.CLOCK_MONOTONIC)
	s := attendance.Stamp{
		Real: c.read(unix.CLOCK_REALTIME),
		Boot: c.read(unix.CLOCK_BOOTTIME),
		Raw:  c.read(unix.CLOCK_MONOTONIC_RAW),
	}
	s.Mono = c.read(unix.CLOCK_MONOTONIC)
	return s, time.Duration(s.Mono - before)
}

func (c *Clocks) read(clock int32) int64 {
	var ts unix.Timespec
	if err := c.gettime(clock, &ts); err != nil {
		return 0
	}
	return ts.Nano()
}

package health

import (
	"fmt"
	"time"
)

// Limits say from when on something is wrong.
type Limits struct {
	Silent      time.Duration // beyond the instant it should have been heard of
	Queue       time.Duration // age of the oldest record that waits
	Clock       time.Duration // offset
	Certificate time.Duration // time left
	Disk        int64         // bytes free
	Heat        int           // degrees Celsius
	Roster      time.Duration // age of a list that is not the newest
}

// Usual gives the limits where nobody has chosen others.
func Usual() Limits {
	return Limits{
		Silent: 3 * time.Minute, Queue: 15 * time.Minute, Clock: 30 * time.Second, Certificate: 14 * 24 * time.Hour,
		Disk: 500 << 20, Heat: 75, Roster: time.Hour,
	}
}

// span writes a length in its largest unit: 40 seconds, 12 minutes, 3 days.
func span(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return plural(max(0, int(d/time.Second)), "second", "seconds")
	case d < 2*time.Hour:
		return plural(int(d/time.Minute), "minute", "minutes")
	case d < 48*time.Hour:
		return plural(int(d/time.Hour), "hour", "hours")
	}
	return plural(int(d/(24*time.Hour)), "day", "days")
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// size writes bytes in the unit that people use.
func size(n int64) string {
	const mb = 1 << 20
	if n < 1<<30 {
		return fmt.Sprintf("%d MB", n/mb)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
}

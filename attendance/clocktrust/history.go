package clocktrust

import (
	"cmp"
	"slices"
	"time"

	"github.com/timepost/timepost/attendance"
)

// Version is stored beside each interval: a later one may resolve differently.
const Version = 1

// Drift bounds how fast a crystal can run wrong, in nanoseconds per millisecond
// (ppm times 1000). Crystals are within 100 ppm with age and heat; half as much
// again is kept in hand.
const Drift = 150

// Anchor ties one instant of a boot to UTC.
type Anchor struct {
	Boot   int    // index of the boot in its History
	At     int64  // Elapsed at that instant, nanoseconds
	UTC    int64  // unix nanoseconds
	Err    int64  // UTC is off by this many nanoseconds at most
	Source string // who says so: NTP, or the name of a central
}

// NTP is the Source of anchors that a machine's own synchronised clock gives.
const NTP = "ntp"

// Elapsed gives how long the machine had been up, in nanoseconds by its crystal:
// Raw does not follow NTP, and Boot less Mono is the time it was suspended. ok is
// false where a clock could not be read.
func Elapsed(s attendance.Stamp) (at int64, ok bool) {
	if s.Raw <= 0 || s.Boot <= 0 || s.Mono <= 0 {
		return 0, false
	}
	return s.Raw + s.Boot - s.Mono, true
}

// OfStamp gives the anchor in a stamp that was made while the kernel's clock was
// synchronised: its maxerror grows by itself while nobody corrects the clock. ok is
// false for any other stamp.
func OfStamp(boot int, s attendance.Stamp) (a Anchor, ok bool) {
	at, ok := Elapsed(s)
	if !ok || !s.Synchronised() || s.MaxError <= 0 {
		return a, false
	}
	return Anchor{Boot: boot, At: at, UTC: s.Real, Err: s.MaxError * 1000, Source: NTP}, true
}

// Boot is what is known of one boot: how long it lasted at least (the greatest
// Elapsed seen in it, nanoseconds) and its anchors.
type Boot struct {
	Lasted  int64
	Anchors []Anchor
}

// History is a machine's boots in their order. The order comes from the journal,
// never from a clock.
type History struct{ boots []Boot }

// Longest bounds what a machine can tell of itself, in nanoseconds: a hundred years.
// No sum of a few of them overflows.
const Longest = int64(100*365*24) * int64(time.Hour)

// Sane says whether a machine can have given an anchor like this one.
func (a Anchor) Sane() bool {
	return a.At >= 0 && a.At <= Longest && a.Err >= 0 && a.Err <= Longest && a.UTC >= 0 && a.UTC <= 2*Longest
}

// NewHistory makes one of boots numbered from 0. Anchors of boots it does not have,
// or that no machine can have given, are left out.
func NewHistory(lasted []int64, anchors []Anchor) History {
	h := History{make([]Boot, len(lasted))}
	for i, l := range lasted {
		h.boots[i].Lasted = min(max(l, 0), Longest)
	}
	for _, a := range anchors {
		if a.Boot < 0 || a.Boot >= len(h.boots) || !a.Sane() {
			continue
		}
		b := &h.boots[a.Boot]
		b.Anchors = append(b.Anchors, a)
		b.Lasted = max(b.Lasted, a.At)
	}
	for i := range h.boots {
		slices.SortStableFunc(h.boots[i].Anchors, func(a, b Anchor) int { return cmp.Compare(a.Source, b.Source) })
	}
	return h
}

// drift gives by how much a crystal can be wrong over d nanoseconds, rounded up.
func drift(d int64) int64 {
	if d < 0 {
		d = -d
	}
	return d/1_000_000*Drift + Drift
}

// leastErr is the error that the clock of a central has at least, in nanoseconds:
// its synchronisation says less than it knows.
const leastErr = int64(50 * time.Millisecond)

// Answered makes an anchor of an exchange with a central: the machine asked at from
// and had the answer at to (Elapsed), central received at received and answered at
// sent (unix nanoseconds, off by claimed at most). Which way took how long nobody
// knows, so that the whole round trip is in the error.
func Answered(boot int, source string, from, to, received, sent, claimed int64) Anchor {
	half := max(to-from-(sent-received), 0)/2 + 1
	return Anchor{
		Boot: boot, At: from + (to-from)/2, UTC: received + (sent-received)/2,
		Err: half + drift(to-from) + max(claimed, leastErr), Source: source,
	}
}

package inbox

import "sync/atomic"

// Reason says why a message was dropped.
type Reason string

// The reasons. Foreign, UnknownKey and Forged mean that somebody who is not
// central wrote to this kiosk.
const (
	Malformed  Reason = "malformed"   // not a message, or not one of its type
	Foreign    Reason = "foreign"     // another kiosk's or organisation's topic
	Misplaced  Reason = "misplaced"   // not the channel of its type, or an upward type
	UnknownKey Reason = "unknown_key" // signed by a key nobody vouched for
	Forged     Reason = "forged"      // the signature does not hold for this topic
	Repeated   Reason = "repeated"    // the same message again
	Stale      Reason = "stale"       // older than what is in force
	Crowded    Reason = "crowded"     // more than fits into memory at once
	Failed     Reason = "failed"      // our disk did not take it
)

// Stats counts since the Inbox was made.
type Stats struct {
	Taken   uint64 // messages believed
	Applied uint64 // roster pages put into force
	Expired uint64 // pages given up because parts did not come
	Keysets uint64 // keysets refused: older, or not signed by the authority

	Malformed, Foreign, Misplaced, UnknownKey, Forged, Repeated, Stale, Crowded uint64
}

// Refused gives how many messages were not central's, or not for this kiosk.
func (s Stats) Refused() uint64 {
	return s.Malformed + s.Foreign + s.Misplaced + s.UnknownKey + s.Forged
}

type counters struct {
	taken, applied, expired, keysets                                              atomic.Uint64
	malformed, foreign, misplaced, unknownKey, forged, repeated, oldOnes, crowded atomic.Uint64
}

// Stats gives the counts so far. It is safe for concurrent use.
func (in *Inbox) Stats() Stats {
	c := &in.count
	return Stats{
		Taken: c.taken.Load(), Applied: c.applied.Load(), Expired: c.expired.Load(), Keysets: c.keysets.Load(),
		Malformed: c.malformed.Load(), Foreign: c.foreign.Load(), Misplaced: c.misplaced.Load(),
		UnknownKey: c.unknownKey.Load(), Forged: c.forged.Load(), Repeated: c.repeated.Load(),
		Stale: c.oldOnes.Load(), Crowded: c.crowded.Load(),
	}
}

func (c *counters) drop(r Reason) {
	switch r {
	case Malformed:
		c.malformed.Add(1)
	case Foreign:
		c.foreign.Add(1)
	case Misplaced:
		c.misplaced.Add(1)
	case UnknownKey:
		c.unknownKey.Add(1)
	case Forged:
		c.forged.Add(1)
	case Repeated:
		c.repeated.Add(1)
	case Stale:
		c.oldOnes.Add(1)
	case Crowded:
		c.crowded.Add(1)
	}
}

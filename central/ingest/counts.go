package ingest

import "sync/atomic"

// Event is something that Ingest counts.
type Event string

// What is counted. The first group is messages dropped without an answer.
const (
	Malformed Event = "malformed" // no message of this protocol, or too large
	Forged    Event = "forged"    // the signature does not hold
	Foreign   Event = "foreign"   // another organisation's topic
	Unknown   Event = "unknown"   // no such kiosk, or not enrolled
	Revoked   Event = "revoked"   // from a revoked kiosk
	Misplaced Event = "misplaced" // a channel that this type does not belong on

	Batches     Event = "batches"      // batches stored
	Stored      Event = "stored"       // records stored as good
	Faults      Event = "faults"       // records stored in quarantine
	Forks       Event = "forks"        // records that came with other content than before
	Late        Event = "late"         // records that came after their gap was written down
	Duplicates  Event = "duplicates"   // records that were there already
	OutOfOrder  Event = "out_of_order" // batches that begin beyond the next record
	Gaps        Event = "gaps"         // gaps written down
	Reopens     Event = "reopens"      // journals told to begin anew
	Hellos      Event = "hellos"
	Pulls       Event = "pulls"
	Healths     Event = "healths"     // messages of how a kiosk does
	Locks       Event = "locks"       // PINs that kiosks closed after wrong tries, projected
	Unsupported Event = "unsupported" // types and versions that are not spoken here
	WentBack    Event = "went_back"   // generations opened because a kiosk knew more than this server
	Disbelieved Event = "disbelieved" // claims to know more than this server that are not believed
	Failures    Event = "failures"    // messages left unanswered because something here failed
	Undecodable Event = "undecodable" // records the projector could not read
	Punches     Event = "punches"     // punches projected
)

// Counts counts events since the start. It is safe for concurrent use; make it
// with NewCounts.
type Counts struct{ n map[Event]*atomic.Uint64 }

// NewCounts gives counters at zero.
func NewCounts() *Counts {
	c := &Counts{n: map[Event]*atomic.Uint64{}}
	for _, e := range []Event{
		Malformed, Forged, Foreign, Unknown, Revoked, Misplaced, Batches, Stored, Faults, Forks, Late, Duplicates, OutOfOrder,
		Gaps, Reopens, Hellos, Pulls, Healths, Locks, Unsupported, WentBack, Disbelieved, Failures, Undecodable, Punches,
	} {
		c.n[e] = new(atomic.Uint64)
	}
	return c
}

// Of gives one counter's value.
func (c *Counts) Of(e Event) uint64 {
	if n, ok := c.n[e]; ok {
		return n.Load()
	}
	return 0
}

// All gives every counter's value.
func (c *Counts) All() map[Event]uint64 {
	out := make(map[Event]uint64, len(c.n))
	for e, n := range c.n {
		out[e] = n.Load()
	}
	return out
}

func (c *Counts) add(e Event, n int) { c.n[e].Add(uint64(n)) }

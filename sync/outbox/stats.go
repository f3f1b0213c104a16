package outbox

import "sync/atomic"

// Stats counts since the Outbox was made. The refusals are acknowledgements
// that were not believed: each deserves an operator's look.
type Stats struct {
	Batches  uint64 // messages made
	Records  uint64 // records in them, repeated ones included
	Halved   uint64 // batches that did not fit a message
	Timeouts uint64 // batches given up for want of an answer
	GoBacks  uint64 // repetitions asked for by an acknowledgement that stood still
	Waits    uint64 // acknowledgements that gave no credit
	Acks     uint64 // acknowledgements believed
	Stale    uint64 // believed, but overtaken
	Reopens  uint64 // journals begun because central asked for it

	RefusedJournal uint64
	RefusedGen     uint64
	RefusedHash    uint64
}

type counters struct {
	batches, records, halved, timeouts, goBacks, waits atomic.Uint64
	acks, stale, reopens, refJournal, refGen, refHash  atomic.Uint64
}

// Stats gives the counts so far. It is safe for concurrent use.
func (o *Outbox) Stats() Stats {
	c := &o.count
	return Stats{
		Batches: c.batches.Load(), Records: c.records.Load(), Halved: c.halved.Load(),
		Timeouts: c.timeouts.Load(), GoBacks: c.goBacks.Load(), Waits: c.waits.Load(),
		Acks: c.acks.Load(), Stale: c.stale.Load(), Reopens: c.reopens.Load(),
		RefusedJournal: c.refJournal.Load(), RefusedGen: c.refGen.Load(), RefusedHash: c.refHash.Load(),
	}
}

func (c *counters) acked(v Verdict) {
	switch v {
	case RefJournal:
		c.refJournal.Add(1)
		return
	case RefGen:
		c.refGen.Add(1)
		return
	case RefHash:
		c.refHash.Add(1)
		return
	case Stale:
		c.stale.Add(1)
	case Reopened:
		c.reopens.Add(1)
	}
	c.acks.Add(1)
}

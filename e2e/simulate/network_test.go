package simulate

import (
	"slices"
	"time"

	"github.com/timepost/timepost/sync/wire"
)

// network holds messages on their way: it loses, repeats, delays and reorders them.
type network struct {
	w   *world
	air []flight
}

// flight is a message that arrives at a time, or later.
type flight struct {
	at   time.Time
	from string // "": central
	to   string // "": central
	m    wire.Message
}

// put sends a message, as luck has it.
func (n *network) put(from, to string, m wire.Message) {
	w := n.w
	copies := 1
	switch {
	case w.chance(25):
		copies = 0
	case w.chance(25):
		copies = 2
	}
	for range copies {
		late := time.Duration(w.rng.Int64N(int64(200 * time.Millisecond)))
		if w.chance(20) {
			late = time.Duration(w.rng.Int64N(int64(time.Minute)))
		}
		n.air = append(n.air, flight{w.now.Add(late), from, to, m})
	}
}

// deliver hands over one message that is due; false where there is none.
func (n *network) deliver() bool { return n.deliverWhere(func(flight) bool { return true }) }

// deliverTo is deliver for one receiver; "" is central.
func (n *network) deliverTo(to string) bool {
	return n.deliverWhere(func(f flight) bool { return f.to == to })
}

func (n *network) deliverWhere(fits func(f flight) bool) bool {
	var due []int
	for i, f := range n.air {
		if !f.at.After(n.w.now) && fits(f) {
			due = append(due, i)
		}
	}
	if len(due) == 0 {
		return false
	}
	i := due[n.w.rng.IntN(len(due))]
	f := n.air[i]
	n.air = slices.Delete(n.air, i, i+1)
	for _, k := range n.w.kiosks {
		if (k.id == f.from || k.id == f.to) && k.cut {
			return true // nothing goes through
		}
	}
	if f.to == "" {
		n.w.centre.take(f.m)
		return true
	}
	for _, k := range n.w.kiosks {
		if k.id == f.to {
			k.take(f.m)
		}
	}
	return true
}

// forget drops what is on its way to a machine that is no longer there: a broker keeps
// nothing for the one that comes in its place.
func (n *network) forget(kiosk string) {
	n.air = slices.DeleteFunc(n.air, func(f flight) bool { return f.to == kiosk })
}

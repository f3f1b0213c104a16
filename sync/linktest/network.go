package linktest

import (
	"bytes"
	"context"
	"math/rand/v2"
	"sync"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// Weather is how the network treats a message on its way to one receiver: the
// probability, from 0 to 1, of each misfortune. The zero value is a good network.
type Weather struct {
	Drop    float64 // it is gone
	Repeat  float64 // it arrives, and again some messages later
	Reorder float64 // it arrives after the next one
	Stall   float64 // it arrives up to StallEvents messages later
}

// StallEvents is the longest that a stalled or repeated message is held, in
// publications and ticks of the whole network.
const StallEvents = 32

// Stats counts what has happened.
type Stats struct {
	Published, Delivered                  int
	Dropped, Repeated, Reordered, Stalled int
	Overflowed                            int // the receiver's channel was full
	Dialled, Refused, Lost/* partition */ int
}

// Network is a broker and everything around it.
type Network struct {
	mu      sync.Mutex
	random  *rand.Rand
	weather Weather
	links   []*link // live ones, in the order of dialling
	held    []held
	event   uint64
	islands map[string]bool
	down    bool
	stats   Stats
}

// held is a message that has not arrived yet.
type held struct {
	due uint64
	to  *link
	m   wire.Message
}

// New makes a network whose every chance comes from seed.
func New(seed uint64, w Weather) *Network {
	return &Network{random: rand.New(rand.NewPCG(seed, 0)), weather: w, islands: map[string]bool{}}
}

// Dialer gives a Dialer for the end called name with these subscriptions (MQTT
// topic filters). A second link of one name ends the first, as brokers do.
func (n *Network) Dialer(name string, filters ...string) wire.Dialer {
	return dialer{n: n, name: name, filters: filters}
}

// SetWeather changes the weather for messages from now on.
func (n *Network) SetWeather(w Weather) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.weather = w
}

// Cut ends the live links of name; it may dial again. What was held for it is lost.
func (n *Network) Cut(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cut(func(l *link) bool { return l.name == name })
}

// Partition puts name on an island (or back). Its links stay up and look alive,
// as a half-open connection does, but nothing passes, and it cannot dial.
func (n *Network) Partition(name string, on bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.islands[name] = on
}

// SetDown stops the broker (every link ends, nobody can dial) or starts it again.
func (n *Network) SetDown(down bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.down = down
	if down {
		n.cut(func(*link) bool { return true })
	}
}

// Tick lets one event pass without a message, so that held messages move on.
func (n *Network) Tick() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.event++
	n.release(n.event)
}

// Settle delivers everything that is held.
func (n *Network) Settle() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.release(^uint64(0))
}

// Stats gives the counts so far.
func (n *Network) Stats() Stats {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.stats
}

type dialer struct {
	n       *Network
	name    string
	filters []string
}

// Dial implements wire.Dialer.
func (d dialer) Dial(ctx context.Context) (wire.Link, error) {
	n := d.n
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if n.down || n.islands[d.name] {
		n.stats.Refused++
		return nil, unavailable("The network is down.")
	}
	n.cut(func(l *link) bool { return l.name == d.name })
	l := newLink(n, d.name, d.filters)
	n.links = append(n.links, l)
	n.stats.Dialled++
	return l, nil
}

// publish carries m from one link to all that subscribed to its topic.
func (n *Network) publish(from *link, m wire.Message) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if from.err != nil {
		return from.err
	}
	n.stats.Published++
	n.event++
	if n.islands[from.name] {
		n.stats.Lost++
		return nil
	}
	m.Payload = bytes.Clone(m.Payload)
	for _, to := range n.links {
		if to.subscribed(m.Topic) {
			n.send(to, m)
		}
	}
	n.release(n.event)
	return nil
}

// send lets the weather decide. One draw per misfortune whatever the outcome, so
// that a change of one probability does not shift all later chances.
func (n *Network) send(to *link, m wire.Message) {
	drop, repeat, reorder, stall := n.random.Float64(), n.random.Float64(), n.random.Float64(), n.random.Float64()
	later := n.event + 1 + n.random.Uint64N(StallEvents)
	if drop < n.weather.Drop {
		n.stats.Dropped++
		return
	}
	if repeat < n.weather.Repeat {
		n.stats.Repeated++
		n.held = append(n.held, held{later, to, m})
	}
	switch {
	case stall < n.weather.Stall:
		n.stats.Stalled++
		n.held = append(n.held, held{later, to, m})
	case reorder < n.weather.Reorder:
		n.stats.Reordered++
		n.held = append(n.held, held{n.event + 1, to, m})
	default:
		n.deliver(to, m)
	}
}

// release delivers what is due at event.
func (n *Network) release(event uint64) {
	rest := n.held[:0]
	for _, h := range n.held {
		if h.due > event {
			rest = append(rest, h)
			continue
		}
		n.deliver(h.to, h.m)
	}
	clear(n.held[len(rest):])
	n.held = rest
}

func (n *Network) deliver(to *link, m wire.Message) {
	switch {
	case to.err != nil || n.islands[to.name]:
		n.stats.Lost++
	case to.push(m):
		n.stats.Delivered++
	default:
		n.stats.Overflowed++
	}
}

func (n *Network) cut(which func(*link) bool) {
	rest := n.links[:0]
	for _, l := range n.links {
		if which(l) {
			l.end(unavailable("The connection was cut."))
			continue
		}
		rest = append(rest, l)
	}
	clear(n.links[len(rest):])
	n.links = rest
}

func unavailable(message string) error { return problem.New(problem.Unavailable, message, "") }

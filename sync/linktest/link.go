package linktest

import (
	"bytes"
	"context"
	"strings"

	"github.com/timepost/timepost/sync/wire"
)

// Capacity is how many messages a link of this package holds for its reader.
const Capacity = 256

// link is one end. Its err is guarded by the network's lock, and so is the
// channel against being closed during a push, which never waits.
type link struct {
	n       *Network
	name    string
	filters []string
	in      chan wire.Message
	done    chan struct{}
	err     error
}

func newLink(n *Network, name string, filters []string) *link {
	return &link{n: n, name: name, filters: filters, in: make(chan wire.Message, Capacity), done: make(chan struct{})}
}

// Publish implements wire.Link.
func (l *link) Publish(ctx context.Context, m wire.Message) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(m.Payload) > wire.MaxPayload {
		return wire.TooLarge()
	}
	return l.n.publish(l, m)
}

// Receive implements wire.Link.
func (l *link) Receive() <-chan wire.Message { return l.in }

// Done implements wire.Link.
func (l *link) Done() <-chan struct{} { return l.done }

// Err implements wire.Link.
func (l *link) Err() error {
	l.n.mu.Lock()
	defer l.n.mu.Unlock()
	return l.err
}

// Close implements wire.Link.
func (l *link) Close() error {
	l.n.mu.Lock()
	defer l.n.mu.Unlock()
	l.n.cut(func(o *link) bool { return o == l })
	return nil
}

func (l *link) end(err error) {
	l.err = err
	close(l.in)
	close(l.done)
}

// push gives each receiver its own copy of the payload.
func (l *link) push(m wire.Message) bool {
	m.Payload = bytes.Clone(m.Payload)
	select {
	case l.in <- m:
		return true
	default:
		return false
	}
}

func (l *link) subscribed(topic string) bool {
	for _, f := range l.filters {
		if matches(f, topic) {
			return true
		}
	}
	return false
}

// matches says whether an MQTT topic filter (with + and #) takes a topic.
func matches(filter, topic string) bool {
	f, t := strings.Split(filter, "/"), strings.Split(topic, "/")
	for i, seg := range f {
		switch {
		case seg == "#":
			return true
		case i >= len(t):
			return false
		case seg != "+" && seg != t[i]:
			return false
		}
	}
	return len(f) == len(t)
}

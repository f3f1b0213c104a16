package wire

import "context"

// Message is one MQTT publication: what the broker carries. The payload is the
// encoded Envelope; it is never trusted before Open has verified it.
type Message struct {
	Topic   string
	Payload []byte // at most MaxPayload bytes
	QoS     byte   // 0 or 1
}

// Link is one live connection to a broker.
//
// Publish hands a message to the connection; a nil error promises nothing about
// the other side (only central's signed acknowledgement does). It blocks until
// the message is written or ctx ends, and fails once the link is down.
// Receive gives the one channel of incoming messages; it is bounded, and a full
// one drops the newest message rather than block the reader. It is closed when
// the link is down. Done is closed when the link is down, Err then says why.
// Close ends the link and waits for its goroutines; it may be called twice.
type Link interface {
	Publish(ctx context.Context, m Message) error
	Receive() <-chan Message
	Done() <-chan struct{}
	Err() error
	Close() error
}

// Dialer makes a fresh Link with the subscriptions it was built for in place.
// An error is temporary unless its problem code says Untrusted or Forbidden.
type Dialer interface {
	Dial(ctx context.Context) (Link, error)
}

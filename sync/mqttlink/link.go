package mqttlink

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"sync"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// goodbye is how long Close waits for the broker to take the DISCONNECT.
const goodbye = 500 * time.Millisecond

// link implements wire.Link over one client and one connection.
type link struct {
	client mqtt.Client
	log    *slog.Logger
	in     chan wire.Message
	done   chan struct{}
	calls  sync.WaitGroup // Publish calls into paho, which know no context
	closed sync.Once

	mu   sync.RWMutex // guards in against being closed during a push, and what follows
	err  error
	conn *watched
}

func newLink(capacity int, log *slog.Logger) *link {
	return &link{log: log, in: make(chan wire.Message, capacity), done: make(chan struct{})}
}

// Publish implements wire.Link. At QoS 1 it does not wait for the broker's
// acknowledgement, which would say nothing.
func (l *link) Publish(ctx context.Context, m wire.Message) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	if len(m.Payload) > wire.MaxPayload {
		return wire.TooLarge()
	}
	if !l.enter() {
		return fmt.Errorf("publish: %w", l.Err())
	}
	handed := make(chan mqtt.Token, 1)
	go func() {
		defer l.calls.Done()
		handed <- l.client.Publish(m.Topic, m.QoS, false, m.Payload)
	}()
	select {
	case token := <-handed:
		return l.written(ctx, token, m.QoS)
	case <-ctx.Done():
		return fmt.Errorf("publish: %w", ctx.Err())
	case <-l.done:
		return fmt.Errorf("publish: %w", l.Err())
	}
}

// written waits until a message is written. The token of QoS 1 completes only
// with the acknowledgement, so there an error is all that is looked for.
func (l *link) written(ctx context.Context, token mqtt.Token, qos byte) error {
	if qos == 0 {
		if err := l.wait(ctx, token); err != nil {
			return fmt.Errorf("publish: %w", err)
		}
		return nil
	}
	select {
	case <-token.Done():
		if err := token.Error(); err != nil {
			return fmt.Errorf("publish: %w", unavailable(err))
		}
	default:
	}
	return nil
}

// Receive implements wire.Link.
func (l *link) Receive() <-chan wire.Message { return l.in }

// Done implements wire.Link.
func (l *link) Done() <-chan struct{} { return l.done }

// Err implements wire.Link.
func (l *link) Err() error {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.err
}

// Close implements wire.Link. It may take as long as the write timeout when a
// Publish is stuck in a dead connection.
func (l *link) Close() error {
	l.closed.Do(func() {
		l.client.Disconnect(uint(goodbye / time.Millisecond))
		l.down(problem.New(problem.Unavailable, "The connection has been closed.", ""))
		l.hangUp()
		l.calls.Wait()
	})
	return nil
}

// enter counts a call into paho, unless the link is down.
func (l *link) enter() bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.err != nil {
		return false
	}
	l.calls.Add(1)
	return true
}

// push runs in paho's goroutines and must not wait: what does not fit is dropped.
func (l *link) push(m wire.Message) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.err != nil {
		return
	}
	select {
	case l.in <- m:
	default:
		l.log.Debug("message dropped, the reader is behind", "topic", m.Topic)
	}
}

// down ends the link for its users; the first reason counts.
func (l *link) down(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return
	}
	l.err = err
	close(l.in)
	close(l.done)
}

// wait waits for a token, ctx, or the end of the link.
func (l *link) wait(ctx context.Context, token mqtt.Token) error {
	select {
	case <-token.Done():
		return token.Error()
	case <-ctx.Done():
		return unavailable(ctx.Err())
	case <-l.done:
		return l.Err()
	}
}

// open makes the connection; paho calls it once per client.
func (l *link) open(ctx context.Context, u *url.URL, dialTLS DialFunc) (net.Conn, error) {
	dial := (&net.Dialer{}).DialContext
	if u.Scheme == "tls" {
		dial = dialTLS
	}
	conn, err := dial(ctx, "tcp", u.Host)
	if err != nil {
		conn = nil
	}
	w := &watched{Conn: conn, err: err}
	w.in = newStream(conn, func(size int) { l.log.Debug("packet dropped, it is too large", "bytes", size) })
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conn = w
	if err == nil && ctx.Err() != nil { // given up meanwhile: nobody would close it
		err = ctx.Err()
		_ = conn.Close()
	}
	if err != nil {
		return nil, err
	}
	return w, nil
}

// hangUp closes the connection in case paho has not.
func (l *link) hangUp() {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.conn != nil && l.conn.Conn != nil {
		_ = l.conn.Close() // closed before in nearly every case, which is an error
	}
}

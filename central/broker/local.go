package broker

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/timepost/timepost/internal/lifecycle"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// group is the queue group that all replicas of central share.
const group = "central"

// Limits of what waits for a slow central; beyond them the newest are dropped.
const (
	pendingMessages = 64 << 10
	pendingBytes    = 128 << 20
	flushTime       = 10 * time.Second
)

// Local exchanges messages through the embedded broker, without a socket.
type Local struct {
	broker  *Embedded
	workers int
	log     *slog.Logger
	ready   *lifecycle.Signal

	mu   sync.RWMutex
	conn *nats.Conn // nil while it does not run
}

// NewLocal makes the exchange of an embedded broker. workers is how many messages
// are handled at once; 0 is DefaultWorkers.
func NewLocal(b *Embedded, workers int, log *slog.Logger) *Local {
	return &Local{broker: b, workers: workers, log: log, ready: lifecycle.NewSignal()}
}

// Ready gives a channel that is closed once up messages are heard.
func (x *Local) Ready() <-chan struct{} { return x.ready.Done() }

// Run waits for the broker, then hands every up message to handle until ctx ends,
// and then returns nil. It fails when the broker goes away.
func (x *Local) Run(ctx context.Context, handle Handler) error {
	select {
	case <-ctx.Done():
		return nil
	case <-x.broker.Ready():
	}
	closed := make(chan struct{})
	conn, err := x.connect(closed)
	if err != nil {
		return err
	}
	inner, stop := context.WithCancel(ctx)
	pool := newLanes(x.workers, handle, x.Publish, x.log)
	var working sync.WaitGroup
	working.Go(func() { pool.run(inner) })
	defer func() {
		x.use(nil)
		stop()
		conn.Close()
		<-closed
		working.Wait()
	}()
	if err := x.subscribe(inner, conn, pool); err != nil {
		return err
	}
	x.use(conn)
	x.ready.Set()
	select {
	case <-ctx.Done():
		return nil
	case <-closed:
		return problem.New(problem.Unavailable, "The broker has stopped.", "")
	}
}

// Publish sends a message to a kiosk. problem.Unavailable: Run is not running.
func (x *Local) Publish(ctx context.Context, m wire.Message) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	if len(m.Payload) > wire.MaxPayload {
		return wire.TooLarge()
	}
	x.mu.RLock()
	conn := x.conn
	x.mu.RUnlock()
	if conn == nil {
		return offline()
	}
	if err := conn.Publish(subjectOf(m.Topic), m.Payload); err != nil {
		return fmt.Errorf("publish to %s: %w", m.Topic, err)
	}
	return nil
}

func (x *Local) connect(closed chan<- struct{}) (*nats.Conn, error) {
	srv := x.broker.server()
	if srv == nil {
		return nil, offline()
	}
	conn, err := nats.Connect("", nats.InProcessServer(srv), nats.UserInfo(inside, x.broker.secret),
		nats.NoReconnect(), nats.ClosedHandler(func(*nats.Conn) { close(closed) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			x.log.Warn("messages dropped, central is behind", "err", err)
		}))
	if err != nil {
		return nil, fmt.Errorf("connect to own broker: %w", err)
	}
	return conn, nil
}

// subscribe hears what kiosks send. The callback runs in one goroutine, so the
// order of arrival is kept into the lanes; while they are full it waits there.
func (x *Local) subscribe(ctx context.Context, conn *nats.Conn, pool *lanes) error {
	filter := subjectOf(wire.CentralFilter(x.broker.cfg.Org))
	sub, err := conn.QueueSubscribe(filter, group, func(m *nats.Msg) {
		pool.offer(ctx, wire.Message{Topic: topicOf(m.Subject), Payload: m.Data})
	})
	if err != nil {
		return fmt.Errorf("subscribe at own broker: %w", err)
	}
	if err := sub.SetPendingLimits(pendingMessages, pendingBytes); err != nil {
		return fmt.Errorf("subscribe at own broker: %w", err)
	}
	flush, cancel := context.WithTimeout(ctx, flushTime)
	defer cancel()
	if err := conn.FlushWithContext(flush); err != nil && ctx.Err() == nil {
		return fmt.Errorf("subscribe at own broker: %w", err)
	}
	return nil
}

func (x *Local) use(conn *nats.Conn) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.conn = conn
}

package broker

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/timepost/timepost/internal/lifecycle"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/schedule"
	"github.com/timepost/timepost/sync/wire"
)

// steady is how long a connection must have lived to count as one that works. A
// broker that accepts and hangs up at once is not to be hammered.
const steady = 10 * time.Second

// ExternalConfig is what an External exchange is made of.
type ExternalConfig struct {
	// Dialer connects to the broker, subscribed to wire.CentralFilter; required.
	// Its links should keep the order of arrival: batches that change places cost
	// a resend each.
	Dialer wire.Dialer

	// Chance gives numbers in [0, 1) that spread the waits; required.
	Chance func() float64

	Logger  *slog.Logger // required
	Workers int          // messages handled at once; 0 is DefaultWorkers

	// Connected is called each time a connection stands, beside the messages that
	// come over it; its context ends with the connection. nil: nobody is told.
	Connected func(ctx context.Context)
}

// External exchanges messages through a broker that runs elsewhere.
type External struct {
	cfg   ExternalConfig
	ready *lifecycle.Signal

	mu   sync.RWMutex
	link wire.Link // nil while there is no connection
}

// NewExternal makes an exchange that is not connected yet.
func NewExternal(cfg ExternalConfig) *External {
	return &External{cfg: cfg, ready: lifecycle.NewSignal()}
}

// Ready gives a channel that is closed once it has been connected for the first time.
func (x *External) Ready() <-chan struct{} { return x.ready.Done() }

// Run hands every up message to handle until ctx ends, and then returns nil. It
// connects again for ever, whatever the broker says, unless it was shown to have
// a hole: then Run fails with ErrHole.
func (x *External) Run(ctx context.Context, handle Handler) error {
	pool := newLanes(x.cfg.Workers, handle, x.Publish, x.cfg.Logger)
	inner, stop := context.WithCancel(ctx)
	var working sync.WaitGroup
	working.Go(func() { pool.run(inner) })
	defer working.Wait()
	defer stop()
	for failed := 0; ctx.Err() == nil; {
		worked, err := x.once(ctx, pool)
		if err != nil {
			return err
		}
		if worked {
			failed = 0
		} else {
			failed++
		}
		pause(ctx, schedule.Reconnect{}.Wait(failed, x.cfg.Chance()))
	}
	return nil
}

// Publish sends a message to a kiosk. problem.Unavailable: there is no connection.
func (x *External) Publish(ctx context.Context, m wire.Message) error {
	x.mu.RLock()
	link := x.link
	x.mu.RUnlock()
	if link == nil {
		return offline()
	}
	return link.Publish(ctx, m)
}

// once connects and serves one connection; true: it was one that works.
func (x *External) once(ctx context.Context, pool *lanes) (bool, error) {
	link, err := x.cfg.Dialer.Dial(ctx)
	if errors.Is(err, ErrHole) {
		return false, err
	}
	if err != nil {
		if ctx.Err() == nil {
			x.cfg.Logger.Warn("broker not reached", "err", err)
		}
		return false, nil
	}
	began := time.Now()
	x.use(link)
	x.ready.Set()
	x.cfg.Logger.Info("broker connected")
	x.serve(ctx, link, pool)
	x.use(nil)
	if err := link.Err(); err != nil && ctx.Err() == nil {
		x.cfg.Logger.Warn("broker connection lost", "err", err)
	}
	if err := link.Close(); err != nil {
		x.cfg.Logger.Warn("broker connection not closed", "err", err)
	}
	return time.Since(began) >= steady, nil
}

// serve does what there is to do over a connection until it ends.
func (x *External) serve(ctx context.Context, link wire.Link, pool *lanes) {
	ctx, stop := context.WithCancel(ctx)
	var telling sync.WaitGroup
	if x.cfg.Connected != nil {
		telling.Go(func() { x.cfg.Connected(ctx) })
	}
	x.pass(ctx, link, pool)
	stop()
	telling.Wait()
}

// pass moves messages from the link to the lanes until either ends.
func (x *External) pass(ctx context.Context, link wire.Link, pool *lanes) {
	for {
		select {
		case <-ctx.Done():
			return
		case m, ok := <-link.Receive():
			if !ok || !pool.offer(ctx, m) {
				return
			}
		}
	}
}

func (x *External) use(link wire.Link) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.link = link
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

func offline() error {
	return problem.New(problem.Unavailable, "The broker is not connected.", "Try again in a moment.")
}

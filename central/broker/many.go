package broker

import (
	"context"
	"errors"
	"sync"

	"github.com/timepost/timepost/sync/wire"
)

// Exchange is one of several: an External or a Local.
type Exchange interface {
	Run(ctx context.Context, handle Handler) error
	Publish(ctx context.Context, m wire.Message) error
}

// Many is at several brokers at once, so that kiosks are heard whichever they are
// connected to: that is how a fleet moves from one to another.
type Many struct {
	brokers []Exchange
}

// NewMany puts at least one together.
func NewMany(brokers ...Exchange) *Many { return &Many{brokers} }

// Run runs each until ctx ends, and gives nil then. The first that fails, such as one that
// must not be used (ErrHole), ends them all.
func (m *Many) Run(ctx context.Context, handle Handler) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	errs := make([]error, len(m.brokers))
	var running sync.WaitGroup
	for i, x := range m.brokers {
		running.Go(func() {
			if errs[i] = x.Run(ctx, handle); errs[i] != nil {
				stop()
			}
		})
	}
	running.Wait()
	return errors.Join(errs...)
}

// Publish sends a message to a kiosk through every broker, for it is known to none which
// one that is at. It is an error where none has taken it.
func (m *Many) Publish(ctx context.Context, msg wire.Message) error {
	errs := make([]error, 0, len(m.brokers))
	for _, x := range m.brokers {
		err := x.Publish(ctx, msg)
		if err == nil {
			continue
		}
		errs = append(errs, err)
	}
	if len(errs) < len(m.brokers) {
		return nil
	}
	return errors.Join(errs...)
}

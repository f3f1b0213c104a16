package lifecycle

import (
	"context"
	"errors"
	"sync"
)

// Service is a part of a program that lives until it is told to stop.
//
// Run blocks until the work is over or ctx is cancelled. Before it returns,
// every goroutine it started has ended. It returns nil or the context's error
// when it was cancelled, and any other error when it failed. A Service is run
// once.
type Service interface {
	Run(ctx context.Context) error
}

// Func is a function that is a Service.
type Func func(ctx context.Context) error

// Run calls f.
func (f Func) Run(ctx context.Context) error { return f(ctx) }

// Readier is a Service that can say when it has begun to serve. A Group waits
// for Ready before it starts the next service.
type Readier interface {
	Service
	// Ready gives a channel that is closed once the service serves. It may be
	// called at any time, also before Run, and always gives the same channel.
	Ready() <-chan struct{}
}

// Signal is a condition that becomes true once and stays true: the usual way to
// be a Readier. Make it with NewSignal. It is safe for concurrent use.
type Signal struct {
	once sync.Once
	ch   chan struct{}
}

// NewSignal gives a Signal that is not set.
func NewSignal() *Signal { return &Signal{ch: make(chan struct{})} }

// Set makes the condition true. Only the first call does anything.
func (s *Signal) Set() { s.once.Do(func() { close(s.ch) }) }

// Done gives a channel that is closed once Set has been called.
func (s *Signal) Done() <-chan struct{} { return s.ch }

// IsCancellation says whether err is nothing but the news that a context was
// cancelled. Of several joined errors each one must be; a real failure that is
// joined with a cancellation stays a failure. IsCancellation(nil) is false.
func IsCancellation(err error) bool {
	switch e := err.(type) { // each link of the chain is looked at by itself
	case nil:
		return false
	case interface{ Unwrap() []error }:
		errs := e.Unwrap()
		for _, each := range errs {
			if !IsCancellation(each) {
				return false
			}
		}
		return len(errs) > 0
	case interface{ Unwrap() error }:
		return IsCancellation(e.Unwrap())
	default:
		return errors.Is(err, context.Canceled)
	}
}

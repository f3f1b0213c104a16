package broker

import (
	"context"
	"fmt"

	"github.com/timepost/timepost/sync/wire"
)

// Candidate is a broker and how it is tried.
type Candidate struct {
	Dialer wire.Dialer
	Prove  func(ctx context.Context) error // Proof.Prove
}

// Proven connects to brokers in turn, and to none before it has proved once that
// its rules hold. It implements wire.Dialer for one caller at a time.
type Proven struct {
	brokers []Candidate
	proved  []bool
	next    int
}

// NewProven makes a dialer of at least one broker.
func NewProven(brokers []Candidate) *Proven {
	return &Proven{brokers: brokers, proved: make([]bool, len(brokers))}
}

// Dial connects to the next broker. ErrHole: it must not be used.
func (p *Proven) Dial(ctx context.Context) (wire.Link, error) {
	i := p.next % len(p.brokers)
	p.next++
	if !p.proved[i] {
		if err := p.brokers[i].Prove(ctx); err != nil {
			return nil, fmt.Errorf("try broker: %w", err)
		}
		p.proved[i] = true
	}
	return p.brokers[i].Dialer.Dial(ctx)
}

package broker_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/timepost/timepost/central/broker"
	"github.com/timepost/timepost/sync/wire"
)

// dials is a dialer that notes its calls and connects to nothing.
type dials func()

func (d dials) Dial(context.Context) (wire.Link, error) { d(); return nil, nil }

// Brokers are taken in turn; each is tried until it has proved itself once, and
// is not used before.
func TestProven(t *testing.T) {
	t.Parallel()
	var did []string
	away := errors.New("away")
	candidate := func(name string, fails int) broker.Candidate {
		return broker.Candidate{
			Dialer: dials(func() { did = append(did, "use "+name) }),
			Prove: func(context.Context) error {
				did = append(did, "try "+name)
				if fails--; fails >= 0 {
					return away
				}
				return nil
			},
		}
	}
	p := broker.NewProven([]broker.Candidate{candidate("a", 0), candidate("b", 1)})
	for i, want := range []error{nil, away, nil, nil, nil, nil} {
		if _, err := p.Dial(t.Context()); !errors.Is(err, want) {
			t.Errorf("dial %d: %v", i, err)
		}
	}
	want := []string{"try a", "use a", "try b", "use a", "try b", "use b", "use a", "use b"}
	if !slices.Equal(did, want) {
		t.Errorf("did %v, want %v", did, want)
	}
}

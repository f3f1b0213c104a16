package broker_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timepost/timepost/central/broker"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/linktest"
	"github.com/timepost/timepost/sync/wire"
)

// Central is at two brokers: kiosks are heard and reached at either, also while the other
// is gone.
func TestManyBrokers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := linktest.New(1, linktest.Weather{}), linktest.New(2, linktest.Weather{})
		b.SetDown(true)
		over := func(n *linktest.Network) broker.Exchange {
			return external(n.Dialer("central", wire.CentralFilter(org)))
		}
		many := broker.NewMany(over(a), over(b))
		ctx, stop := context.WithCancel(t.Context())
		heard := make(chan string, 1)
		var running sync.WaitGroup
		running.Go(func() {
			err := many.Run(ctx, func(_ context.Context, m wire.Message) []wire.Message {
				heard <- string(m.Payload)
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
		time.Sleep(time.Minute)
		there := func(n *linktest.Network, text string) {
			t.Helper()
			kiosk, err := n.Dialer("kiosk-a", wire.KioskFilter(org, "kiosk-a")).Dial(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := kiosk.Publish(t.Context(), message("kiosk-a", wire.UpReq, text)); err != nil {
				t.Fatal(err)
			}
			if got := <-heard; got != text {
				t.Errorf("%q", got)
			}
			if err := many.Publish(t.Context(), message("kiosk-a", wire.DownAck, text)); err != nil {
				t.Fatal(err)
			}
			if m := <-kiosk.Receive(); string(m.Payload) != text {
				t.Errorf("%q", m.Payload)
			}
			if err := kiosk.Close(); err != nil {
				t.Error(err)
			}
		}
		there(a, "at a")
		a.SetDown(true)
		b.SetDown(false)
		time.Sleep(3 * time.Minute)
		there(b, "at b")
		b.SetDown(true)
		if err := many.Publish(t.Context(), message("kiosk-a", wire.DownAck, "x")); !problem.Is(err, problem.Unavailable) {
			t.Errorf("with no broker: %v", err)
		}
		stop()
		running.Wait()
	})
}

// holed must not be used.
type holed struct{}

// Dial implements wire.Dialer.
func (holed) Dial(context.Context) (wire.Link, error) { return nil, broker.ErrHole }

// One broker with a hole is one too many.
func TestManyBrokersWithAHole(t *testing.T) {
	t.Parallel()
	good := external(linktest.New(1, linktest.Weather{}).Dialer("central"))
	if err := broker.NewMany(good, external(holed{})).Run(t.Context(), deaf); !errors.Is(err, broker.ErrHole) {
		t.Error(err)
	}
}

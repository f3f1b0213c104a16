package broker_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/timepost/timepost/central/broker"
	"github.com/timepost/timepost/sync/linktest"
	"github.com/timepost/timepost/sync/linktest/mosquitto"
	"github.com/timepost/timepost/sync/linktest/relay"
	"github.com/timepost/timepost/sync/wire"
)

// place is a broker with central's exchange on it.
type place struct {
	exchange exchange
	dialer   func(t *testing.T, kiosk, listens string) wire.Dialer
	cut      func(kiosk string)
}

// places are all the ways in which central meets kiosks.
func places() map[string]func(t *testing.T) place {
	return map[string]func(t *testing.T) place{"embedded": embedded, "mosquitto": overMosquitto, "linktest": overLinktest}
}

func embedded(t *testing.T) place {
	h := open(t, nil, "127.0.0.1:0", t.TempDir())
	return place{
		exchange: broker.NewLocal(h.Embedded, 0, quiet()), cut: func(kiosk string) { h.Kick(kiosk) },
		dialer: func(t *testing.T, kiosk, listens string) wire.Dialer {
			return dialer(t, h.ca, h.Addr(), h.ca.Client(kiosk), kiosk, wire.KioskFilter(org, listens))
		},
	}
}

func overMosquitto(t *testing.T) place {
	b := mosquitto.Start(t, org)
	var mu sync.Mutex
	lines := map[string]*relay.Relay{}
	line := func(kiosk string) *relay.Relay {
		mu.Lock()
		defer mu.Unlock()
		if lines[kiosk] == nil {
			lines[kiosk] = relay.Start(t, b.Addr)
		}
		return lines[kiosk]
	}
	central := dialer(t, b.CA, b.Addr, b.CA.Client(mosquitto.CentralUser), mosquitto.CentralUser, wire.CentralFilter(org))
	return place{
		exchange: external(central), cut: func(kiosk string) { line(kiosk).Cut() },
		dialer: func(t *testing.T, kiosk, listens string) wire.Dialer {
			return dialer(t, b.CA, line(kiosk).Addr(), b.CA.Client(kiosk), kiosk, wire.KioskFilter(org, listens))
		},
	}
}

func overLinktest(*testing.T) place {
	n := linktest.New(1, linktest.Weather{})
	return place{
		exchange: external(n.Dialer("central", wire.CentralFilter(org))), cut: n.Cut,
		dialer: func(_ *testing.T, kiosk, listens string) wire.Dialer {
			return n.Dialer(kiosk, wire.KioskFilter(org, listens))
		},
	}
}

func external(d wire.Dialer) *broker.External {
	return broker.NewExternal(broker.ExternalConfig{Dialer: d, Chance: func() float64 { return 0 }, Logger: quiet()})
}

func TestContract(t *testing.T) {
	t.Parallel()
	for name, start := range places() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			linktest.Contract(t, func(t *testing.T) linktest.Harness {
				p := start(t)
				h := linktest.Harness{
					Org: org, Central: listen(t, p.exchange), Cut: p.cut,
					Kiosk: func(kiosk string) wire.Dialer { return p.dialer(t, kiosk, kiosk) },
				}
				if name != "linktest" {
					h.Snoop = func(kiosk, victim string) wire.Dialer { return p.dialer(t, kiosk, victim) }
				}
				return h
			})
		})
	}
}

// Every message is handled once and answered to the kiosk that sent it; one
// kiosk's messages keep their order and never overlap, and different kiosks do.
func TestExchange(t *testing.T) {
	t.Parallel()
	for name, start := range places() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			exchangeContract(t, start(t))
		})
	}
}

func exchangeContract(t *testing.T, p place) {
	const kiosks, each = 4, 50
	var mu sync.Mutex
	busy, heard := map[string]bool{}, map[string][]string{}
	together := make(chan struct{}) // closed when two kiosks are in the handler at once
	meet := sync.OnceFunc(func() { close(together) })
	background(t, func(ctx context.Context) error {
		return p.exchange.Run(ctx, func(ctx context.Context, m wire.Message) []wire.Message {
			topic, err := wire.ParseTopic(m.Topic)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			if busy[topic.Kiosk] {
				t.Errorf("two messages of %s are handled at once", topic.Kiosk)
			}
			busy[topic.Kiosk] = true
			if len(busy) > 1 {
				meet()
			}
			heard[topic.Kiosk] = append(heard[topic.Kiosk], string(m.Payload))
			mu.Unlock()
			select {
			case <-together:
			case <-ctx.Done():
			}
			mu.Lock()
			delete(busy, topic.Kiosk)
			mu.Unlock()
			return []wire.Message{message(topic.Kiosk, wire.DownAck, string(m.Payload))}
		})
	})
	await(t, p.exchange.Ready(), "the exchange")
	var sending sync.WaitGroup
	for k := range kiosks {
		id := fmt.Sprintf("kiosk-%d", k)
		l := dial(t, p.dialer(t, id, id))
		sending.Go(func() {
			for i := range each {
				if err := l.Publish(t.Context(), message(id, wire.UpRecords, fmt.Sprintf("%s %03d", id, i))); err != nil {
					t.Error(err)
				}
			}
			for range each {
				if m, ok := <-l.Receive(); !ok || string(m.Payload[:len(id)]) != id {
					t.Errorf("%s got %q", id, m.Payload)
				}
			}
		})
	}
	sending.Wait()
	mu.Lock()
	defer mu.Unlock()
	for k := range kiosks {
		checkHeard(t, heard[fmt.Sprintf("kiosk-%d", k)], each)
	}
}

func checkHeard(t *testing.T, heard []string, want int) {
	t.Helper()
	turned, seen := 0, map[string]bool{}
	for i, m := range heard {
		seen[m] = true
		if i > 0 && m < heard[i-1] {
			turned++
		}
	}
	if len(heard) != want || len(seen) != want {
		t.Errorf("%d messages heard, %d different, want %d", len(heard), len(seen), want)
	}
	if turned > 0 {
		t.Errorf("%d messages were handled out of order", turned)
	}
}

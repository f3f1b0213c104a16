package broker_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timepost/timepost/central/broker"
	"github.com/timepost/timepost/internal/lifecycle"
	"github.com/timepost/timepost/internal/lifecycle/lifecycletest"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/linktest"
	"github.com/timepost/timepost/sync/linktest/mosquitto"
	"github.com/timepost/timepost/sync/linktest/testca"
	"github.com/timepost/timepost/sync/wire"
)

// deaf is a handler that answers nothing.
func deaf(context.Context, wire.Message) []wire.Message { return nil }

func TestStartStop(t *testing.T) {
	t.Parallel()
	ca := testca.New(t)
	secure := &tls.Config{Certificates: []tls.Certificate{ca.Server()}, ClientCAs: ca.Pool()}
	dir := t.TempDir()
	t.Run("embedded", func(t *testing.T) {
		lifecycletest.StartStop(t, func() lifecycle.Service {
			b, err := broker.NewEmbedded(broker.EmbeddedConfig{
				Addr: "127.0.0.1:0", Dir: dir, Org: org, Logger: quiet(), Admit: (&hall{}).admit, TLS: secure,
			}, "secret")
			if err != nil {
				t.Fatal(err)
			}
			return b
		})
	})
	h := open(t, ca, "127.0.0.1:0", t.TempDir())
	t.Run("local", func(t *testing.T) {
		lifecycletest.StartStop(t, func() lifecycle.Service {
			x := broker.NewLocal(h.Embedded, 0, quiet())
			return lifecycle.Func(func(ctx context.Context) error { return x.Run(ctx, deaf) })
		})
	})
	m := mosquitto.Start(t, org)
	t.Run("external", func(t *testing.T) {
		lifecycletest.StartStop(t, func() lifecycle.Service {
			x := external(dialer(t, m.CA, m.Addr, m.CA.Client(mosquitto.CentralUser), mosquitto.CentralUser, wire.CentralFilter(org)))
			return lifecycle.Func(func(ctx context.Context) error { return x.Run(ctx, deaf) })
		})
	})
}

// The embedded broker stops and starts again on its folder and address. Links
// end, kiosks come back, and the old folder holds nothing that hurts.
func TestRestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := open(t, nil, "127.0.0.1:0", dir)
	addr := h.Addr()
	for round := range 3 {
		heard, ended := make(chan wire.Message, 1), make(chan error, 1)
		x := broker.NewLocal(h.Embedded, 0, quiet())
		go func() {
			ended <- x.Run(context.Background(), func(_ context.Context, m wire.Message) []wire.Message {
				heard <- m
				return nil
			})
		}()
		await(t, x.Ready(), "the exchange")
		l := dial(t, h.kiosk(t, "kiosk-a"))
		m := message("kiosk-a", wire.UpRecords, fmt.Sprint(round))
		if err := l.Publish(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		if got := next(t, heard); string(got.Payload) != fmt.Sprint(round) {
			t.Fatalf("round %d: %q", round, got.Payload)
		}
		_ = l.Close()
		live := dial(t, h.kiosk(t, "kiosk-b"))
		ca := h.ca
		stopAll(t, h, live)
		if err := <-ended; !problem.Is(err, problem.Unavailable) {
			t.Errorf("the exchange of a stopped broker: %v", err)
		}
		h = open(t, ca, addr, dir)
	}
}

func stopAll(t *testing.T, h *hall, live wire.Link) {
	t.Helper()
	h.stop()
	await(t, live.Done(), "the end of the link")
	if _, err := h.kiosk(t, "kiosk-c").Dial(t.Context()); !problem.Is(err, problem.Unavailable) {
		t.Errorf("the broker has stopped: %v", err)
	}
	if n := h.Kick("kiosk-a"); n != 0 {
		t.Errorf("a stopped broker has %d connections", n)
	}
}

// Publishing without a connection is an error that says: later.
func TestPublishWhileOffline(t *testing.T) {
	t.Parallel()
	ca := testca.New(t)
	b, err := broker.NewEmbedded(broker.EmbeddedConfig{
		Addr: "127.0.0.1:0", Dir: t.TempDir(), Org: org, Logger: quiet(), Admit: (&hall{}).admit,
		TLS: &tls.Config{ClientCAs: ca.Pool()},
	}, "secret")
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]exchange{
		"local": broker.NewLocal(b, 0, quiet()), "external": external(linktest.New(1, linktest.Weather{}).Dialer("c")),
	} {
		if err := x.Publish(t.Context(), message("k", wire.DownAck, "x")); !problem.Is(err, problem.Unavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A broker that is gone for a day is tried for ever, neither in a hurry nor too
// seldom, and found within two minutes of its return.
func TestExternalConnectsForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := linktest.New(1, linktest.Weather{})
		n.SetDown(true)
		x := broker.NewExternal(broker.ExternalConfig{
			Dialer: n.Dialer("central", wire.CentralFilter(org)), Logger: quiet(), Chance: func() float64 { return 0.5 },
		})
		ctx, stop := context.WithCancel(t.Context())
		heard := make(chan string, 1)
		var running sync.WaitGroup
		running.Go(func() {
			err := x.Run(ctx, func(_ context.Context, m wire.Message) []wire.Message {
				heard <- string(m.Payload)
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
		time.Sleep(24 * time.Hour)
		if tries := n.Stats().Refused; tries < 24*30 || tries > 24*60 {
			t.Errorf("%d tries in a day", tries)
		}
		n.SetDown(false)
		time.Sleep(2 * time.Minute)
		kiosk, err := n.Dialer("kiosk-a").Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := kiosk.Publish(t.Context(), message("kiosk-a", wire.UpReq, "hello")); err != nil {
			t.Fatal(err)
		}
		if got := <-heard; got != "hello" {
			t.Errorf("%q", got)
		}
		n.Cut("central") // it had lived for minutes: back within a second
		time.Sleep(time.Second)
		if err := x.Publish(t.Context(), message("kiosk-a", wire.DownAck, "x")); err != nil {
			t.Errorf("after a cut: %v", err)
		}
		stop()
		running.Wait()
	})
}

// flaky hangs up on every connection at once.
type flaky struct {
	wire.Dialer
	n     *linktest.Network
	dials *int
}

// Dial implements wire.Dialer.
func (f flaky) Dial(ctx context.Context) (wire.Link, error) {
	*f.dials++
	l, err := f.Dialer.Dial(ctx)
	f.n.Cut("central")
	return l, err
}

func TestABrokerThatHangsUpIsNotHammered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, dials := linktest.New(1, linktest.Weather{}), 0
		x := broker.NewExternal(broker.ExternalConfig{
			Dialer: flaky{n.Dialer("central"), n, &dials}, Logger: quiet(), Chance: func() float64 { return 0 },
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if err := x.Run(ctx, deaf); err != nil {
			t.Error(err)
		}
		if dials < 30 || dials > 90 {
			t.Errorf("%d dials in an hour", dials)
		}
	})
}

// Far below what the engine does (tens of thousands a second), far above what a
// mistake in flow control leaves over. A kiosk has a window of messages on the
// way, wider than any real one.
func TestThroughput(t *testing.T) {
	t.Parallel()
	const kiosks, each, window = 8, 1000, 32
	h := open(t, nil, "127.0.0.1:0", t.TempDir())
	central := listen(t, broker.NewLocal(h.Embedded, 0, quiet()))
	links, windows := map[string]wire.Link{}, map[string]chan struct{}{}
	for k := range kiosks {
		id := fmt.Sprintf("kiosk-%d", k)
		links[id], windows[id] = dial(t, h.kiosk(t, id)), make(chan struct{}, window)
	}
	began := time.Now()
	var sending sync.WaitGroup
	for id, l := range links {
		sending.Go(func() {
			m := message(id, wire.UpRecords, string(make([]byte, 300)))
			for range each {
				windows[id] <- struct{}{}
				if err := l.Publish(t.Context(), m); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range kiosks * each {
		to, err := wire.ParseTopic(next(t, central.Receive()).Topic)
		if err != nil {
			t.Fatal(err)
		}
		<-windows[to.Kiosk]
	}
	sending.Wait()
	took := time.Since(began)
	t.Logf("%d QoS 1 messages in %s: %.0f a second", kiosks*each, took, kiosks*each/took.Seconds())
	if took > patience {
		t.Errorf("took %s", took)
	}
}

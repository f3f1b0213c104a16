package broker_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/timepost/timepost/central/broker"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/linktest/mosquitto"
	"github.com/timepost/timepost/sync/linktest/testca"
	"github.com/timepost/timepost/sync/mqttlink"
	"github.com/timepost/timepost/sync/trust"
	"github.com/timepost/timepost/sync/wire"
)

const (
	org      = "acme"
	patience = 20 * time.Second
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// exchange is what both exchanges are.
type exchange interface {
	Run(ctx context.Context, handle broker.Handler) error
	Publish(ctx context.Context, m wire.Message) error
	Ready() <-chan struct{}
}

// background runs f until the test ends (or stop is called) and waits for it.
func background(t *testing.T, f func(context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func await(t *testing.T, ready <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-ready:
	case <-time.After(patience):
		t.Fatalf("%s is not ready", what)
	}
}

// hall is a running embedded broker with its authority and its guest list.
type hall struct {
	*broker.Embedded
	ca   *testca.CA
	stop func()

	mu     sync.Mutex
	banned map[string]bool
}

// admit takes everyone whose certificate is not banned.
func (h *hall) admit(cert *x509.Certificate) (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if id := cert.Subject.CommonName; !h.banned[id] {
		return id, nil
	}
	return "", problem.New(problem.Forbidden, "This kiosk was revoked.", "")
}

func (h *hall) ban(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.banned[id] = true
}

// open starts an embedded broker at addr; ca nil makes a new authority.
func open(t *testing.T, ca *testca.CA, addr, dir string) *hall {
	t.Helper()
	if ca == nil {
		ca = testca.New(t)
	}
	h := &hall{ca: ca, banned: map[string]bool{}}
	var err error
	h.Embedded, err = broker.NewEmbedded(broker.EmbeddedConfig{
		Addr: addr, Dir: dir, Org: org, Admit: h.admit, Logger: quiet(),
		TLS: &tls.Config{Certificates: []tls.Certificate{ca.Server()}, ClientCAs: ca.Pool()},
	}, "secret of the test")
	if err != nil {
		t.Fatal(err)
	}
	h.stop = background(t, h.Run)
	await(t, h.Ready(), "the broker")
	return h
}

// dialer gives the dialer of a client with the given certificate.
func dialer(t *testing.T, ca *testca.CA, addr string, cert tls.Certificate, id string, filters ...string) *mqttlink.Dialer {
	t.Helper()
	d, err := mqttlink.New(mqttlink.Config{
		Brokers: []string{"tls://" + addr}, ClientID: id, Filters: filters, Logger: quiet(),
		Ordered: id == mosquitto.CentralUser, // as central connects; kiosks do without
		DialTLS: trust.Config{
			Roots:       []*x509.Certificate{ca.Cert},
			Certificate: func() (*tls.Certificate, error) { return &cert, nil },
		}.Dial,
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// kiosk gives the dialer of an honest kiosk.
func (h *hall) kiosk(t *testing.T, id string) *mqttlink.Dialer {
	t.Helper()
	return dialer(t, h.ca, h.Addr(), h.ca.Client(id), id, wire.KioskFilter(org, id))
}

// centralEnd makes a wire end of an exchange, for the contract.
type centralEnd struct {
	exchange
	in chan wire.Message
}

// Receive implements linktest.Central.
func (c centralEnd) Receive() <-chan wire.Message { return c.in }

// listen runs an exchange whose messages come out of a channel.
func listen(t *testing.T, x exchange) centralEnd {
	t.Helper()
	c := centralEnd{exchange: x, in: make(chan wire.Message, 1<<16)}
	background(t, func(ctx context.Context) error {
		return x.Run(ctx, func(_ context.Context, m wire.Message) []wire.Message {
			c.in <- m
			return nil
		})
	})
	await(t, x.Ready(), "the exchange")
	return c
}

func message(kiosk string, c wire.Channel, payload string) wire.Message {
	topic := wire.Topic{Org: org, Kiosk: kiosk, Channel: c}
	return wire.Message{Topic: topic.String(), Payload: []byte(payload), QoS: topic.QoS()}
}

func next(t *testing.T, in <-chan wire.Message) wire.Message {
	t.Helper()
	select {
	case m, ok := <-in:
		if !ok {
			t.Fatal("the link went down")
		}
		return m
	case <-time.After(patience):
		t.Fatal("no message came")
	}
	return wire.Message{}
}

func dial(t *testing.T, d wire.Dialer) wire.Link {
	t.Helper()
	l, err := d.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

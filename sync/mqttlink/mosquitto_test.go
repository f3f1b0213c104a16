package mqttlink_test

import (
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/timepost/timepost/sync/linktest"
	"github.com/timepost/timepost/sync/linktest/mosquitto"
	"github.com/timepost/timepost/sync/linktest/relay"
	"github.com/timepost/timepost/sync/mqttlink"
	"github.com/timepost/timepost/sync/trust"
	"github.com/timepost/timepost/sync/wire"
)

const org = "acme"

// dialer gives a Dialer as name to a broker reached at addr.
func dialer(t *testing.T, b *mosquitto.Broker, addr, name string, filters ...string) *mqttlink.Dialer {
	t.Helper()
	cert := b.CA.Client(name)
	d, err := mqttlink.New(mqttlink.Config{
		Brokers: []string{"tls://" + addr}, ClientID: name, Filters: filters,
		DialTLS: trust.Config{
			Roots:       []*x509.Certificate{b.CA.Cert},
			Certificate: func() (*tls.Certificate, error) { return &cert, nil },
		}.Dial,
		Logger: slog.New(slog.DiscardHandler), KeepAlive: time.Second, PingWait: time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestContractOverMosquitto(t *testing.T) {
	t.Parallel()
	linktest.Contract(t, func(t *testing.T) linktest.Harness {
		b := mosquitto.Start(t, org)
		relays := relays{t: t, target: b.Addr, by: map[string]*relay.Relay{}}
		central, err := dialer(t, b, b.Addr, mosquitto.CentralUser, wire.CentralFilter(org)).Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = central.Close() })
		as := func(kiosk, listens string) wire.Dialer {
			return dialer(t, b, relays.to(kiosk).Addr(), kiosk, wire.KioskFilter(org, listens))
		}
		return linktest.Harness{
			Org: org, Central: central, Snoop: func(kiosk, victim string) wire.Dialer { return as(kiosk, victim) },
			Kiosk: func(kiosk string) wire.Dialer { return as(kiosk, kiosk) },
			Cut:   func(kiosk string) { relays.to(kiosk).Cut() },
		}
	})
}

// relays gives each kiosk a line of its own, so that one can be cut.
type relays struct {
	t      *testing.T
	target string
	mu     sync.Mutex
	by     map[string]*relay.Relay
}

func (r *relays) to(kiosk string) *relay.Relay {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.by[kiosk] == nil {
		r.by[kiosk] = relay.Start(r.t, r.target)
	}
	return r.by[kiosk]
}

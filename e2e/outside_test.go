package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"testing"
	"time"

	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/sync/linktest/mosquitto"
	"github.com/timepost/timepost/sync/mqttlink"
	"github.com/timepost/timepost/sync/trust"
	"github.com/timepost/timepost/sync/wire"
)

// centralUser is the name under which central logs in to an outside broker.
const centralUser = "central"

// outsideBroker starts mosquitto under the fleet's own authority, as an operator
// sets it up. more is added to its access list.
func outsideBroker(t *testing.T, c *centre, more string) *mosquitto.Broker {
	t.Helper()
	keys := c.keys(t)
	server, err := keys.IssueServer([]string{"127.0.0.1", "localhost"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return mosquitto.StartAs(t, mosquitto.Identity{
		CA: keys.CAPEM(), Server: server, Probe: clientCert(t, keys, "probe"),
		ACL: mosquitto.ACL(t, organisation, centralUser) + more,
	})
}

func clientCert(t *testing.T, keys *fleet.Keys, name string) tls.Certificate {
	t.Helper()
	cert, err := keys.IssueClient(name, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// connect opens a link to a broker as the holder of cert, whatever it means to do.
func connect(t *testing.T, keys *fleet.Keys, addr, name string, cert tls.Certificate, filters ...string) wire.Link {
	t.Helper()
	d := mqtt(t, keys, addr, name, cert, filters...)
	var link wire.Link
	var err error
	eventually(t, 20*time.Second, name+" is connected", func() bool {
		link, err = d.Dial(t.Context())
		return err == nil
	})
	t.Cleanup(func() {
		if err := link.Close(); err != nil {
			t.Error(err)
		}
	})
	return link
}

func mqtt(t *testing.T, keys *fleet.Keys, addr, name string, cert tls.Certificate, filters ...string) *mqttlink.Dialer {
	t.Helper()
	trusted := trust.Config{
		Roots: []*x509.Certificate{keys.CA}, Anchored: time.Now,
		Certificate: func() (*tls.Certificate, error) { return &cert, nil },
	}
	d, err := mqttlink.New(mqttlink.Config{
		Brokers: []string{"tls://" + addr}, ClientID: name, Filters: filters, Ordered: true,
		DialTLS: trusted.Dial, Logger: slog.New(slog.DiscardHandler), Capacity: 4096,
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

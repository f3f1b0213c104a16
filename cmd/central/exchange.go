package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/timepost/timepost/central/broker"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/mqttlink"
	"github.com/timepost/timepost/sync/trust"
	"github.com/timepost/timepost/sync/wire"
)

// exchange is central's end of the wire, at the embedded broker or outside ones, or both.
// handle and admit are set once the parts that answer have been made.
type exchange struct {
	embedded *broker.Embedded // nil without
	outside  bool             // there are outside ones
	ready    <-chan struct{}  // nil where nobody waits for it
	carrier  broker.Exchange
	handle   broker.Handler
	admit    broker.Admit
	changed  chan struct{} // a kiosk's certificates have; for the list of outside brokers
}

// Run hands messages to ingest until ctx ends.
func (x *exchange) Run(ctx context.Context) error { return x.carrier.Run(ctx, x.handle) }

// Publish sends a message to its kiosk.
func (x *exchange) Publish(ctx context.Context, m wire.Message) error {
	return x.carrier.Publish(ctx, m)
}

// Ready is closed once kiosks are heard at the embedded broker. Central serves without
// waiting for outside ones.
func (x *exchange) Ready() <-chan struct{} {
	if x.ready == nil {
		now := make(chan struct{})
		close(now)
		return now
	}
	return x.ready
}

func (x *exchange) kick(kiosk string) {
	if x.embedded != nil {
		x.embedded.Kick(kiosk)
	}
	x.relist()
}

// relist has the list of revoked certificates looked after at once.
func (x *exchange) relist() {
	if !x.outside {
		return
	}
	select {
	case x.changed <- struct{}{}:
	default: // it has not looked since the last
	}
}

// embeddedBroker stands for the embedded broker among others.
const embeddedBroker = "embedded"

// makeWire makes the exchange over all brokers that are named.
func (s *server) makeWire() error {
	s.wire = &exchange{changed: make(chan struct{}, 1)}
	if len(s.cmd.Broker) == 0 {
		s.cmd.Broker = []string{embeddedBroker}
	}
	var parts []broker.Exchange
	for _, name := range s.cmd.Broker {
		join := s.outside
		if name == embeddedBroker {
			join = s.embedded
		}
		part, err := join(name)
		if err != nil {
			return err
		}
		parts = append(parts, part)
	}
	if s.wire.carrier = parts[0]; len(parts) > 1 {
		s.wire.carrier = broker.NewMany(parts...)
	}
	return nil
}

func (s *server) embedded(string) (broker.Exchange, error) {
	if s.wire.embedded != nil {
		return nil, problem.New(problem.Invalid, "There is one embedded broker only.", "Name it once.")
	}
	config := s.keys.ServerTLS(s.cmd.Hosts, time.Now)
	config.ClientCAs = s.keys.Pool()
	var err error
	s.wire.embedded, err = broker.NewEmbedded(broker.EmbeddedConfig{
		Addr: s.cmd.MQTT, Dir: filepath.Join(s.cmd.Data, "broker"), Org: s.org.ID, TLS: config, Logger: s.log,
		Admit: func(cert *x509.Certificate) (string, error) { return s.wire.admit(cert) },
	}, rand.Text())
	if err != nil {
		return nil, err
	}
	local := broker.NewLocal(s.wire.embedded, 0, s.log)
	s.wire.ready = local.Ready()
	return local, nil
}

// outside makes the exchange over a broker that runs elsewhere.
func (s *server) outside(url string) (broker.Exchange, error) {
	s.wire.outside = true
	roots, err := s.brokerRoots()
	if err != nil {
		return nil, err
	}
	cert, err := s.brokerCert()
	if err != nil {
		return nil, err
	}
	as := s.brokerAs(url, roots, cert)
	dialer, err := as(brokerName, brokerName, wire.CentralFilter(s.org.ID))
	if err != nil {
		return nil, err
	}
	proof := broker.Proof{Org: s.org.ID, Central: brokerName, Kiosks: [2]string{nobody(), nobody()}, As: as}
	return broker.NewExternal(broker.ExternalConfig{
		Dialer: broker.NewProven([]broker.Candidate{{Dialer: dialer, Prove: proof.Prove}}),
		Chance: mathrand.Float64, Logger: s.log.With("broker", url), Connected: s.tellBack,
	}), nil
}

// nobody gives a kiosk id that no kiosk has.
func nobody() string { return "proof-" + strings.ToLower(rand.Text()) }

// brokerAs gives what connects to a broker as somebody: central by cert, a kiosk
// by a certificate made for it, "" without any.
func (s *server) brokerAs(url string, roots []*x509.Certificate, cert func() (*tls.Certificate, error)) func(holder, client string, filters ...string) (wire.Dialer, error) {
	return func(holder, client string, filters ...string) (wire.Dialer, error) {
		shows := cert
		switch holder {
		case "":
			shows = func() (*tls.Certificate, error) { return &tls.Certificate{}, nil }
		case brokerName:
		default:
			shows = func() (*tls.Certificate, error) {
				c, err := s.keys.IssueClient(holder, time.Now())
				return &c, err
			}
		}
		return s.brokerDialer(url, roots, shows, client, filters...)
	}
}

// brokerDialer connects to a broker with a certificate.
func (s *server) brokerDialer(url string, roots []*x509.Certificate, cert func() (*tls.Certificate, error), client string, filters ...string) (wire.Dialer, error) {
	t := trust.Config{Roots: roots, Certificate: cert, Anchored: time.Now} // a server knows the time
	return mqttlink.New(mqttlink.Config{
		Brokers: []string{url}, ClientID: client, Filters: filters, Ordered: true, DialTLS: t.Dial, Logger: s.log,
	})
}

// brokerName is central's user at an outside broker: it may read every kiosk's up/
// and write every down/. No kiosk can have it: their ids end in random characters.
const brokerName = "central"

func (s *server) brokerRoots() ([]*x509.Certificate, error) {
	if s.cmd.BrokerCA == "" {
		return s.keys.Roots(), nil
	}
	text, err := os.ReadFile(s.cmd.BrokerCA)
	if err != nil {
		return nil, badCA(s.cmd.BrokerCA, err)
	}
	var roots []*x509.Certificate
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, badCA(s.cmd.BrokerCA, err)
		}
		roots = append(roots, cert)
	}
	if len(roots) == 0 {
		return nil, badCA(s.cmd.BrokerCA, errors.New("no PEM block"))
	}
	return roots, nil
}

func badCA(file string, err error) error {
	return problem.New(problem.Invalid, "The file "+file+" has no certificate.", "Give the PEM file of the broker's authority.").Because(err)
}

// brokerCert gives the client certificate to log in with; our own authority's are
// made anew for each connection.
func (s *server) brokerCert() (func() (*tls.Certificate, error), error) {
	if s.cmd.BrokerCert == "" {
		return func() (*tls.Certificate, error) {
			c, err := s.keys.IssueClient(brokerName, time.Now())
			return &c, err
		}, nil
	}
	c, err := tls.LoadX509KeyPair(s.cmd.BrokerCert, s.cmd.BrokerKey)
	if err != nil {
		return nil, problem.New(problem.Invalid, "The broker certificate can't be used.", "Give a PEM certificate and its key.").Because(err)
	}
	return func() (*tls.Certificate, error) { return &c, nil }, nil
}

// brokers gives the addresses that kiosks are told to connect to, in order.
func (s *server) brokers() []string {
	list := slices.Clone(s.cmd.Broker)
	for i, name := range list {
		if name == embeddedBroker {
			list[i] = "tls://" + s.reached(s.wire.embedded.Addr())
		}
	}
	return list
}

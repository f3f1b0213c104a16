package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"time"

	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// When it is looked whether brokers go by the list: they need a moment to read it.
const (
	proofAfter = 2 * time.Minute
	proofEvery = time.Hour
)

// listProof shows whether outside brokers refuse what the list of revoked certificates
// names, by a certificate that was made for nothing else and is on it.
type listProof struct {
	name  string // that no kiosk has
	list  string // file
	keys  *fleet.Keys
	db    *centraldb.DB
	urls  []string
	as    func(url string, cert *tls.Certificate) (wire.Dialer, error)
	wrote func() // have the list written
	log   *slog.Logger
}

func (s *server) makeListProof() *listProof {
	p := &listProof{
		name: nobody(), list: s.cmd.crl(), keys: s.keys, db: s.db, wrote: s.wire.relist, log: s.log,
	}
	for _, url := range s.cmd.Broker {
		if url != embeddedBroker {
			p.urls = append(p.urls, url)
		}
	}
	p.as = func(url string, cert *tls.Certificate) (wire.Dialer, error) {
		roots, err := s.brokerRoots()
		if err != nil {
			return nil, err
		}
		shows := func() (*tls.Certificate, error) { return cert, nil }
		return s.brokerDialer(url, roots, shows, p.name, wire.KioskFilter(s.org.ID, p.name))
	}
	return p
}

// Run looks from time to time, until ctx ends.
func (p *listProof) Run(ctx context.Context) error {
	cert, err := p.make(ctx)
	if err != nil {
		p.log.Error("not looked whether brokers refuse revoked kiosks", "err", err)
		return nil
	}
	for wait := proofAfter; ; wait = proofEvery {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		p.look(ctx, cert)
	}
}

// make puts a certificate on the list: it is one of a kiosk that there is not.
func (p *listProof) make(ctx context.Context) (*tls.Certificate, error) {
	now := time.Now()
	cert, err := p.keys.IssueClient(p.name, now)
	if err != nil {
		return nil, err
	}
	leaf := cert.Leaf
	err = p.db.Update(ctx, func(tx *centraldb.Tx) error {
		return tx.AddCertificate(ctx, centraldb.Certificate{
			Serial: fleet.Serial(leaf), Kiosk: p.name, From: leaf.NotBefore.UnixNano(), Until: leaf.NotAfter.UnixNano(),
		}, now.UnixNano())
	})
	if err != nil {
		return nil, err
	}
	p.wrote()
	return &cert, nil
}

// look comes to each broker with the certificate.
func (p *listProof) look(ctx context.Context, cert *tls.Certificate) {
	for _, url := range p.urls {
		d, err := p.as(url, cert)
		if err == nil {
			err = takePlace(ctx, d)
		}
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			p.log.Warn("a broker lets revoked kiosks in", "broker", url,
				"next", fmt.Sprintf("let it read %s, and again whenever that changes", p.list))
		case problem.Is(err, problem.Forbidden):
			p.log.Info("the broker refuses revoked kiosks", "broker", url)
		default:
			p.log.Info("not known whether the broker refuses revoked kiosks", "broker", url, "err", err)
		}
	}
}

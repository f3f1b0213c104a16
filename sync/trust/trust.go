package trust

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/timepost/timepost/internal/problem"
)

// Config is what one kiosk trusts and who it is.
type Config struct {
	Roots []*x509.Certificate // the pinned authorities; required

	// Certificate is the kiosk's own, asked for at each handshake so that a
	// renewed one is used. Nil: none is shown.
	Certificate func() (*tls.Certificate, error)

	Built time.Time // when the program was built: that instant has passed

	// Anchored gives the latest instant that an anchor on disk vouches for, the
	// zero time where there is none. Nil: there is none.
	Anchored func() time.Time
}

// Client gives the TLS configuration for a connection to host (a name or an IP
// address, without port). It differs per host because crypto/tls does not tell
// a verifier which address was meant.
func (c Config) Client(host string) *tls.Config {
	t := &tls.Config{
		MinVersion: tls.VersionTLS13,
		ServerName: host,
		// Not insecure: verify replaces the built-in verification, which would ask
		// the wall clock. VerifyConnection runs on every handshake.
		InsecureSkipVerify: true,
		VerifyConnection:   func(s tls.ConnectionState) error { return c.verify(host, s.PeerCertificates) },
	}
	if c.Certificate != nil {
		t.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return c.Certificate() }
	}
	return t
}

// Dial opens a TLS connection to addr (host:port) and verifies it; it fits
// http.Transport.DialTLSContext and mqttlink.Config.Dial. Errors: problem.Untrusted
// when the server is not the one that is trusted, problem.Unavailable otherwise.
func (c Config) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, problem.New(problem.Invalid, "The server's address is not host:port.", "").Because(err)
	}
	d := tls.Dialer{Config: c.Client(host)}
	conn, err := d.DialContext(ctx, network, addr)
	if err == nil {
		return conn, nil
	}
	var p *problem.Error
	if errors.As(err, &p) {
		return nil, fmt.Errorf("dial %s: %w", addr, err)
	}
	return nil, problem.New(problem.Unavailable, "The server can't be reached.", "").Because(err)
}

// verify judges a chain under each root apart, because each root's own NotBefore
// is part of what is known to have passed if that root is the right one.
func (c Config) verify(host string, chain []*x509.Certificate) error {
	if len(chain) == 0 {
		return untrusted(errors.New("no certificate"))
	}
	between := x509.NewCertPool()
	for _, cert := range chain[1:] {
		between.AddCert(cert)
	}
	why := errors.New("no pinned authority")
	for _, root := range c.Roots {
		pool := x509.NewCertPool()
		pool.AddCert(root)
		_, err := chain[0].Verify(x509.VerifyOptions{
			DNSName: host, Roots: pool, Intermediates: between,
			CurrentTime: c.passed(append([]*x509.Certificate{root}, chain...)),
			KeyUsages:   []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		})
		if err == nil {
			return nil
		}
		why = err
	}
	return untrusted(why)
}

// passed gives the latest instant that is known to have passed if these
// certificates are genuine.
func (c Config) passed(certs []*x509.Certificate) time.Time {
	t := c.Built
	if c.Anchored != nil {
		t = later(t, c.Anchored())
	}
	for _, cert := range certs {
		t = later(t, cert.NotBefore)
	}
	return t
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func untrusted(err error) error {
	return problem.New(problem.Untrusted, "The server is not the one this kiosk trusts.",
		"Ask your operator whether the server was replaced; then enrol the kiosk again.").Because(err)
}

package httplink

import (
	"crypto/x509"
	"errors"
	"slices"
	"time"
)

// bySystem judges a chain by the system's roots, at the latest instant that is known
// or claimed to have passed: what the machine's clock says, when this program was
// built, what is anchored, and when the chain itself began. So a clock that is behind
// refuses nobody, in whatever year it stands; one that is far ahead does, because the
// server may as well show a certificate that has ended.
func (c *Client) bySystem(host string, chain []*x509.Certificate) error {
	if len(chain) == 0 {
		return unknownServer(errors.New("no certificate"))
	}
	began := from(chain)
	at := []time.Time{c.cfg.Now(), c.cfg.Built, began}
	if c.cfg.Anchored != nil {
		at = append(at, c.cfg.Anchored())
	}
	err := c.vouched(host, chain, slices.MaxFunc(at, time.Time.Compare))
	if err == nil {
		return nil
	}
	if dated(err) && c.vouched(host, chain, began) == nil {
		return wrongClock(c.cfg.Now(), err)
	}
	return unknownServer(err)
}

// vouched says whether the system's roots vouch for a chain at an instant.
func (c *Client) vouched(host string, chain []*x509.Certificate, at time.Time) error {
	between := x509.NewCertPool()
	for _, cert := range chain[1:] {
		between.AddCert(cert)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{DNSName: host, Roots: c.cfg.System, Intermediates: between, CurrentTime: at})
	return err
}

// dated says whether a chain was refused for the dates in it.
func dated(err error) bool {
	var e x509.CertificateInvalidError
	return errors.As(err, &e) && e.Reason == x509.Expired
}

// from gives the instant from which on all of a chain is valid, if it ever is.
func from(chain []*x509.Certificate) time.Time {
	at := chain[0].NotBefore
	for _, cert := range chain[1:] {
		if cert.NotBefore.After(at) {
			at = cert.NotBefore
		}
	}
	return at
}

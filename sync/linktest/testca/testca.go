// Package testca makes a certificate authority for tests: one call, no files.
// Imported by tests only. A CA is not safe for concurrent use.
package testca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"testing"
	"time"
)

// CA is an authority whose certificates are valid from one instant on.
type CA struct {
	Cert *x509.Certificate

	t      testing.TB
	key    *ecdsa.PrivateKey
	from   time.Time
	serial int64
}

// New makes an authority valid for ten years from an hour ago.
func New(t testing.TB) *CA {
	t.Helper()
	return At(t, time.Now().Add(-time.Hour))
}

// At makes an authority valid for ten years from the given instant.
func At(t testing.TB, from time.Time) *CA {
	t.Helper()
	c := &CA{t: t, from: from.Truncate(time.Second)}
	c.key = c.newKey()
	der := c.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: c.from, NotAfter: c.from.AddDate(10, 0, 0),
	}, c.key)
	c.Cert = c.parse(der)
	return c
}

// Pool gives a pool with this authority in it.
func (c *CA) Pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(c.Cert)
	return p
}

// Server gives a server's certificate for 127.0.0.1, ::1 and localhost, valid
// for 90 days from the authority's start.
func (c *CA) Server() tls.Certificate {
	return c.leaf(&x509.Certificate{
		Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
}

// Client gives a client's certificate with this common name.
func (c *CA) Client(name string) tls.Certificate {
	return c.leaf(&x509.Certificate{
		Subject: pkix.Name{CommonName: name}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
}

// CertPEM gives a certificate as PEM.
func CertPEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// KeyPEM gives a certificate's key as PEM.
func KeyPEM(t testing.TB, cert tls.Certificate) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func (c *CA) leaf(tmpl *x509.Certificate) tls.Certificate {
	c.t.Helper()
	tmpl.NotBefore, tmpl.NotAfter = c.from, c.from.AddDate(0, 0, 90)
	tmpl.KeyUsage = x509.KeyUsageDigitalSignature
	key := c.newKey()
	der := c.sign(tmpl, key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: c.parse(der)}
}

func (c *CA) sign(tmpl *x509.Certificate, key *ecdsa.PrivateKey) []byte {
	c.t.Helper()
	c.serial++
	tmpl.SerialNumber = big.NewInt(c.serial)
	parent := c.Cert
	if parent == nil {
		parent = tmpl
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, &key.PublicKey, c.key)
	if err != nil {
		c.t.Fatal(err)
	}
	return der
}

func (c *CA) parse(der []byte) *x509.Certificate {
	c.t.Helper()
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		c.t.Fatal(err)
	}
	return cert
}

func (c *CA) newKey() *ecdsa.PrivateKey {
	c.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		c.t.Fatal(err)
	}
	return key
}

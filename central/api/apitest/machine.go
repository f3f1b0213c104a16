package apitest

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"testing"

	"github.com/timepost/timepost/sync/wire"
)

// wish gives what a new machine sends that has no code and asks to be let in.
func wish(t testing.TB) wire.EnrolRequest {
	t.Helper()
	tls, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, tls)
	if err != nil {
		t.Fatal(err)
	}
	seal, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, record, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r, err := wire.EnrolRequest{CSR: csr, SealKey: seal.PublicKey().Bytes(), Serial: "100000003d1d1c7f", Software: "kioskd test"}.Sign(record)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Waits has a new machine ask to be let in, and gives the check value it shows.
func (c *Central) Waits() string {
	c.t.Helper()
	r := wish(c.t)
	check, err := wire.CheckValue(c.keys.CA, r)
	c.must(err)
	_, err = c.fleet.Ask(c.t.Context(), "192.0.2.7", r)
	c.must(err)
	return check
}

package wire_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// certOf gives the certificate of an authority, DER.
func certOf(t *testing.T, key *ecdsa.PrivateKey, isCA bool) []byte {
	t.Helper()
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{Organization: []string{"acme"}}, NotAfter: time.Unix(1<<32, 0),
		IsCA: isCA, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func signedSet(t *testing.T, by *ecdsa.PrivateKey, version uint64, next []byte) wire.Keyset {
	t.Helper()
	k := keyset()
	k.Version, k.NextCA = version, next
	k, err := wire.SignKeyset(by, "acme", k)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// The announced authority, and only that, may sign the keyset after the announcement.
func TestTheAnnouncedAuthorityFollows(t *testing.T) {
	t.Parallel()
	now, next, thief := authority(t), authority(t), authority(t)
	announced := signedSet(t, now, 4, certOf(t, next, true))
	for name, c := range map[string]struct {
		from, to wire.Keyset
		want     *ecdsa.PrivateKey // who is believed then; nil: nobody signed it
	}{
		"same authority":         {announced, signedSet(t, now, 5, nil), now},
		"the next":               {announced, signedSet(t, next, 5, nil), next},
		"the next, none known":   {signedSet(t, now, 3, nil), signedSet(t, next, 5, nil), nil},
		"a thief":                {announced, signedSet(t, thief, 5, nil), nil},
		"the next of a thief":    {announced, signedSet(t, thief, 5, certOf(t, thief, true)), nil},
		"the next announces one": {announced, signedSet(t, next, 5, certOf(t, thief, true)), next},
	} {
		by, err := c.from.Follow(&now.PublicKey, c.to, "acme")
		if c.want == nil {
			if !problem.Is(err, problem.Untrusted) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || !by.Equal(&c.want.PublicKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := announced.Follow(&now.PublicKey, signedSet(t, next, 5, nil), "other"); !problem.Is(err, problem.Untrusted) {
		t.Errorf("of another organisation: %v", err)
	}
}

func TestAnAnnouncementIsSigned(t *testing.T) {
	t.Parallel()
	ca, next := authority(t), certOf(t, authority(t), true)
	signed := signedSet(t, ca, 4, next)
	if err := signed.Verify(&ca.PublicKey, "acme"); err != nil {
		t.Fatal(err)
	}
	for name, der := range map[string][]byte{"none": nil, "another": certOf(t, authority(t), true), "longer": append(bytes.Clone(next), 0), "huge": make([]byte, 5000)} {
		bad := signed
		bad.NextCA = der
		if err := bad.Verify(&ca.PublicKey, "acme"); !problem.Is(err, problem.Untrusted) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, der := range map[string][]byte{"garbage": []byte("x"), "no authority": certOf(t, authority(t), false)} {
		if ca, err := (wire.Keyset{NextCA: der}).Next(); !problem.Is(err, problem.Untrusted) || ca != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if ca, err := keyset().Next(); ca != nil || err != nil {
		t.Errorf("%v, %v", ca, err)
	}
}

package wire

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/timepost/timepost/internal/problem"
)

// Key is one of central's message keys. Until is unix seconds: when central means
// to stop using it. A kiosk does not judge by it, for it cannot trust its clock;
// a key ends with the next keyset that leaves it out.
type Key struct {
	Kid    string `json:"kid"`
	Public []byte `json:"public"` // Ed25519, 32 bytes
	Until  int64  `json:"until"`
}

// Keyset is what a kiosk believes central's messages by. It is signed by the CA
// key, the only thing a kiosk pins. An older version never replaces a newer one.
type Keyset struct {
	Version uint64 `json:"version"`
	Keys    []Key  `json:"keys"`
	NextCA  []byte `json:"next_ca,omitempty"` // DER of the authority that is to follow the one that signs
	Sig     []byte `json:"sig"`               // ECDSA P-256, ASN.1, over SHA-256 of the bytes
}

// SignKeyset signs k with the CA's key.
func SignKeyset(ca *ecdsa.PrivateKey, org string, k Keyset) (Keyset, error) {
	sig, err := ecdsa.SignASN1(rand.Reader, ca, k.digest(org))
	if err != nil {
		return Keyset{}, fmt.Errorf("sign keyset: %w", err)
	}
	k.Sig = sig
	return k, nil
}

// Verify says whether the CA signed k for this organisation, with problem.Untrusted
// where it did not.
func (k Keyset) Verify(ca *ecdsa.PublicKey, org string) error {
	if ca == nil || !k.wellFormed() || !ecdsa.VerifyASN1(ca, k.digest(org), k.Sig) {
		return problem.New(problem.Untrusted, "The server's keys are not signed by the authority this kiosk trusts.",
			"Enrol the kiosk again if the server was replaced.")
	}
	return nil
}

// Next gives the authority that k announces, nil where it announces none. It fails
// with problem.Untrusted where that is no certificate of one.
func (k Keyset) Next() (*x509.Certificate, error) {
	if len(k.NextCA) == 0 {
		return nil, nil
	}
	ca, err := x509.ParseCertificate(k.NextCA)
	if err == nil {
		if _, ok := ca.PublicKey.(*ecdsa.PublicKey); !ok || !ca.IsCA {
			err = errors.New("not an authority with an ECDSA key")
		}
	}
	if err != nil {
		return nil, problem.New(problem.Untrusted, "The server announces an authority that is none.", "").Because(err)
	}
	return ca, nil
}

// Follow says which authority is believed once the keyset newer has taken the place of
// k: ca, whose keyset k is, or the one that k announced, by whichever newer is signed.
// It fails with problem.Untrusted where neither has signed it.
func (k Keyset) Follow(ca *ecdsa.PublicKey, newer Keyset, org string) (*ecdsa.PublicKey, error) {
	err := newer.Verify(ca, org)
	if err == nil {
		return ca, nil
	}
	next, nerr := k.Next()
	if next == nil || nerr != nil {
		return nil, err
	}
	key := next.PublicKey.(*ecdsa.PublicKey)
	return key, newer.Verify(key, org)
}

// Public gives the key named kid.
func (k Keyset) Public(kid string) (ed25519.PublicKey, error) {
	for _, key := range k.Keys {
		if key.Kid == kid && len(key.Public) == ed25519.PublicKeySize {
			return key.Public, nil
		}
	}
	return nil, problem.New(problem.Untrusted, "A message is signed by a key nobody vouched for.", "")
}

// wellFormed keeps each length within the 16 bits that digest gives it.
func (k Keyset) wellFormed() bool {
	for _, key := range k.Keys {
		if key.Kid == "" || len(key.Kid) > maxShort || len(key.Public) != ed25519.PublicKeySize {
			return false
		}
	}
	return len(k.Keys) > 0 && len(k.NextCA) <= maxAuthority
}

// maxAuthority bounds the certificate of an authority, in bytes: it has about 600.
const maxAuthority = 4 << 10

// digest is SHA-256 of "timepost/keyset/v1\0" + lp(org) + be64(version) +
// be32(count) + for each key lp(kid) + lp(public) + be64(until). Where an authority is
// announced, the first string is "timepost/keyset/v2\0" and lp(next_ca) ends it.
func (k Keyset) digest(org string) []byte {
	b := []byte("timepost/keyset/v1\x00")
	if len(k.NextCA) > 0 {
		b = []byte("timepost/keyset/v2\x00")
	}
	lp := func(s string) {
		b = binary.BigEndian.AppendUint16(b, uint16(len(s)))
		b = append(b, s...)
	}
	lp(org)
	b = binary.BigEndian.AppendUint64(b, k.Version)
	b = binary.BigEndian.AppendUint32(b, uint32(len(k.Keys)))
	for _, key := range k.Keys {
		lp(key.Kid)
		lp(string(key.Public))
		b = binary.BigEndian.AppendUint64(b, uint64(key.Until))
	}
	if len(k.NextCA) > 0 {
		lp(string(k.NextCA))
	}
	sum := sha256.Sum256(b)
	return sum[:]
}

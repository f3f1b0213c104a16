package pin

import (
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/timepost/timepost/internal/problem"
)

// SealKeyID names a kiosk's sealing key: it is part of what a seal is bound to.
type SealKeyID string

// SealKeyIDOf gives the name of a sealing key: the first 8 bytes of its SHA-256
// in hex.
func SealKeyIDOf(key *ecdh.PublicKey) SealKeyID {
	sum := sha256.Sum256(key.Bytes())
	return SealKeyID(hex.EncodeToString(sum[:8]))
}

// Binding is everything a sealed hash is bound to. Change one field, or move
// the blob to another row, and it does not open. Role is the person's role,
// empty for a Universal PIN, whose subject is the kiosk's id.
type Binding struct {
	Org     string
	Kiosk   string
	Key     SealKeyID
	Kind    Kind
	Subject string
	Role    string
	Version uint64
}

// info = lp("timepost/pin/v1") lp(org) lp(kiosk) lp(key) lp(kind) lp(subject) lp(role) be64(version),
// lp being a big-endian uint16 length and the bytes.
func (b Binding) info() []byte {
	var out []byte
	for _, s := range []string{"timepost/pin/v1", b.Org, b.Kiosk, string(b.Key), string(b.Kind), b.Subject, b.Role} {
		out = binary.BigEndian.AppendUint16(out, uint16(len(s)))
		out = append(out, s...)
	}
	return binary.BigEndian.AppendUint64(out, b.Version)
}

// NewSealKey makes a kiosk's X25519 sealing key from 32 bytes of random.
func NewSealKey(random io.Reader) (*ecdh.PrivateKey, error) {
	seed := make([]byte, 32) // GenerateKey no longer asks the reader it is given
	if _, err := io.ReadFull(random, seed); err != nil {
		return nil, fmt.Errorf("make seal key: %w", err)
	}
	k, err := ecdh.X25519().NewPrivateKey(seed)
	if err != nil {
		return nil, fmt.Errorf("make seal key: %w", err)
	}
	return k, nil
}

// Seal encrypts a PIN hash to one kiosk's public key with HPKE (RFC 9180: base
// mode, X25519, HKDF-SHA256, AES-256-GCM).
func Seal(to *ecdh.PublicKey, b Binding, hash []byte) ([]byte, error) {
	pk, err := hpke.NewDHKEMPublicKey(to)
	if err != nil {
		return nil, fmt.Errorf("seal pin: %w", err)
	}
	out, err := hpke.Seal(pk, hpke.HKDFSHA256(), hpke.AES256GCM(), b.info(), hash)
	if err != nil {
		return nil, fmt.Errorf("seal pin: %w", err)
	}
	return out, nil
}

// Open gives back the hash. It fails with problem.Untrusted where the blob was
// not sealed for exactly this key and binding.
func Open(key *ecdh.PrivateKey, b Binding, sealed []byte) ([]byte, error) {
	sk, err := hpke.NewDHKEMPrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("open pin: %w", err)
	}
	out, err := hpke.Open(sk, hpke.HKDFSHA256(), hpke.AES256GCM(), b.info(), sealed)
	if err != nil {
		return nil, problem.New(problem.Untrusted, "A PIN in the roster is not meant for this kiosk.",
			"Fetch the roster again.").Because(err)
	}
	return out, nil
}

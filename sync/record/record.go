package record

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/timepost/timepost/internal/problem"
)

// MaxBody is the most bytes a record body may have.
const MaxBody = 4 << 10

// HashLen is the length of a Hash in bytes: SHA-256.
const HashLen = sha256.Size

// Hash is a link of the chain.
type Hash [HashLen]byte

// String gives the hash in hex.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText gives the hash in hex, for JSON.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads hex.
func (h *Hash) UnmarshalText(b []byte) error { return unhex(h[:], b) }

// ParseHash takes exactly 32 bytes.
func ParseHash(b []byte) (Hash, error) {
	var h Hash
	if len(b) != HashLen {
		return h, problem.New(problem.Invalid, "A hash has 32 bytes.", "")
	}
	copy(h[:], b)
	return h, nil
}

// JournalID names one life of a kiosk's journal.
type JournalID [16]byte

// NewJournalID draws one from random.
func NewJournalID(random io.Reader) (JournalID, error) {
	var j JournalID
	if _, err := io.ReadFull(random, j[:]); err != nil {
		return j, fmt.Errorf("draw journal id: %w", err)
	}
	return j, nil
}

// String gives the id in hex.
func (j JournalID) String() string { return hex.EncodeToString(j[:]) }

// IsZero says whether there is no journal.
func (j JournalID) IsZero() bool { return j == JournalID{} }

// MarshalText gives the id in hex, for JSON.
func (j JournalID) MarshalText() ([]byte, error) { return []byte(j.String()), nil }

// UnmarshalText reads hex.
func (j *JournalID) UnmarshalText(b []byte) error { return unhex(j[:], b) }

func unhex(dst, src []byte) error {
	if len(src) != hex.EncodedLen(len(dst)) {
		return problem.New(problem.Invalid, fmt.Sprintf("Expected %d hex digits.", 2*len(dst)), "")
	}
	out, err := hex.DecodeString(string(src)) // into a copy: a failure leaves dst as it was
	if err != nil {
		return problem.New(problem.Invalid, "This is not hex.", "").Because(err)
	}
	copy(dst, out)
	return nil
}

// Chain is what every hash of one journal is bound to.
type Chain struct {
	Org     string
	Kiosk   string
	Journal JournalID
}

// Genesis gives h_0, the hash before record 1:
// SHA-256("timepost/journal/v1\0" + lp(org) + lp(kiosk) + journal + record public key).
func (c Chain) Genesis(key ed25519.PublicKey) Hash {
	b := append(make([]byte, 0, 128), "timepost/journal/v1\x00"...)
	b = c.appendTo(b)
	b = append(b, key...)
	return sha256.Sum256(b)
}

// Next gives h_n:
// SHA-256("timepost/record/v1\0" + lp(org) + lp(kiosk) + journal + be64(seq) + h_{n-1} + be32(len) + body).
func (c Chain) Next(seq uint64, prev Hash, body []byte) Hash {
	b := append(make([]byte, 0, 160+len(body)), "timepost/record/v1\x00"...)
	b = c.appendTo(b)
	b = binary.BigEndian.AppendUint64(b, seq)
	b = append(b, prev[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(body)))
	b = append(b, body...)
	return sha256.Sum256(b)
}

func (c Chain) appendTo(b []byte) []byte {
	b = appendLP(b, c.Org)
	b = appendLP(b, c.Kiosk)
	return append(b, c.Journal[:]...)
}

// appendLP appends a big-endian uint16 length and the bytes. Callers pass
// identifiers of at most 40 bytes.
func appendLP(b []byte, s string) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(len(s)))
	return append(b, s...)
}

// Record is one link: its place, its bytes and its proof.
type Record struct {
	Journal JournalID
	Seq     uint64
	Body    []byte // UTF-8 JSON, at most MaxBody bytes; never re-encoded
	Hash    Hash
	Sig     []byte // Ed25519 over Hash, 64 bytes
}

// Append makes the record that follows (seq-1, prev); seq begins at 1. The
// record keeps body, which must not be changed afterwards.
func Append(c Chain, key ed25519.PrivateKey, seq uint64, prev Hash, body []byte) (Record, error) {
	if len(body) == 0 || len(body) > MaxBody {
		return Record{}, problem.New(problem.Invalid, "This is too long to be recorded.", "Shorten the note.")
	}
	if seq == 0 {
		return Record{}, problem.New(problem.Internal, "A journal begins with record 1.", "")
	}
	h := c.Next(seq, prev, body)
	return Record{Journal: c.Journal, Seq: seq, Body: body, Hash: h, Sig: ed25519.Sign(key, h[:])}, nil
}

// Signed says whether sig is the key's signature over h.
func Signed(key ed25519.PublicKey, h Hash, sig []byte) bool {
	return len(key) == ed25519.PublicKeySize && len(sig) == ed25519.SignatureSize && ed25519.Verify(key, h[:], sig)
}

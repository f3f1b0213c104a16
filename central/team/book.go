package team

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Book writes and reads PINs and their hashes under the data key. Three keys
// are derived from it with HKDF-SHA256: for PINs, for hashes, for tags.
type Book struct {
	org    string
	digits cipher.AEAD
	hashes cipher.AEAD
	tagKey []byte
}

// NewBook gives the Book of an organisation.
func NewBook(org string, dataKey [32]byte) (*Book, error) {
	b := &Book{org: org}
	var err error
	if b.digits, err = aead(dataKey, "timepost/pin-sealed/v1"); err != nil {
		return nil, err
	}
	if b.hashes, err = aead(dataKey, "timepost/pin-hash/v1"); err != nil {
		return nil, err
	}
	if b.tagKey, err = derive(dataKey, "timepost/pin-tag/v1"); err != nil {
		return nil, err
	}
	return b, nil
}

func derive(dataKey [32]byte, use string) ([]byte, error) {
	k, err := hkdf.Key(sha256.New, dataKey[:], nil, use, 32)
	if err != nil {
		return nil, fmt.Errorf("derive %s key: %w", use, err)
	}
	return k, nil
}

func aead(dataKey [32]byte, use string) (cipher.AEAD, error) {
	k, err := derive(dataKey, use)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(k)
	if err != nil {
		return nil, fmt.Errorf("make %s cipher: %w", use, err)
	}
	a, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("make %s cipher: %w", use, err)
	}
	return a, nil
}

// Tag gives what equal PINs have in common, whoever they belong to.
func (b *Book) Tag(p pin.PIN) []byte {
	m := hmac.New(sha256.New, b.tagKey)
	m.Write([]byte(p.Reveal()))
	return m.Sum(nil)
}

// Row gives the row that holds p; its hash is still to be made. changedAt is in
// unix nanoseconds.
func (b *Book) Row(random io.Reader, kind pin.Kind, subject string, version uint64, p pin.PIN, changedAt int64) (centraldb.PIN, error) {
	row := centraldb.PIN{Kind: kind, Subject: subject, Version: version, Len: p.Len(), Tag: b.Tag(p), ChangedAt: changedAt}
	var err error
	row.Sealed, err = b.seal(random, b.digits, kind, subject, version, []byte(p.Reveal()))
	return row, err
}

// Open gives back the PIN of a row; problem.Damaged where it was not sealed
// under this key for this subject and version.
func (b *Book) Open(row centraldb.PIN) (pin.PIN, error) {
	digits, err := b.open(b.digits, row.Kind, row.Subject, row.Version, row.Sealed)
	if err != nil {
		return pin.PIN{}, err
	}
	return pin.Parse(string(digits))
}

// SealHash encrypts a bcrypt hash for the table.
func (b *Book) SealHash(random io.Reader, kind pin.Kind, subject string, version uint64, hash []byte) ([]byte, error) {
	return b.seal(random, b.hashes, kind, subject, version, hash)
}

// OpenHash gives back the bcrypt hash of one PIN version; problem.Damaged.
func (b *Book) OpenHash(kind pin.Kind, subject string, version uint64, sealed []byte) ([]byte, error) {
	return b.open(b.hashes, kind, subject, version, sealed)
}

func (b *Book) seal(random io.Reader, a cipher.AEAD, kind pin.Kind, subject string, version uint64, text []byte) ([]byte, error) {
	nonce := make([]byte, a.NonceSize(), a.NonceSize()+len(text)+a.Overhead())
	if _, err := io.ReadFull(random, nonce); err != nil {
		return nil, fmt.Errorf("draw nonce: %w", err)
	}
	return a.Seal(nonce, nonce, text, b.bound(kind, subject, version)), nil
}

func (b *Book) open(a cipher.AEAD, kind pin.Kind, subject string, version uint64, sealed []byte) ([]byte, error) {
	var err error
	if len(sealed) > a.NonceSize() {
		var text []byte
		if text, err = a.Open(nil, sealed[:a.NonceSize()], sealed[a.NonceSize():], b.bound(kind, subject, version)); err == nil {
			return text, nil
		}
	}
	return nil, problem.New(problem.Damaged, "A stored PIN can't be read.",
		"The data key is not the one it was written with, or the database was changed. Generate a new PIN.").Because(err)
}

// bound is what the encryption is bound to: lp(org) lp(kind) lp(subject) be64(version).
func (b *Book) bound(kind pin.Kind, subject string, version uint64) []byte {
	var out []byte
	for _, s := range []string{b.org, string(kind), subject} {
		out = binary.BigEndian.AppendUint16(out, uint16(len(s)))
		out = append(out, s...)
	}
	return binary.BigEndian.AppendUint64(out, version)
}

package fleet

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/timepost/timepost/internal/problem"
)

// Wrapping is a key that the data key is wrapped by. It lies outside the database:
// a stolen database tells nothing without it. From says where it was found, for
// people.
type Wrapping struct {
	Key  [32]byte
	From string
}

// NewWrapping draws a wrapping key.
func NewWrapping() (Wrapping, error) {
	var w Wrapping
	if _, err := rand.Read(w.Key[:]); err != nil {
		return w, fmt.Errorf("make wrapping key: %w", err)
	}
	return w, nil
}

// ParseWrapping reads a wrapping key as Text writes it, 64 hex digits;
// problem.Damaged where it is something else.
func ParseWrapping(text []byte, from string) (Wrapping, error) {
	w := Wrapping{From: from}
	text = trimLine(text)
	if len(text) != 2*len(w.Key) {
		return w, damagedKey(from, errors.New("not 32 bytes of hex"))
	}
	if _, err := hex.Decode(w.Key[:], text); err != nil {
		return w, damagedKey(from, errors.New("not 32 bytes of hex")) // the cause would quote the key
	}
	return w, nil
}

// Text gives the content of a key file.
func (w Wrapping) Text() []byte { return []byte(hex.EncodeToString(w.Key[:]) + "\n") }

// ID names the key without telling anything of it: 16 hex digits.
func (w Wrapping) ID() (string, error) {
	id, err := hkdf.Key(sha256.New, w.Key[:], nil, "timepost/wrapping-id/v1", 8)
	if err != nil {
		return "", fmt.Errorf("derive key id: %w", err)
	}
	return hex.EncodeToString(id), nil
}

// wrapped begins the text of a wrapped data key: wrapped.ID.HEX, HEX being nonce
// and AES-256-GCM of the data key, bound to the organisation and to ID.
const wrapped = "timepost-data-key-v1"

func (w Wrapping) aead() (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, w.Key[:], nil, "timepost/data-key-wrap/v1", 32)
	if err != nil {
		return nil, fmt.Errorf("derive wrapping key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make wrapping cipher: %w", err)
	}
	a, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("make wrapping cipher: %w", err)
	}
	return a, nil
}

// Wrap gives the text that the database keeps: a data key that only w opens.
func (w Wrapping) Wrap(org string, data [32]byte) (string, error) {
	id, err := w.ID()
	if err != nil {
		return "", err
	}
	a, err := w.aead()
	if err != nil {
		return "", err
	}
	nonce := make([]byte, a.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return "", fmt.Errorf("draw nonce: %w", err)
	}
	sealed := a.Seal(nonce, nonce, data[:], boundTo(org, id))
	return wrapped + "." + id + "." + hex.EncodeToString(sealed), nil
}

// Unwrap gives back the data key; problem.Damaged where the text is not one that
// this key wrapped for this organisation.
func (w Wrapping) Unwrap(org, text string) (data [32]byte, err error) {
	id, sealed, err := parseWrapped(text)
	if err != nil {
		return data, err
	}
	a, err := w.aead()
	if err != nil {
		return data, err
	}
	open, err := a.Open(nil, sealed[:a.NonceSize()], sealed[a.NonceSize():], boundTo(org, id))
	if err != nil || len(open) != len(data) {
		return data, damagedWrap(errors.Join(err, errors.New("unwrap data key")))
	}
	copy(data[:], open)
	return data, nil
}

// WrappedBy names the wrapping key that opens the data key in text, as a database
// keeps it, and "" where it keeps none; problem.Damaged.
func WrappedBy(text string) (id string, err error) {
	if text == "" {
		return "", nil
	}
	id, _, err = parseWrapped(text)
	return id, err
}

// boundTo needs no lengths: no part holds a |.
func boundTo(org, id string) []byte { return []byte(wrapped + "|" + org + "|" + id) }

// parseWrapped takes the text apart. What is sealed is longer than a nonce.
func parseWrapped(text string) (id string, sealed []byte, err error) {
	const nonce, tag = 12, 16
	parts := strings.Split(text, ".")
	if len(parts) != 3 || parts[0] != wrapped {
		return "", nil, damagedWrap(errors.New("not a wrapped data key"))
	}
	sealed, err = hex.DecodeString(parts[2])
	if err != nil || len(sealed) != nonce+32+tag {
		return "", nil, damagedWrap(errors.Join(err, errors.New("not a wrapped data key")))
	}
	return parts[1], sealed, nil
}

func damagedWrap(err error) error {
	return problem.New(problem.Damaged, "The data key in the database can't be opened, though its wrapping key is here.",
		"The database was changed or damaged. Bring it back from your backup.").Because(err)
}

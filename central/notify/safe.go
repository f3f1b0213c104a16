package notify

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"io"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Safe seals the mail server's password, and the webhook's secret, under the data
// key, bound to the organisation.
type Safe struct {
	org  string
	aead cipher.AEAD
}

// NewSafe gives an organisation's Safe.
func NewSafe(org string, dataKey [32]byte) (*Safe, error) {
	key, err := hkdf.Key(sha256.New, dataKey[:], nil, "timepost/mail-password/v1", 32)
	if err != nil {
		return nil, fmt.Errorf("derive mail key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make mail cipher: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("make mail cipher: %w", err)
	}
	return &Safe{org, aead}, nil
}

// Seal encrypts a password.
func (s *Safe) Seal(random io.Reader, password string) ([]byte, error) {
	nonce := make([]byte, s.aead.NonceSize())
	if _, err := io.ReadFull(random, nonce); err != nil {
		return nil, fmt.Errorf("draw nonce: %w", err)
	}
	return s.aead.Seal(nonce, nonce, []byte(password), []byte(s.org)), nil
}

// Open gives a password back; problem.Damaged where it was not sealed under this
// key for this organisation.
func (s *Safe) Open(sealed []byte) (string, error) {
	n := s.aead.NonceSize()
	var err error
	if len(sealed) > n {
		var text []byte
		if text, err = s.aead.Open(nil, sealed[:n], sealed[n:], []byte(s.org)); err == nil {
			return string(text), nil
		}
	}
	return "", problem.New(problem.Damaged, "The stored password of the mail server can't be read.", "Type it again in the settings.").
		With("server", true).Because(err)
}

// Reseal writes the stored secrets, the mail server's password and the webhook's,
// under to's data key instead of s's, inside one transaction.
func (s *Safe) Reseal(ctx context.Context, tx *centraldb.Tx, random io.Reader, to *Safe) error {
	settings, err := tx.Settings(ctx)
	if err != nil || settings.Mail.Password == nil && settings.Hook.Secret == nil {
		return err
	}
	for _, sealed := range []*[]byte{&settings.Mail.Password, &settings.Hook.Secret} {
		if *sealed == nil {
			continue
		}
		text, err := s.Open(*sealed)
		if err != nil {
			return err
		}
		if *sealed, err = to.Seal(random, text); err != nil {
			return err
		}
	}
	return tx.SetSettings(ctx, settings)
}

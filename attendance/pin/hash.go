package pin

import (
	"errors"
	"fmt"

	"golang.org/x/crypto/bcrypt"
)

// ProductionCost is the least bcrypt cost outside tests: a compare takes about
// 60 ms on a server core. No cost protects 10,000 PINs on a stolen disk; that is
// what sealing is for.
const ProductionCost = 10

// Kind says whose PIN a hash belongs to.
type Kind string

// The kinds of PIN.
const (
	Personal  Kind = "personal"
	Universal Kind = "universal"
)

// Hasher makes and compares PIN hashes at a fixed cost. The subject is bound
// into the hash, so a hash moved to another person matches nothing.
type Hasher struct{ cost int }

// NewHasher gives a Hasher with the given bcrypt cost, 4 to 31.
func NewHasher(cost int) (Hasher, error) {
	if cost < bcrypt.MinCost || cost > bcrypt.MaxCost {
		return Hasher{}, fmt.Errorf("make hasher: bcrypt cost %d out of range", cost)
	}
	return Hasher{cost}, nil
}

// Hash gives the bcrypt hash of "kind|subject|pin". Subject is a person's or
// kiosk's id of at most 40 bytes: bcrypt reads 72 bytes.
func (h Hasher) Hash(kind Kind, subject string, p PIN) ([]byte, error) {
	b, err := bcrypt.GenerateFromPassword(plain(kind, subject, p), h.cost)
	if err != nil {
		return nil, fmt.Errorf("hash pin: %w", err)
	}
	return b, nil
}

// Dummy gives a hash that no PIN matches, for the compare that must cost the
// same when there is nothing to compare with.
func (h Hasher) Dummy() ([]byte, error) {
	b, err := bcrypt.GenerateFromPassword([]byte("none|no subject|no pin"), h.cost)
	if err != nil {
		return nil, fmt.Errorf("hash dummy: %w", err)
	}
	return b, nil
}

// Matches says whether hash is the hash of this PIN. It takes the hash's own
// cost, whatever the Hasher's. A hash that is not bcrypt is an error.
func Matches(hash []byte, kind Kind, subject string, p PIN) (bool, error) {
	err := bcrypt.CompareHashAndPassword(hash, plain(kind, subject, p))
	if errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("compare pin: %w", err)
	}
	return true, nil
}

func plain(kind Kind, subject string, p PIN) []byte {
	return []byte(string(kind) + "|" + subject + "|" + p.digits)
}

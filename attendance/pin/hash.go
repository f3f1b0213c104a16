package pin

import (
	"errors"
	"fmt"
	"strings"

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

// maxSubject keeps what bcrypt reads within its 72 bytes: beyond them it would
// ignore digits.
const maxSubject = 40

// NewHasher gives a Hasher with the given bcrypt cost, 4 to 31. Outside tests
// the cost is ProductionCost or more: whoever wires the Hasher into a program
// sees to that, because tests need 4, which takes 1 ms instead of 60.
func NewHasher(cost int) (Hasher, error) {
	if cost < bcrypt.MinCost || cost > bcrypt.MaxCost {
		return Hasher{}, fmt.Errorf("make hasher: bcrypt cost %d out of range", cost)
	}
	return Hasher{cost}, nil
}

// Hash gives the bcrypt hash of "kind|subject|pin". Subject is a person's or
// kiosk's id of 1 to 40 bytes without '|'. No PIN has no hash.
func (h Hasher) Hash(kind Kind, subject string, p PIN) ([]byte, error) {
	text, err := plain(kind, subject, p)
	if err != nil {
		return nil, fmt.Errorf("hash pin: %w", err)
	}
	b, err := bcrypt.GenerateFromPassword(text, h.cost)
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
// cost, whatever the Hasher's. A hash that is not bcrypt, no PIN, and a subject
// that Hash refuses are errors.
func Matches(hash []byte, kind Kind, subject string, p PIN) (bool, error) {
	text, err := plain(kind, subject, p)
	if err != nil {
		return false, fmt.Errorf("compare pin: %w", err)
	}
	err = bcrypt.CompareHashAndPassword(hash, text)
	if errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("compare pin: %w", err)
	}
	return true, nil
}

func plain(kind Kind, subject string, p PIN) ([]byte, error) {
	if kind != Personal && kind != Universal {
		return nil, errors.New("unknown kind")
	}
	if subject == "" || len(subject) > maxSubject || strings.Contains(subject, "|") {
		return nil, errors.New("the subject is no id")
	}
	if p.IsZero() {
		return nil, errors.New("there is no pin")
	}
	return []byte(string(kind) + "|" + subject + "|" + p.Reveal()), nil
}

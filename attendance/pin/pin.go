package pin

import (
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"unique"

	"github.com/timepost/timepost/internal/problem"
)

// The lengths a PIN may have, in digits.
const (
	MinLen     = 4
	MaxLen     = 8
	DefaultLen = 4
)

const redacted = "[pin]"

// PIN is a string of 4 to 8 digits that shows itself to nobody: fmt, slog,
// JSON and text encoders all print "[pin]". Reveal is the only way out.
//
// The digits are behind a handle because fmt reads unexported fields of a
// struct without asking their methods: there it finds an address. Values may be
// compared with == and be map keys.
type PIN struct{ digits unique.Handle[string] }

func of(digits string) PIN { return PIN{unique.Make(digits)} }

// Parse checks that s is 4 to 8 digits. It does not apply P6: a typed attempt
// of 1111 is a wrong PIN, not a malformed one.
func Parse(s string) (PIN, error) {
	if len(s) < MinLen || len(s) > MaxLen {
		return PIN{}, problem.New(problem.Invalid, "A PIN has 4 to 8 digits.", "Type the digits only.")
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return PIN{}, problem.New(problem.Invalid, "A PIN has digits only.", "Type the digits only.")
		}
	}
	return of(s), nil
}

// Reveal gives the digits. Whoever calls it owes the reader a reason.
func (p PIN) Reveal() string {
	if p.IsZero() {
		return ""
	}
	return p.digits.Value()
}

// Len gives the number of digits, 0 for no PIN.
func (p PIN) Len() int { return len(p.Reveal()) }

// IsZero says whether there is no PIN.
func (p PIN) IsZero() bool { return p == PIN{} }

// Equal compares two PINs. It is for the rules at central, where both are known
// anyway; kiosks compare hashes.
func (p PIN) Equal(q PIN) bool { return p == q }

// String redacts.
func (p PIN) String() string { return redacted }

// GoString redacts.
func (p PIN) GoString() string { return redacted }

// Format redacts for every verb.
func (p PIN) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue redacts.
func (p PIN) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText redacts, for JSON and its relatives too.
func (p PIN) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Generate draws a PIN of n digits uniformly from random, skipping those that
// taken refuses and those of one repeated digit (P6). It fails with
// problem.Conflict when too much of the space is taken to find a free one
// safely: free must be the number of PINs of this length that taken allows.
// Under half of the space, more digits are needed.
func Generate(random io.Reader, n int, free int, taken func(PIN) bool) (PIN, error) {
	if n < MinLen || n > MaxLen {
		return PIN{}, problem.New(problem.Invalid, "A PIN has 4 to 8 digits.", "")
	}
	space := Space(n)
	if free*2 < space {
		return PIN{}, problem.New(problem.Conflict,
			"There are too few free PINs of this length.", "Use longer PINs in the organisation's settings.")
	}
	limit := big.NewInt(int64(space))
	for range 1000 {
		v, err := rand.Int(random, limit) // rejection sampling: uniform
		if err != nil {
			return PIN{}, fmt.Errorf("draw pin: %w", err)
		}
		p := of(fmt.Sprintf("%0*d", n, v.Int64()))
		if CheckRepeated(p) == nil && (taken == nil || !taken(p)) {
			return p, nil
		}
	}
	return PIN{}, problem.New(problem.Conflict,
		"No free PIN was found.", "Use longer PINs in the organisation's settings.")
}

// Space gives how many strings of n digits there are.
func Space(n int) int {
	s := 1
	for range n {
		s *= 10
	}
	return s
}

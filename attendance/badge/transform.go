package badge

import (
	"slices"
	"strings"

	"github.com/timepost/timepost/internal/problem"
)

// Format is how a reader types a number.
type Format string

// The formats. Auto, which the empty one is too, tells them apart by their looks:
// ten, 17 or 20 digits are decimal; 8, 10, 14, 16 or 20 digits with letters up to F
// hexadecimal, and so are 8, 14 or 16 digits without any; 123,45678 is facility and
// number; bytes with colons, hyphens or spaces between them are hexadecimal; all
// else is text.
const (
	Auto    Format = "auto"
	Decimal Format = "decimal"
	Hex     Format = "hex"
	Wiegand Format = "wiegand" // facility and number, 3+5 digits: the last three bytes
	Text    Format = "text"
)

// Transform says what a reader's output means. The zero value is Auto.
type Transform struct {
	Format  Format `json:"format,omitempty"`
	Reverse bool   `json:"reverse,omitempty"` // it types the last byte first
	Bytes   int    `json:"bytes,omitempty"`   // only the last so many count: 3 agrees with Wiegand readers; 0: all
	Prefix  string `json:"prefix,omitempty"`  // typed before each number, dropped
	Suffix  string `json:"suffix,omitempty"`  // typed after it, dropped
}

// maxBytes is the longest UID there is (ISO/IEC 14443-3, triple size).
const maxBytes = 10

// Check refuses, with problem.Invalid (detail field), a transform that can't be.
func (t Transform) Check() error {
	switch t.Format {
	case "", Auto, Decimal, Hex, Wiegand, Text:
	default:
		return problem.New(problem.Invalid, "There is no such format of badge numbers.",
			"Choose auto, decimal, hex, wiegand or text.").With("field", "format")
	}
	if t.Bytes < 0 || t.Bytes > maxBytes {
		return problem.New(problem.Invalid, "A badge's number has at most 10 bytes.", "Choose 0 for all of them.").With("field", "bytes")
	}
	return nil
}

func (t Transform) format() Format {
	if t.Format == "" {
		return Auto
	}
	return t.Format
}

func (t Transform) strip(read string) string {
	return strings.TrimSuffix(strings.TrimPrefix(read, t.Prefix), t.Suffix)
}

// turn brings a number's bytes into order and keeps those that count.
func (t Transform) turn(number []byte) []byte {
	if t.Reverse {
		slices.Reverse(number)
	}
	if t.Bytes > 0 && len(number) > t.Bytes {
		number = number[len(number)-t.Bytes:]
	}
	return number
}

// Telling gives the format that one read proves its reader to have, for a reader
// that was learnt by it: letters are never decimal, and ten digits hardly ever
// anything else. It is Auto where the read proves nothing.
func Telling(read string) Format {
	read = strings.TrimSpace(read)
	switch f := guess(read); {
	case f == Hex && strings.ContainsAny(strings.ToUpper(read), "ABCDEF"), f == Decimal, f == Wiegand:
		return f
	}
	return Auto
}

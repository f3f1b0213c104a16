package badge

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// leastBytes is what a number has at least: shorter ones get zeros in front, so that
// a card that a Wiegand reader knows by three bytes is the one whose fourth is zero.
const leastBytes = 4

// maxDigits is how many decimal digits the largest number of maxBytes bytes has.
const maxDigits = 25

// guess tells a read's format by its looks.
func guess(read string) Format {
	if _, _, ok := facility(read); ok && strings.ContainsAny(read, ",.") {
		return Wiegand
	}
	if separated(read) {
		return Hex
	}
	switch digits := only(read, "0123456789"); {
	case digits && slices.Contains([]int{10, 17, 20}, len(read)):
		if fits(read) {
			return Decimal
		}
		if len(read) == 17 { // not even
			return Text
		}
		return Hex
	case digits && slices.Contains([]int{8, 14, 16}, len(read)):
		return Hex
	case !digits && isHex(read) && slices.Contains([]int{8, 10, 14, 16, 20}, len(read)):
		return Hex
	}
	return Text
}

// bytesOf gives the bytes of a number, the first one first.
func bytesOf(read string, f Format) ([]byte, error) {
	switch f {
	case Decimal:
		return decimal(read)
	case Wiegand:
		return wiegand(read)
	default:
		return hexadecimal(read)
	}
}

func numbered(number []byte) Canonical {
	if short := leastBytes - len(number); short > 0 {
		number = append(make([]byte, short), number...)
	}
	parts := make([]string, len(number))
	for i, b := range number {
		parts[i] = fmt.Sprintf("%02X", b)
	}
	return Canonical(strings.Join(parts, "-"))
}

func hexadecimal(read string) ([]byte, error) {
	if separated(read) {
		read = strings.NewReplacer(":", "", "-", "", " ", "").Replace(read)
	}
	number, err := hex.DecodeString(read)
	if err != nil || len(number) > maxBytes {
		return nil, bad("This is no hexadecimal badge number.", "It has 2 to 20 digits, 0 to 9 and A to F, two for each byte.")
	}
	return number, nil
}

// decimal gives as many bytes as a number of so many digits has: readers fill up
// with zeros, so the digits say how long the card's number is.
func decimal(read string) ([]byte, error) {
	v, ok := new(big.Int).SetString(read, 10)
	if !ok || !only(read, "0123456789") || len(read) > maxDigits {
		return nil, bad("This is no decimal badge number.", "It has 1 to 25 digits and nothing else.")
	}
	for _, w := range widths() {
		if len(read) <= w.digits && v.BitLen() <= 8*w.bytes {
			return v.FillBytes(make([]byte, w.bytes)), nil
		}
	}
	return nil, bad("This badge number is too large.", "No card has more than 10 bytes.")
}

// wiegand gives the three bytes of facility (one) and number (two), 123,45678 or
// without the sign between them.
func wiegand(read string) ([]byte, error) {
	f, n, ok := facility(read)
	if !ok {
		return nil, bad("This is no Wiegand badge number.", "It has a facility of 3 digits up to 255 and a number of 5 up to 65535.")
	}
	return []byte{f, byte(n >> 8), byte(n)}, nil
}

func facility(read string) (byte, uint16, bool) {
	head, tail, split := strings.Cut(strings.Replace(read, ".", ",", 1), ",")
	if !split && len(read) == 8 {
		head, tail = read[:3], read[3:]
	}
	if !only(head, "0123456789") || !only(tail, "0123456789") || len(head) > 3 || len(tail) > 5 {
		return 0, 0, false
	}
	f, ferr := strconv.ParseUint(head, 10, 8)
	n, nerr := strconv.ParseUint(tail, 10, 16)
	return byte(f), uint16(n), ferr == nil && nerr == nil
}

type width struct{ bytes, digits int }

// widths gives the lengths that cards have: how many bytes, and how many digits the
// largest such number has.
func widths() []width {
	return []width{{4, 10}, {5, 13}, {7, 17}, {8, 20}, {maxBytes, maxDigits}}
}

// fits says whether so many digits are a number of the length that has as many:
// 5000123456 is too large for four bytes, so nobody typed it as a decimal.
func fits(digits string) bool {
	v, ok := new(big.Int).SetString(digits, 10)
	for _, w := range widths() {
		if len(digits) == w.digits {
			return ok && v.BitLen() <= 8*w.bytes
		}
	}
	return false
}

// separated says whether a read is four bytes or more of two digits with one sign
// between them. What is shorter may as well be a staff number: AB-12.
func separated(read string) bool {
	if len(read) < 3*leastBytes-1 || len(read)%3 != 2 || !strings.ContainsRune(":- ", rune(read[2])) || len(read) > 3*maxBytes {
		return false
	}
	for i := range len(read) {
		if i%3 == 2 && read[i] != read[2] || i%3 != 2 && !isHex(read[i:i+1]) {
			return false
		}
	}
	return true
}

func isHex(s string) bool { return only(s, "0123456789abcdefABCDEF") }

func only(s, chars string) bool {
	return s != "" && strings.Trim(s, chars) == ""
}

package config

import (
	"fmt"
	"math"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// Duration is a time span, written as in "90s", "1h30m" or "35d". A day is 24
// hours. It is never negative.
type Duration time.Duration

// UnmarshalText reads a duration.
func (d *Duration) UnmarshalText(text []byte) error {
	s := string(text)
	days := time.Duration(0)
	if before, after, ok := strings.Cut(s, "d"); ok {
		n, err := strconv.ParseUint(before, 10, 32)
		if err != nil || n > math.MaxInt64/uint64(24*time.Hour) {
			return invalid(fmt.Sprintf("%q is not a duration.", s), durationHint)
		}
		days, s = time.Duration(n)*24*time.Hour, after
		if s == "" {
			s = "0s"
		}
	}
	rest, err := time.ParseDuration(s)
	if err != nil || rest < 0 || rest > math.MaxInt64-days {
		return invalid(fmt.Sprintf("%q is not a duration.", text), durationHint)
	}
	*d = Duration(days + rest)
	return nil
}

const durationHint = `Write a number and a unit: "90s", "15m", "1h30m" or "35d".`

// MarshalText writes the duration so that UnmarshalText reads it back.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// String writes the duration as time.Duration does.
func (d Duration) String() string { return time.Duration(d).String() }

// Std gives the duration as the standard library's type.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// Size is a number of bytes, written as in "512", "64KiB", "20MiB" or "4GiB".
type Size int64

// UnmarshalText reads a size.
func (z *Size) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	unit := uint64(1)
	for i, suffix := range []string{"KiB", "MiB", "GiB"} {
		if cut, ok := strings.CutSuffix(s, suffix); ok {
			s, unit = strings.TrimSpace(cut), 1<<(10*(i+1))
			break
		}
	}
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil || n > math.MaxInt64/unit {
		return invalid(fmt.Sprintf("%q is not a size.", text), `Write bytes, or a number with KiB, MiB or GiB.`)
	}
	*z = Size(n * unit)
	return nil
}

// MarshalText writes the size so that UnmarshalText reads it back.
func (z Size) MarshalText() ([]byte, error) { return strconv.AppendInt(nil, int64(z), 10), nil }

// Address is a TCP address to listen on or to call, "host:port" with a numeric
// port; an empty host means every interface.
type Address string

// UnmarshalText reads an address.
func (a *Address) UnmarshalText(text []byte) error {
	_, port, err := net.SplitHostPort(string(text))
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return invalid(fmt.Sprintf("%q is not an address.", text),
			`Write host:port with a number as the port, for example "127.0.0.1:8443".`)
	}
	*a = Address(text)
	return nil
}

// Mode is the permission bits of a file or socket, written in octal as a string:
// "0660".
type Mode os.FileMode

// UnmarshalText reads a mode.
func (m *Mode) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 8, 32)
	if err != nil || n > uint64(os.ModePerm) {
		return invalid(fmt.Sprintf("%q is not a file mode.", text), `Write octal digits, for example "0660".`)
	}
	*m = Mode(n)
	return nil
}

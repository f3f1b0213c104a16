package access

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"github.com/timepost/timepost/internal/problem"
)

// MinPassword and MaxPassword bound a password, in characters and in bytes.
const (
	MinPassword = 8
	MaxPassword = 1024
)

// cost is what one argon2id hash takes: memory in KiB, passes, lanes.
type cost struct {
	memory  uint32
	passes  uint32
	threads uint8
}

// production is the least OWASP's password storage cheat sheet recommends for
// argon2id: 19 MiB, two passes, one lane.
func production() cost { return cost{memory: 19 * 1024, passes: 2, threads: 1} }

const (
	saltLen = 16
	keyLen  = 32
)

// checkPassword refuses what can't be a password.
func checkPassword(p string) error {
	if utf8.RuneCountInString(p) < MinPassword {
		return problem.New(problem.Invalid, "This password is too short.", "Use at least 8 characters; a sentence is best.").With("field", "password")
	}
	if len(p) > MaxPassword {
		return problem.New(problem.Invalid, "This password is too long.", "Use at most 1,024 bytes; a sentence is best.").With("field", "password")
	}
	return nil
}

// hashPassword gives the PHC string of a password.
func hashPassword(random io.Reader, c cost, password string) (string, error) {
	salt := make([]byte, saltLen)
	if _, err := io.ReadFull(random, salt); err != nil {
		return "", fmt.Errorf("draw salt: %w", err)
	}
	key := argon2.IDKey([]byte(password), salt, c.passes, c.memory, c.threads, keyLen)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.memory, c.passes, c.threads,
		b64.EncodeToString(salt), b64.EncodeToString(key)), nil
}

// matches compares a password with a PHC string in constant time. A string that
// is not one is an error.
func matches(phc, password string) (bool, error) {
	c, salt, want, err := parsePHC(phc)
	if err != nil {
		return false, err
	}
	got := argon2.IDKey([]byte(password), salt, c.passes, c.memory, c.threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

func parsePHC(phc string) (c cost, salt, key []byte, err error) {
	bad := func(why string) error {
		return problem.New(problem.Damaged, "A stored password can't be read.", "Set a new one.").
			Because(fmt.Errorf("parse password hash: %s", why))
	}
	p := strings.Split(phc, "$")
	if len(p) != 6 || p[0] != "" || p[1] != "argon2id" || p[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, bad("header")
	}
	if n, err := fmt.Sscanf(p[3], "m=%d,t=%d,p=%d", &c.memory, &c.passes, &c.threads); err != nil || n != 3 {
		return c, nil, nil, bad("parameters")
	}
	if c.memory < 8 || c.memory > 1<<21 || c.passes < 1 || c.passes > 64 || c.threads < 1 {
		return c, nil, nil, bad("parameters out of range")
	}
	if salt, err = base64.RawStdEncoding.DecodeString(p[4]); err != nil || len(salt) < 8 {
		return c, nil, nil, bad("salt")
	}
	if key, err = base64.RawStdEncoding.DecodeString(p[5]); err != nil || len(key) < 16 {
		return c, nil, nil, bad("key")
	}
	return c, salt, key, nil
}

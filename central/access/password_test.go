package access

import (
	"crypto/rand"
	"strings"
	"testing"
)

func FuzzParsePHC(f *testing.F) {
	good, err := hashPassword(rand.Reader, cost{memory: 8, passes: 1, threads: 1}, "a good long sentence")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$$")
	f.Add("$argon2id$v=19$m=99999999999,t=2,p=1$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$2a$10$abcdefghijklmnopqrstuv")
	f.Fuzz(func(t *testing.T, phc string) {
		c, salt, key, err := parsePHC(phc)
		if err != nil {
			return
		}
		if !strings.HasPrefix(phc, "$argon2id$") || c.memory > 1<<21 || c.passes == 0 || c.threads == 0 || len(salt) < 8 || len(key) < 16 {
			t.Fatalf("believed %q", phc)
		}
	})
}

func TestMatches(t *testing.T) {
	t.Parallel()
	phc, err := hashPassword(rand.Reader, cost{memory: 8, passes: 1, threads: 1}, "a good long sentence")
	if err != nil {
		t.Fatal(err)
	}
	for password, want := range map[string]bool{"a good long sentence": true, "a good long sentence ": false, "": false} {
		if ok, err := matches(phc, password); ok != want || err != nil {
			t.Errorf("%q: %v %v", password, ok, err)
		}
	}
}

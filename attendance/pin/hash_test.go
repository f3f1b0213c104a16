package pin_test

import (
	"crypto/ecdh"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/internal/problem"
)

func hasher(t testing.TB) pin.Hasher {
	t.Helper()
	h, err := pin.NewHasher(4)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func hash(t testing.TB, kind pin.Kind, subject, digits string) []byte {
	t.Helper()
	b, err := hasher(t).Hash(kind, subject, must(t, digits))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestNewHasherCosts(t *testing.T) {
	t.Parallel()
	for cost, ok := range map[int]bool{-1: false, 0: false, 3: false, 4: true, pin.ProductionCost: true, 31: true, 32: false} {
		if _, err := pin.NewHasher(cost); (err == nil) != ok {
			t.Errorf("cost %d: %v", cost, err)
		}
	}
	if pin.ProductionCost < 10 {
		t.Error("the production cost is below 10")
	}
	if got := string(hash(t, pin.Personal, "p", "1234")[:7]); got != "$2a$04$" {
		t.Errorf("a hash of cost 4 begins with %s", got)
	}
}

func TestHashIsBound(t *testing.T) {
	t.Parallel()
	h := hash(t, pin.Personal, "p-1", "1234")
	for _, c := range []struct {
		name    string
		kind    pin.Kind
		subject string
		digits  string
		want    bool
	}{
		{"itself", pin.Personal, "p-1", "1234", true},
		{"another PIN", pin.Personal, "p-1", "1235", false},
		{"a longer PIN", pin.Personal, "p-1", "12340", false},
		{"another person", pin.Personal, "p-2", "1234", false},
		{"another kind", pin.Universal, "p-1", "1234", false},
	} {
		got, err := pin.Matches(h, c.kind, c.subject, must(t, c.digits))
		if err != nil || got != c.want {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
	}
	if string(hash(t, pin.Personal, "p-1", "1234")) == string(h) {
		t.Error("two hashes of one PIN are equal: no salt")
	}
}

// The longest subject and PIN still count to the last digit.
func TestHashCountsEveryDigit(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 40)
	h := hash(t, pin.Universal, long, "12345678")
	if ok, err := pin.Matches(h, pin.Universal, long, must(t, "12345679")); ok || err != nil {
		t.Errorf("the last digit does not count: %v, %v", ok, err)
	}
	if ok, err := pin.Matches(h, pin.Universal, long, must(t, "12345678")); !ok || err != nil {
		t.Errorf("the longest does not match: %v, %v", ok, err)
	}
}

func TestHashRefuses(t *testing.T) {
	t.Parallel()
	p, good := must(t, "1234"), hash(t, pin.Personal, "p", "1234")
	for _, c := range []struct {
		name    string
		kind    pin.Kind
		subject string
		pin     pin.PIN
	}{
		{"no kind", "", "p", p},
		{"another kind", "badge", "p", p},
		{"no subject", pin.Personal, "", p},
		{"a subject beyond bcrypt", pin.Personal, strings.Repeat("x", 41), p},
		{"a subject with a bar", pin.Personal, "p|1", p},
		{"no PIN", pin.Personal, "p", pin.PIN{}},
	} {
		if _, err := hasher(t).Hash(c.kind, c.subject, c.pin); err == nil {
			t.Errorf("%s was hashed", c.name)
		}
		if ok, err := pin.Matches(good, c.kind, c.subject, c.pin); ok || err == nil {
			t.Errorf("%s was compared", c.name)
		}
	}
	for _, h := range []string{"", "1234", string(good[:20])} {
		if ok, err := pin.Matches([]byte(h), pin.Personal, "p", p); ok || err == nil {
			t.Errorf("hash %q: %v, %v", h, ok, err)
		}
	}
}

func TestDummyMatchesNothing(t *testing.T) {
	t.Parallel()
	d, err := hasher(t).Dummy()
	if err != nil {
		t.Fatal(err)
	}
	for _, digits := range []string{"0000", "1234", "00000000"} {
		if ok, err := pin.Matches(d, pin.Personal, "p", must(t, digits)); ok || err != nil {
			t.Errorf("%s: %v, %v", digits, ok, err)
		}
	}
}

func sealKey(t testing.TB, seed byte) *ecdh.PrivateKey {
	t.Helper()
	k, err := pin.NewSealKey(rand.NewChaCha8([32]byte{seed}))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func binding() pin.Binding {
	return pin.Binding{Org: "acme", Kiosk: "front", Key: "s1", Kind: pin.Personal, Subject: "p-1", Role: "regular", Version: 7}
}

func TestSealIsBoundToEveryField(t *testing.T) {
	t.Parallel()
	key := sealKey(t, 1)
	sealed, err := pin.Seal(key.PublicKey(), binding(), []byte("hash"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := pin.Open(key, binding(), sealed); err != nil || string(got) != "hash" {
		t.Fatalf("Open gives %q, %v", got, err)
	}
	for name, change := range map[string]func(*pin.Binding){
		"org": func(b *pin.Binding) { b.Org = "acmf" }, "kiosk": func(b *pin.Binding) { b.Kiosk = "back" },
		"key": func(b *pin.Binding) { b.Key = "s2" }, "kind": func(b *pin.Binding) { b.Kind = pin.Universal },
		"subject": func(b *pin.Binding) { b.Subject = "p-2" }, "role": func(b *pin.Binding) { b.Role = "admin" },
		"version": func(b *pin.Binding) { b.Version = 6 }, "high version": func(b *pin.Binding) { b.Version |= 1 << 63 },
		"moved boundary": func(b *pin.Binding) { b.Org, b.Kiosk = "acmef", "ront" },
	} {
		b := binding()
		change(&b)
		if _, err := pin.Open(key, b, sealed); !problem.Is(err, problem.Untrusted) {
			t.Errorf("another %s opens: %v", name, err)
		}
	}
	if _, err := pin.Open(sealKey(t, 2), binding(), sealed); !problem.Is(err, problem.Untrusted) {
		t.Errorf("another kiosk's key opens: %v", err)
	}
	for i := range sealed {
		bad := append([]byte(nil), sealed...)
		bad[i] ^= 1
		if _, err := pin.Open(key, binding(), bad); !problem.Is(err, problem.Untrusted) {
			t.Errorf("byte %d flipped opens: %v", i, err)
		}
		if _, err := pin.Open(key, binding(), sealed[:i]); !problem.Is(err, problem.Untrusted) {
			t.Errorf("%d bytes of it open: %v", i, err)
		}
	}
}

func TestNewSealKeyIsItsReader(t *testing.T) {
	t.Parallel()
	if !sealKey(t, 1).Equal(sealKey(t, 1)) || sealKey(t, 1).Equal(sealKey(t, 2)) {
		t.Error("the key does not follow the reader")
	}
	if _, err := pin.NewSealKey(strings.NewReader("short")); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a short reader: %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	key := sealKey(f, 1)
	sealed, err := pin.Seal(key.PublicKey(), binding(), []byte("hash"))
	if err != nil {
		f.Fatal(err)
	}
	for _, b := range [][]byte{nil, {0}, sealed, sealed[:32], append(sealed, 0), make([]byte, 80)} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		// A seed may be a true seal of another process of this fuzz run.
		if got, err := pin.Open(key, binding(), b); err == nil && string(got) != "hash" {
			t.Fatalf("a forged blob gives %q", got)
		} else if err != nil && !problem.Is(err, problem.Untrusted) {
			t.Fatal(err)
		}
	})
}

package wire_test

import (
	"crypto/rand"
	"crypto/x509"
	"strings"
	"testing"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

func wish(t *testing.T) wire.EnrolRequest {
	t.Helper()
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, authority(t))
	if err != nil {
		t.Fatal(err)
	}
	return wire.EnrolRequest{CSR: csr, RecordKey: pub(1), SealKey: pub(2)}
}

func TestCheckValueIsOfEveryKey(t *testing.T) {
	t.Parallel()
	parse := func(der []byte) *x509.Certificate {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	ca, r := parse(certOf(t, authority(t), true)), wish(t)
	value := func(ca *x509.Certificate, r wire.EnrolRequest) string {
		v, err := wire.CheckValue(ca, r)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	first := value(ca, r)
	if len(first) != 14 || first[4] != '-' || first[9] != '-' || value(ca, r) != first {
		t.Errorf("%q", first)
	}
	for name, other := range map[string]string{
		"authority": value(parse(certOf(t, authority(t), true)), r), "TLS key": value(ca, wire.EnrolRequest{CSR: wish(t).CSR, RecordKey: r.RecordKey, SealKey: r.SealKey}),
		"record key": value(ca, wire.EnrolRequest{CSR: r.CSR, RecordKey: pub(3), SealKey: r.SealKey}), "seal key": value(ca, wire.EnrolRequest{CSR: r.CSR, RecordKey: r.RecordKey, SealKey: pub(3)}),
		"keys in each other's place": value(ca, wire.EnrolRequest{CSR: r.CSR, RecordKey: r.SealKey, SealKey: r.RecordKey}),
	} {
		if other == first {
			t.Errorf("another %s, the same value", name)
		}
	}
	if _, err := wire.CheckValue(ca, wire.EnrolRequest{CSR: []byte("x")}); !problem.Is(err, problem.Invalid) {
		t.Error(err)
	}
}

func FuzzParseCheck(f *testing.F) {
	for _, s := range []string{"7K3Q-M0R2-T9XW", "7k3q m0r2 t9xw", "7K3QMOR2T9XW", "", "-", "7K3Q-M0R2-T9XU", "7K3Q-M0R2-T9XWA", "ÄÖÜ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		v, err := wire.ParseCheck(typed)
		if err != nil {
			if !problem.Is(err, problem.Invalid) || v != "" {
				t.Errorf("%q: %q, %v", typed, v, err)
			}
			return
		}
		if again, err := wire.ParseCheck(strings.ToLower(v)); err != nil || again != v || len(v) != 14 {
			t.Errorf("%q: %q, then %q, %v", typed, v, again, err)
		}
	})
}

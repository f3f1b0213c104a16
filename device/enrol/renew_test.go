package enrol_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/timepost/timepost/device/enrol"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// office renews as central does: one certificate for each key.
type office struct {
	f     *fleet
	fail  error               // instead of an answer
	lose  bool                // the answer is lost
	spoil func([]byte) []byte // makes the certificate another one
	asked map[string][]byte   // certificates by their keys
}

func (o *office) Renew(_ context.Context, header string, body []byte) (wire.RenewReply, error) {
	u, err := wire.OpenUpload(header)
	if err != nil || !u.Holds(body) || u.Kind != wire.UploadRenew || u.Kiosk != kiosk || u.Org != org {
		o.f.t.Errorf("signed %+v: %v", u, err)
	}
	var r wire.RenewRequest
	if err := json.Unmarshal(body, &r); err != nil {
		o.f.t.Fatal(err)
	}
	csr, err := x509.ParseCertificateRequest(r.CSR)
	if err != nil || csr.CheckSignature() != nil {
		o.f.t.Fatalf("CSR: %v", err)
	}
	if o.fail != nil {
		return wire.RenewReply{}, o.fail
	}
	key := string(csr.RawSubjectPublicKeyInfo)
	if o.asked[key] == nil {
		o.asked[key] = o.f.certFor(o.f.ca, kiosk, csr.PublicKey)
	}
	if o.lose {
		return wire.RenewReply{}, problem.New(problem.Unavailable, "The line is cut.", "")
	}
	cert := o.asked[key]
	if o.spoil != nil {
		cert = o.spoil(cert)
	}
	return wire.RenewReply{Cert: cert}, nil
}

// enrolledAt gives a kiosk on disk and the office that renews it.
func enrolledAt(t *testing.T) (dir string, before *enrol.Identity, o *office) {
	t.Helper()
	f := newFleet(t)
	dir = t.TempDir()
	before, err := enrol.Enrol(t.Context(), dir, deps(), local.EnrolRequest{Server: f.url(code)}, func(local.EnrolStep) {})
	if err != nil {
		t.Fatal(err)
	}
	return dir, before, &office{f: f, asked: map[string][]byte{}}
}

func renew(t *testing.T, dir string, o *office) (*enrol.Identity, error) {
	t.Helper()
	return enrol.Renew(t.Context(), dir, o, rand.Reader, new(sync.Mutex), time.Now())
}

func load(t *testing.T, dir string) *enrol.Identity {
	t.Helper()
	id, err := enrol.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func tlsKey(id *enrol.Identity) *ecdsa.PrivateKey { return id.Cert.PrivateKey.(*ecdsa.PrivateKey) }

func TestARenewalChangesTheTLSKeyAlone(t *testing.T) {
	t.Parallel()
	dir, before, o := enrolledAt(t)
	after, err := renew(t, dir, o)
	if err != nil {
		t.Fatal(err)
	}
	if tlsKey(after).Equal(tlsKey(before)) || bytes.Equal(after.Cert.Leaf.Raw, before.Cert.Leaf.Raw) {
		t.Error("the TLS key or the certificate is the old one")
	}
	if !after.RecordKey.Equal(before.RecordKey) || !after.SealKey.Equal(before.SealKey) {
		t.Error("another record or seal key")
	}
	if !tlsKey(load(t, dir)).Equal(tlsKey(after)) {
		t.Error("something else is on disk")
	}
	sets, err := os.ReadDir(filepath.Join(dir, "keys"))
	if err != nil || len(sets) != 1 {
		t.Errorf("%d sets of keys are left, %v", len(sets), err)
	}
}

// Whatever fails, the identity before is in force, and the next try uses the same key.
func TestARenewalThatFailsChangesNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(t *testing.T, o *office)
		want  problem.Code
	}{
		"refused": {func(_ *testing.T, o *office) { o.fail = problem.New(problem.Forbidden, "No.", "") }, problem.Forbidden},
		"lost":    {func(_ *testing.T, o *office) { o.lose = true }, problem.Unavailable},
		"no certificate": {func(_ *testing.T, o *office) {
			o.spoil = func([]byte) []byte { return []byte("no") }
		}, problem.Untrusted},
		"another authority's": {func(t *testing.T, o *office) {
			o.spoil = func(c []byte) []byte { return o.f.certFor(newAuthority(t, "other"), kiosk, publicOf(t, c)) }
		}, problem.Untrusted},
		"another kiosk's": {func(t *testing.T, o *office) {
			o.spoil = func(c []byte) []byte { return o.f.certFor(o.f.ca, "side-door", publicOf(t, c)) }
		}, problem.Untrusted},
		"another key's": {func(t *testing.T, o *office) {
			o.spoil = func([]byte) []byte { return o.f.certFor(o.f.ca, kiosk, newKey(t).Public()) }
		}, problem.Untrusted},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, before, o := enrolledAt(t)
			good := *o
			c.spoil(t, o)
			if _, err := renew(t, dir, o); !problem.Is(err, c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
			if !tlsKey(load(t, dir)).Equal(tlsKey(before)) {
				t.Error("another identity is in force")
			}
			after, err := renew(t, dir, &good)
			if err != nil || tlsKey(after).Equal(tlsKey(before)) {
				t.Errorf("again: %v", err)
			}
			if len(good.asked) > 1 {
				t.Errorf("%d keys were used", len(good.asked))
			}
		})
	}
}

func publicOf(t *testing.T, cert []byte) any {
	t.Helper()
	c, err := x509.ParseCertificate(cert)
	if err != nil {
		t.Fatal(err)
	}
	return c.PublicKey
}

// A power cut between any two things written: what was there before each is loaded
// and renewed.
func TestARenewalIsCutShort(t *testing.T) {
	t.Parallel()
	for name, cut := range map[string]func(t *testing.T, dir string){
		"the keys are half written": func(t *testing.T, dir string) {
			removeOne(t, filepath.Join(dir, "keys", "*", "seal.key"))
		},
		"the note is torn":    func(t *testing.T, dir string) { write(t, filepath.Join(dir, "renewing.json"), `{"keys":"`) },
		"the note is missing": func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "renewing.json")) },
		"the note is of other keys": func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "renewing.json"), `{"keys":"../../etc","for":"x"}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, before, o := enrolledAt(t)
			o.lose = true
			if _, err := renew(t, dir, o); err == nil {
				t.Fatal("the answer was not lost")
			}
			cut(t, dir)
			if !tlsKey(load(t, dir)).Equal(tlsKey(before)) {
				t.Fatal("another identity is in force")
			}
			o.lose = false
			if _, err := renew(t, dir, o); err != nil {
				t.Fatal(err)
			}
			load(t, dir)
		})
	}
}

// removeOne removes the file that matches and is not of the identity in force.
func removeOne(t *testing.T, pattern string) {
	t.Helper()
	all, err := filepath.Glob(pattern)
	if err != nil || len(all) != 2 {
		t.Fatalf("%v, %v", all, err)
	}
	var s struct{ Keys string }
	b, err := os.ReadFile(filepath.Join(filepath.Dir(all[0]), "..", "..", "identity.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		if filepath.Base(filepath.Dir(path)) != s.Keys {
			remove(t, path)
		}
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A keyset that comes in while a renewal is under way is not lost with it.
func TestARenewalKeepsANewerKeyset(t *testing.T) {
	t.Parallel()
	dir, _, o := enrolledAt(t)
	o.spoil = func(c []byte) []byte {
		if err := enrol.KeepKeyset(t.Context(), dir, o.f.keyset(o.f.ca, 7)); err != nil {
			t.Error(err)
		}
		return c
	}
	after, err := renew(t, dir, o)
	if err != nil || after.Keyset.Version != 7 || load(t, dir).Keyset.Version != 7 {
		t.Errorf("keyset %+v, %v", after.Keyset, err)
	}
}

func TestWhenARenewalIsDue(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	for life, want := range map[time.Duration]time.Duration{90 * day: 60 * day, 30 * day: 20 * day, 3650 * day: 60 * day} {
		if at := enrol.RenewAt(&x509.Certificate{NotBefore: from, NotAfter: from.Add(life)}); !at.Equal(from.Add(want)) {
			t.Errorf("of %v: after %v", life, at.Sub(from))
		}
	}
}

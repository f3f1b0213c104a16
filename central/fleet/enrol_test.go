package fleet_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

func TestEnrolmentMakesAKiosk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.kiosk(t)
	m := newMachine(t)
	typed := strings.NewReplacer("0", "o", "1", "L").Replace(strings.ToLower(" " + w.code(t, id) + " "))
	reply, err := w.Enrol(t.Context(), home, m.request(t, typed))
	if err != nil {
		t.Fatal(err)
	}
	want := wire.EnrolReply{
		Org: "acme", Kiosk: id, Cert: reply.Cert, CA: w.keys.CA.Raw, Brokers: []string{"tls://time.acme.example:8883"},
		Keyset: w.keys.Keyset(), Gen: 3,
		Settings: wire.SettingsRow{OrgName: "Acme", KioskName: "Front Door", Zone: "Europe/Berlin", RequiresPIN: true, Mode: "live"},
	}
	if d := cmp.Diff(want, reply); d != "" {
		t.Fatal(d)
	}
	if err := reply.Keyset.Verify(w.keys.CA.PublicKey.(*ecdsa.PublicKey), "acme"); err != nil {
		t.Fatal(err)
	}
	checkCert(t, w, m, reply)
	if w.changes() != 1 {
		t.Fatal("nobody heard of it")
	}
}

func checkCert(t *testing.T, w *world, m *machine, reply wire.EnrolReply) {
	t.Helper()
	cert, err := x509.ParseCertificate(reply.Cert)
	if err != nil {
		t.Fatal(err)
	}
	_, err = cert.Verify(x509.VerifyOptions{Roots: w.keys.Pool(), CurrentTime: w.clock(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cert.Verify(x509.VerifyOptions{Roots: w.keys.Pool(), CurrentTime: w.clock()}); err == nil {
		t.Error("a kiosk's certificate passes for a server's")
	}
	record, seal := sha256.Sum256(m.request(t, "").RecordKey), sha256.Sum256(m.seal)
	var uris []string
	for _, u := range cert.URIs {
		uris = append(uris, u.String())
	}
	want := []string{"urn:timepost:record-key:sha256:" + hex.EncodeToString(record[:]), "urn:timepost:seal-key:sha256:" + hex.EncodeToString(seal[:])}
	if d := cmp.Diff(want, uris); d != "" {
		t.Error(d)
	}
	if cert.Subject.CommonName != reply.Kiosk || len(cert.DNSNames) > 0 || !m.tls.PublicKey.Equal(cert.PublicKey) {
		t.Errorf("the certificate says %+v, %v", cert.Subject, cert.DNSNames)
	}
	if want := w.clock().Add(90 * 24 * time.Hour); !cert.NotAfter.Equal(want) {
		t.Errorf("it ends at %v, want %v", cert.NotAfter, want)
	}
	if id, err := w.Admit(cert); err != nil || id != reply.Kiosk {
		t.Errorf("admitted as %q, %v", id, err)
	}
}

func TestCodesAreGoodOnceAndForADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.kiosk(t)
	m, other := newMachine(t), newMachine(t)
	first := w.code(t, id)
	second := w.code(t, id) // takes the first back
	if _, err := w.Enrol(t.Context(), home, m.request(t, first)); !problem.Is(err, problem.NotFound) {
		t.Errorf("taken back: %v", err)
	}
	w.pass(24*time.Hour - time.Second)
	reply, err := w.Enrol(t.Context(), home, m.request(t, second))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Enrol(t.Context(), home, other.request(t, second)); !problem.Is(err, problem.Used) {
		t.Errorf("used: %v", err)
	}
	w.pass(24*time.Hour - time.Second)
	again, err := w.Enrol(t.Context(), home, m.request(t, second)) // the reply was lost
	if err != nil || cmp.Diff(reply, again) != "" {
		t.Errorf("repeated: %v %s", err, cmp.Diff(reply, again))
	}
	if w.changes() != 1 {
		t.Errorf("a repeated answer is no change: %d", w.changes())
	}
	w.pass(2 * time.Second)
	if _, err := w.Enrol(t.Context(), home, m.request(t, second)); !problem.Is(err, problem.Used) {
		t.Errorf("repeated after a day: %v", err)
	}
	third := w.code(t, id)
	w.pass(24 * time.Hour)
	if _, err := w.Enrol(t.Context(), home, m.request(t, third)); !problem.Is(err, problem.Expired) {
		t.Errorf("expired: %v", err)
	}
}

func TestTheCodeIsNotStored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, err := w.Code(t.Context(), actor, w.kiosk(t), 0)
	if err != nil {
		t.Fatal(err)
	}
	plain := strings.ReplaceAll(c.Text, "-", "")
	sum := sha256.Sum256(w.keys.CA.Raw)
	if want := "timepost://time.acme.example:8443/" + plain + "?ca=" + hex.EncodeToString(sum[:]); c.URL != want {
		t.Errorf("url %s", c.URL)
	}
	rows, err := w.db.Audit(t.Context(), 0, 100)
	if err != nil || strings.Contains(fmt.Sprint(rows), plain) || strings.Contains(fmt.Sprint(rows), c.Text) {
		t.Errorf("the audit log has it: %v", err)
	}
}

func TestBadRequestsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code := w.code(t, w.kiosk(t))
	m := newMachine(t)
	good := m.request(t, code)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	large, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, p384)
	if err != nil {
		t.Fatal(err)
	}
	with := func(change func(*wire.EnrolRequest)) wire.EnrolRequest {
		r := good
		r.CSR = append([]byte(nil), good.CSR...)
		change(&r)
		return m.sign(t, r)
	}
	altered := good
	altered.Software = "another"
	short := good
	short.RecordKey = []byte("short")
	foreign := good
	foreign.RecordKey = newMachine(t).request(t, "").RecordKey
	for name, c := range map[string]struct {
		r    wire.EnrolRequest
		code problem.Code
	}{
		"no CSR":       {with(func(r *wire.EnrolRequest) { r.CSR = nil }), problem.Invalid},
		"altered CSR":  {with(func(r *wire.EnrolRequest) { r.CSR[len(r.CSR)-1] ^= 1 }), problem.Invalid},
		"large key":    {with(func(r *wire.EnrolRequest) { r.CSR = large }), problem.Invalid},
		"no seal key":  {with(func(r *wire.EnrolRequest) { r.SealKey = []byte("short") }), problem.Invalid},
		"record key":   {short, problem.Invalid},
		"long serial":  {with(func(r *wire.EnrolRequest) { r.Serial = strings.Repeat("x", 201) }), problem.Invalid},
		"altered":      {altered, problem.Untrusted},
		"another's":    {foreign, problem.Untrusted},
		"no such code": {with(func(r *wire.EnrolRequest) { r.Code = "AAAAAAAAAA" }), problem.NotFound},
		"no code":      {with(func(r *wire.EnrolRequest) { r.Code = "" }), problem.NotFound},
		"long code":    {with(func(r *wire.EnrolRequest) { r.Code += "0" }), problem.NotFound},
	} {
		w.pass(time.Minute)
		if _, err := w.Enrol(t.Context(), home, c.r); !problem.Is(err, c.code) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.pass(time.Minute)
	if _, err := w.Enrol(t.Context(), home, good); err != nil {
		t.Errorf("the code was burnt: %v", err)
	}
}

func TestGuessingCodesIsLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := newMachine(t)
	good := m.request(t, w.code(t, w.kiosk(t)))
	bad := m.request(t, "AAAAAAAAAA")
	guess := func(address string) problem.Code {
		_, err := w.Enrol(t.Context(), address, bad)
		return problem.CodeOf(err)
	}
	for i := range 5 {
		if c := guess(home); c != problem.NotFound {
			t.Fatalf("guess %d: %s", i, c)
		}
	}
	if c := guess(home); c != problem.Limited {
		t.Fatalf("the sixth: %s", c)
	}
	if _, err := w.Enrol(t.Context(), home, good); !problem.Is(err, problem.Limited) {
		t.Fatalf("the right code tells nothing while limited: %v", err)
	}
	for i := range 55 {
		if c := guess(fmt.Sprintf("198.51.100.%d", i)); c != problem.NotFound {
			t.Fatalf("address %d: %s", i, c)
		}
	}
	if c := guess("203.0.113.1"); c != problem.Limited {
		t.Fatalf("the 61st of all: %s", c)
	}
	w.pass(time.Minute)
	if _, err := w.Enrol(t.Context(), home, good); err != nil {
		t.Fatalf("a minute later: %v", err)
	}
	for i := range 10 { // many kiosks behind one address
		if _, err := w.Enrol(t.Context(), home, newMachine(t).request(t, w.code(t, w.kiosk(t)))); err != nil {
			t.Fatalf("kiosk %d: %v", i, err)
		}
	}
}

func TestEnrollingAgainReplacesTheKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.kiosk(t)
	old, next := newMachine(t), newMachine(t)
	enrol := func(m *machine) *x509.Certificate {
		t.Helper()
		reply, err := w.Enrol(t.Context(), home, m.request(t, w.code(t, id)))
		if err != nil || reply.Kiosk != id {
			t.Fatal(err)
		}
		cert, err := x509.ParseCertificate(reply.Cert)
		if err != nil {
			t.Fatal(err)
		}
		return cert
	}
	first := enrol(old)
	second := enrol(next)
	if _, err := w.Admit(first); !problem.Is(err, problem.Forbidden) {
		t.Errorf("the old certificate: %v", err)
	}
	if _, err := w.Admit(second); err != nil {
		t.Error(err)
	}
	k, err := w.db.Kiosk(t.Context(), id)
	if err != nil || string(k.SealKey) != string(next.seal) || k.Status != centraldb.KioskEnrolled {
		t.Errorf("%+v, %v", k, err)
	}
	if err := w.Revoke(t.Context(), actor, id); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Admit(second); !problem.Is(err, problem.Forbidden) {
		t.Errorf("revoked: %v", err)
	}
	if w.changes() != 3 {
		t.Errorf("%d changes", w.changes())
	}
	unknown := *second
	unknown.Subject.CommonName = "nobody"
	if _, err := w.Admit(&unknown); !problem.Is(err, problem.Forbidden) {
		t.Errorf("unknown: %v", err)
	}
}

func TestKiosksAreChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, n := range []fleet.NewKiosk{
		{Name: " "}, {Name: "a\nb"}, {Name: strings.Repeat("x", 201)}, {Name: "A", Zone: "Mars/Olympus"}, {Name: "A", Zone: "Local"},
	} {
		if _, _, err := w.Create(t.Context(), actor, n); !problem.Is(err, problem.Invalid) {
			t.Errorf("%+v: %v", n, err)
		}
	}
	for name, want := range map[string]string{"Café  Größe №3": "cafe-gro", "日本": "kiosk-", "A very long name of a very far place": "a-very-long-name-of-a"} {
		k, p, err := w.Create(t.Context(), actor, fleet.NewKiosk{Name: name, Zone: "Asia/Tokyo"})
		if err != nil || !strings.HasPrefix(k.ID, want) || len(k.ID) > 32 || p.Len() != 4 {
			t.Errorf("%s: %s, %v", name, k.ID, err)
		}
	}
	if _, err := w.Code(t.Context(), actor, "nobody", 0); !problem.Is(err, problem.NotFound) {
		t.Error(err)
	}
	if err := w.Revoke(t.Context(), actor, "nobody"); !problem.Is(err, problem.NotFound) {
		t.Error(err)
	}
}

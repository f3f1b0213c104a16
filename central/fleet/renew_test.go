package fleet_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"testing"
	"time"

	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// renew asks as the machine does, for its present TLS key.
func (m *machine) renew(t *testing.T, w *world, kiosk string) ([]byte, error) {
	t.Helper()
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, m.tls)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(wire.RenewRequest{CSR: csr})
	if err != nil {
		t.Fatal(err)
	}
	header, err := wire.SignUpload(m.record, "acme", kiosk, wire.UploadRenew, body, w.clock())
	if err != nil {
		t.Fatal(err)
	}
	u, err := wire.OpenUpload(header)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.AdmitRenewal(t.Context(), u); err != nil {
		return nil, err
	}
	r, err := w.Renew(t.Context(), u, body)
	return r.Cert, err
}

func (m *machine) newTLS(t *testing.T) {
	t.Helper()
	var err error
	if m.tls, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
}

func (w *world) admits(t *testing.T, der []byte) bool {
	t.Helper()
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Admit(cert)
	if err != nil && !problem.Is(err, problem.Forbidden) {
		t.Fatal(err)
	}
	return err == nil
}

// enrolled makes a kiosk and the machine it is.
func (w *world) enrolled(t *testing.T) (kiosk string, m *machine, cert []byte) {
	t.Helper()
	kiosk, m = w.kiosk(t), newMachine(t)
	reply, err := w.Enrol(t.Context(), home, m.request(t, w.code(t, kiosk)))
	if err != nil {
		t.Fatal(err)
	}
	return kiosk, m, reply.Cert
}

// A kiosk that was off for years is renewed all the same; the certificate before
// holds until the new one is used, and a lost answer is given again.
func TestACertificateIsRenewed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kiosk, m, first := w.enrolled(t)
	changes := w.changes()
	w.pass(2 * 365 * 24 * time.Hour)
	m.newTLS(t)
	second, err := m.renew(t, w, kiosk)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := m.renew(t, w, kiosk); err != nil || !bytes.Equal(again, second) {
		t.Errorf("asked again: another certificate, %v", err)
	}
	cert, err := x509.ParseCertificate(second)
	if err != nil {
		t.Fatal(err)
	}
	if !m.tls.PublicKey.Equal(cert.PublicKey) || cert.Subject.CommonName != kiosk || len(cert.URIs) != 2 ||
		!cert.NotAfter.Equal(w.clock().Add(90*24*time.Hour)) {
		t.Errorf("the certificate says %v, %v, until %v", cert.Subject, cert.URIs, cert.NotAfter)
	}
	if !w.admits(t, first) {
		t.Error("the one before does not hold although the new one was not used")
	}
	if !w.admits(t, second) || w.admits(t, first) || !w.admits(t, second) {
		t.Error("after the new one was used it alone holds")
	}
	if rows := w.auditRows(t); rows[len(rows)-1].Action != "kiosk.renew" && rows[0].Action != "kiosk.renew" {
		t.Error("not in the audit log")
	}
	if w.changes() != changes {
		t.Error("a renewal cuts the live connection")
	}
}

// An answer that never came, and the key with it: the certificate that is still in
// use holds although two were made since.
func TestTwoRenewalsOfWhichOneWasUsed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kiosk, m, first := w.enrolled(t)
	m.newTLS(t)
	second, err := m.renew(t, w, kiosk)
	if err != nil {
		t.Fatal(err)
	}
	m.newTLS(t)
	if _, err := m.renew(t, w, kiosk); !problem.Is(err, problem.Limited) {
		t.Errorf("another key at once: %v", err)
	}
	w.pass(time.Hour)
	third, err := m.renew(t, w, kiosk)
	if err != nil {
		t.Fatal(err)
	}
	if !w.admits(t, first) || w.admits(t, second) || !w.admits(t, third) || w.admits(t, first) {
		t.Error("the first holds until the third is used; the second never does")
	}
}

func TestWhoGetsNoNewCertificate(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(t *testing.T, w *world, kiosk string, m *machine) string{
		"revoked": func(t *testing.T, w *world, kiosk string, _ *machine) string {
			if err := w.Revoke(t.Context(), actor, kiosk); err != nil {
				t.Fatal(err)
			}
			return kiosk
		},
		"replaced": func(t *testing.T, w *world, kiosk string, _ *machine) string {
			if _, err := w.Enrol(t.Context(), home, newMachine(t).request(t, w.code(t, kiosk))); err != nil {
				t.Fatal(err)
			}
			return kiosk
		},
		"another kiosk's keys": func(t *testing.T, w *world, _ string, _ *machine) string {
			other, _, _ := w.enrolled(t)
			return other
		},
		"nobody": func(*testing.T, *world, string, *machine) string { return "no-such-kiosk" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			kiosk, m, first := w.enrolled(t)
			asked := do(t, w, kiosk, m)
			m.newTLS(t)
			if _, err := m.renew(t, w, asked); !problem.Is(err, problem.Forbidden) {
				t.Errorf("%v", err)
			}
			if (name == "revoked" || name == "replaced") && w.admits(t, first) {
				t.Error("it is still let in")
			}
		})
	}
}

// A machine that was renewed and then replaced: neither of its certificates holds.
func TestAReplacedKioskHasNoCertificateBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kiosk, m, first := w.enrolled(t)
	m.newTLS(t)
	second, err := m.renew(t, w, kiosk)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Enrol(t.Context(), home, newMachine(t).request(t, w.code(t, kiosk))); err != nil {
		t.Fatal(err)
	}
	if w.admits(t, first) || w.admits(t, second) {
		t.Error("the old machine is still let in")
	}
}

// What is no request is refused before anything is looked up; nobody guesses a signed one.
func FuzzRenew(f *testing.F) {
	f.Add([]byte(`{"csr":""}`))
	f.Add([]byte(`{`))
	f.Add([]byte(`{"csr":"MIIB"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := new(fleet.Fleet).Renew(t.Context(), wire.SignedUpload{}, body); !problem.Is(err, problem.Invalid) {
			t.Fatal(err)
		}
	})
}

package admin_test

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/sync/wire"
)

// waits has a new machine ask to be let in, and gives the check value.
func (w *world) waits() string {
	w.t.Helper()
	tls, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	csr, err2 := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, tls)
	seal, err3 := ecdh.X25519().GenerateKey(rand.Reader)
	_, record, err4 := ed25519.GenerateKey(rand.Reader)
	if err := errors.Join(err, err2, err3, err4); err != nil {
		w.t.Fatal(err)
	}
	r, err := wire.EnrolRequest{CSR: csr, SealKey: seal.PublicKey().Bytes(), Serial: "100000003d1d1c7f", Software: "kioskd 1.4.0"}.Sign(record)
	if err != nil {
		w.t.Fatal(err)
	}
	got, err := w.asked.Ask(w.t.Context(), "192.0.2.7", r)
	if err != nil {
		w.t.Fatal(err)
	}
	return got.Check
}

func TestMachinesThatAsk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.enrolled("front-door", "Front door", time.Minute, 3)
	c := w.loggedIn()
	if _, body := w.get(c, "/kiosks/waiting"); !strings.Contains(body, "No machine waits") {
		t.Error("it is not said that none waits")
	}
	if _, body := w.get(c, "/kiosks"); strings.Contains(body, "to be let in") {
		t.Error("Kiosks tells of machines that wait")
	}
	first, second, third := w.waits(), w.waits(), w.waits()
	if _, body := w.get(c, "/kiosks"); !strings.Contains(body, "3 machines wait") {
		t.Error("Kiosks does not tell that three wait")
	}
	if _, body := w.get(c, "/kiosks/waiting"); !strings.Contains(body, first) || !strings.Contains(body, "192.0.2.7") || !strings.Contains(body, "100000003d1d1c7f") {
		t.Errorf("the machine is not shown:\n%s", body)
	}
	post := func(check, deed string, form url.Values) (*http.Response, string) {
		res, body := w.post(c, "/kiosks/waiting/"+check+"/"+deed, form)
		if res.StatusCode == http.StatusSeeOther {
			return w.get(c, res.Header.Get("Location"))
		}
		return res, body
	}
	if res, body := post(first, "accept", url.Values{"name": {" "}}); res.StatusCode != http.StatusBadRequest || !strings.Contains(body, "A kiosk needs a name") {
		t.Errorf("no name: %d", res.StatusCode)
	}
	if _, body := post(first, "accept", url.Values{"name": {"Dock 1"}, "requires_pin": {"yes"}}); !strings.Contains(body, "was let in") || !strings.Contains(body, "Dock 1") {
		t.Errorf("not let in:\n%s", body)
	}
	if res, body := post(second, "accept", url.Values{"as": {"front-door"}}); res.StatusCode != http.StatusConflict || !strings.Contains(body, "Punches may still be on this kiosk") || !strings.Contains(body, `name="force"`) {
		t.Errorf("a machine that holds punches: %d\n%s", res.StatusCode, body)
	}
	if _, body := post(second, "accept", url.Values{"as": {"front-door"}, "force": {"yes"}}); !strings.Contains(body, "was let in") {
		t.Errorf("not let in by force:\n%s", body)
	}
	if _, body := post(third, "reject", nil); !strings.Contains(body, "turned away") {
		t.Errorf("not turned away:\n%s", body)
	}
	if _, body := post(third, "accept", url.Values{"name": {"Dock 2"}}); !strings.Contains(body, "does not wait any more") {
		t.Errorf("after it was turned away:\n%s", body)
	}
	if _, trail := w.get(c, "/audit"); !strings.Contains(trail, "let a machine in as") || !strings.Contains(trail, "turned a machine away") {
		t.Error("the audit log does not tell")
	}
}

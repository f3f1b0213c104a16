package enrol_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/timepost/timepost/device/enrol"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/httplink"
	"github.com/timepost/timepost/sync/wire"
)

const (
	org   = "acme"
	kiosk = "front-door"
	code  = "7K3QXM0R2T"
)

// authority is a fleet's, or that of a web address.
type authority struct {
	t    testing.TB
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func newAuthority(t testing.TB, name string) *authority {
	t.Helper()
	a := &authority{t: t, key: newKey(t)}
	a.cert = a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, a.key.Public())
	return a
}

// sign makes a certificate; the first one is the authority's own.
func (a *authority) sign(c *x509.Certificate, key any) *x509.Certificate {
	a.t.Helper()
	parent := a.cert
	if parent == nil {
		parent = c
	}
	c.SerialNumber = big.NewInt(1)
	c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert
}

// serve answers HTTPS on loopback under the authority and gives host:port.
func (a *authority) serve(h http.Handler) string {
	a.t.Helper()
	key := newKey(a.t)
	leaf := a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "127.0.0.1"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, KeyUsage: x509.KeyUsageDigitalSignature,
	}, key.Public())
	s := httptest.NewUnstartedServer(h)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{leaf.Raw, a.cert.Raw}, PrivateKey: key}}}
	s.Config.ErrorLog = quiet()
	s.StartTLS()
	a.t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// fleet is central's side of enrolment.
type fleet struct {
	t      testing.TB
	ca     *authority
	web    *authority
	device string // host:port
	site   string // host:port of the web address

	mu     sync.Mutex
	asked  []wire.EnrolRequest
	refuse error
	lose   bool                   // the reply is lost
	wait   int                    // how often who asks to be let in is told to wait
	spoil  func(*wire.EnrolReply) // makes the reply bad
}

func newFleet(t testing.TB) *fleet {
	t.Helper()
	f := &fleet{t: t, ca: newAuthority(t, "fleet"), web: newAuthority(t, "web")}
	devices, site := http.NewServeMux(), http.NewServeMux()
	devices.HandleFunc("POST "+wire.EnrolPath, f.enrol)
	devices.HandleFunc("POST "+wire.AskPath, f.ask)
	f.device = f.ca.serve(devices)
	site.HandleFunc("GET "+wire.WellKnownPath, func(w http.ResponseWriter, _ *http.Request) {
		f.answer(w, wire.WellKnown{Org: org, Device: "https://" + f.device, CA: f.ca.cert.Raw})
	})
	f.site = f.web.serve(site)
	return f
}

func (f *fleet) answer(w http.ResponseWriter, v any) {
	if err := json.NewEncoder(w).Encode(v); err != nil {
		f.t.Errorf("answer: %v", err)
	}
}

func (f *fleet) enrol(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var req wire.EnrolRequest
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil || req.Verify() != nil {
		f.t.Errorf("a bad request: %v", err)
	}
	f.asked = append(f.asked, req)
	if f.refuse != nil {
		d := problem.DetailsOf(f.refuse)
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(d.Status)
		f.answer(w, d)
		return
	}
	if f.lose {
		panic(http.ErrAbortHandler)
	}
	reply := f.reply(req)
	if f.spoil != nil {
		f.spoil(&reply)
	}
	f.answer(w, reply)
}

// ask lets a machine in after it has waited.
func (f *fleet) ask(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	waits := f.wait > 0
	f.wait--
	lose := f.lose
	f.lose = false
	f.mu.Unlock()
	switch {
	case lose:
		panic(http.ErrAbortHandler)
	case waits:
		f.answer(w, wire.AskReply{})
		return
	}
	f.enrol(asked{w}, r)
}

// asked puts the reply of an enrolment into that of a wish to be let in.
type asked struct{ http.ResponseWriter }

func (a asked) Write(b []byte) (int, error) {
	if a.Header().Get("Content-Type") != "application/problem+json" {
		b = append(append([]byte(`{"reply":`), b...), '}')
	}
	_, err := a.ResponseWriter.Write(b)
	return len(b), err
}

func (f *fleet) reply(req wire.EnrolRequest) wire.EnrolReply {
	csr, err := x509.ParseCertificateRequest(req.CSR)
	if err != nil || csr.CheckSignature() != nil {
		f.t.Errorf("a bad CSR: %v", err)
	}
	return wire.EnrolReply{
		Org: org, Kiosk: kiosk, Cert: f.certFor(f.ca, kiosk, csr.PublicKey), CA: f.ca.cert.Raw,
		Brokers: []string{"tls://127.0.0.1:8883"}, Gen: 4, Keyset: f.keyset(f.ca, 1),
		Settings: wire.SettingsRow{OrgName: "Acme", KioskName: "Front door", Zone: "Europe/Berlin"},
	}
}

func (f *fleet) certFor(a *authority, name string, key any) []byte {
	return a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: name}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, key).Raw
}

func (f *fleet) keyset(a *authority, version uint64) wire.Keyset {
	public := ed25519.NewKeyFromSeed(make([]byte, 32)).Public().(ed25519.PublicKey)
	k, err := wire.SignKeyset(a.key, org, wire.Keyset{Version: version, Keys: []wire.Key{{Kid: wire.KeyID(public), Public: public}}})
	if err != nil {
		f.t.Fatal(err)
	}
	return k
}

// url is the enrolment address.
func (f *fleet) url(code string) string {
	sum := sha256.Sum256(f.ca.cert.Raw)
	return "timepost://" + f.device + "/" + code + "?ca=" + hex.EncodeToString(sum[:])
}

// deps gives what a kiosk has that knows these authorities as the system's.
func deps(system ...*authority) enrol.Deps {
	pool := x509.NewCertPool()
	for _, a := range system {
		pool.AddCert(a.cert)
	}
	return enrol.Deps{
		Central: httplink.New(httplink.Config{System: pool, Now: time.Now}),
		Random:  rand.Reader, Serial: "100000003d1d1c7f", Software: "kioskd test",
	}
}

// steps collects what a person is shown.
type steps []string

func (s *steps) add(e local.EnrolStep) {
	mark := ""
	if e.Done {
		mark = "+"
	}
	*s = append(*s, e.Name+mark)
}

func csrKeys(t testing.TB, rs []wire.EnrolRequest) []string {
	t.Helper()
	var ks []string
	for _, r := range rs {
		csr, err := x509.ParseCertificateRequest(r.CSR)
		if err != nil {
			t.Fatal(err)
		}
		ks = append(ks, string(csr.RawSubjectPublicKeyInfo))
	}
	return slices.Compact(ks)
}

package httplink_test

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/httplink"
	"github.com/timepost/timepost/sync/linktest/testca"
	"github.com/timepost/timepost/sync/wire"
)

// serve answers HTTPS under ca and gives host:port.
func serve(t *testing.T, ca *testca.CA, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	cert := ca.Server()
	cert.Certificate = append(cert.Certificate[:1:1], ca.Cert.Raw)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

func at(year int) func() time.Time {
	return func() time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }
}

func client(system *testca.CA, now func() time.Time, extra ...*x509.Certificate) *httplink.Client {
	pool := x509.NewCertPool()
	if system != nil {
		pool = system.Pool()
	}
	return httplink.New(httplink.Config{System: pool, Extra: extra, Now: now, Built: at(2026)()})
}

// builtIn is client of a program that was built in a year.
func builtIn(year int, system *testca.CA, now func() time.Time) *httplink.Client {
	return httplink.New(httplink.Config{System: system.Pool(), Now: now, Built: at(year)()})
}

const document = `{"org":"acme","device":"https://127.0.0.1:8443","ca":"AAAA"}`

// TestWhoIsBelieved: the web address under the system's roots and those of a
// file, whatever the clock says; the device listener under the pinned one only.
func TestWhoIsBelieved(t *testing.T) {
	t.Parallel()
	ca, other := testca.At(t, at(2026)()), testca.At(t, at(2026)())
	addr := serve(t, ca, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == wire.EnrolPath {
			_, _ = io.WriteString(w, `{"org":"acme","kiosk":"k"}`)
			return
		}
		_, _ = io.WriteString(w, document)
	})
	for _, c := range []struct {
		name string
		c    *httplink.Client
		want problem.Code
	}{
		{"system", client(ca, at(2026)), ""},
		{"system, no clock", client(ca, at(1970)), ""},
		{"system, far future", client(ca, at(2099)), problem.Untrusted},
		{"system, built long ago, no clock", builtIn(1990, ca, at(1970)), ""},
		{"system, two months behind", builtIn(1990, ca, func() time.Time { return at(2026)().AddDate(0, -2, 0) }), ""},
		{"system of others, far future", client(other, at(2099)), problem.Untrusted},
		{"file", client(nil, at(2026), ca.Cert), ""},
		{"file, no clock", client(nil, at(1970), ca.Cert), ""},
		{"file, far future", client(nil, at(2099), ca.Cert), ""},
		{"nobody", client(nil, at(2026)), problem.Untrusted},
		{"others", client(other, at(2026), other.Cert), problem.Untrusted},
	} {
		w, err := c.c.WellKnown(t.Context(), "https://"+addr)
		if problem.CodeOf(err) != c.want || (err == nil && w.Org != "acme") {
			t.Errorf("%s: %+v, %v", c.name, w, err)
		}
		if err != nil && (problem.From(err).Detail["clock"] == "2099-01-01") != (c.name == "system, far future") {
			t.Errorf("%s: the clock is blamed where it is not at fault, or not where it is: %v", c.name, err)
		}
	}
	for _, year := range []int{1970, 2026, 2099} {
		c := client(nil, at(year))
		if r, err := c.Enrol(t.Context(), addr, ca.Cert, wire.EnrolRequest{}); err != nil || r.Kiosk != "k" {
			t.Errorf("pinned in %d: %v", year, err)
		}
		if _, err := c.Enrol(t.Context(), addr, other.Cert, wire.EnrolRequest{}); !problem.Is(err, problem.Untrusted) {
			t.Errorf("another one pinned in %d: %v", year, err)
		}
	}
}

func TestAuthority(t *testing.T) {
	t.Parallel()
	ca := testca.New(t)
	asked := false
	addr := serve(t, ca, func(http.ResponseWriter, *http.Request) { asked = true })
	c := client(nil, time.Now)
	got, err := c.Authority(t.Context(), addr, sha256.Sum256(ca.Cert.Raw))
	if err != nil || !got.Equal(ca.Cert) {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := c.Authority(t.Context(), addr, [32]byte{1}); !problem.Is(err, problem.Untrusted) {
		t.Errorf("another hash: %v", err)
	}
	if asked {
		t.Error("something was said to a server that is not believed yet")
	}
	if _, err := c.Authority(t.Context(), "nowhere", [32]byte{}); !problem.Is(err, problem.Invalid) {
		t.Errorf("no address: %v", err)
	}
}

// TestAnswersThatAreNone: each gets its own code, and words with a next step.
func TestAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	ca := testca.New(t)
	said := `{"title":"This code has been used already.","code":"used","hint":"Ask for a new one."}`
	problemJSON := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/problem+json; charset=utf-8")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	for _, c := range []struct {
		name string
		h    http.HandlerFunc
		want problem.Code
	}{
		{"central's own words", problemJSON(409, said), problem.Used},
		{"a code that makes no sense from afar", problemJSON(404, `{"code":"out_of_order"}`), problem.NotFound},
		{"a code nobody knows", problemJSON(418, `{"code":"teapot"}`), problem.NotFound},
		{"a web page", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, problem.NotFound},
		{"no such page", http.NotFound, problem.NotFound},
		{"too often", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(429) }, problem.Limited},
		{"broken", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }, problem.Unavailable},
		{"cut", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, problem.Unavailable},
		{"endless", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"org":"`+strings.Repeat("x", 2<<20))
		}, problem.NotFound},
		{"elsewhere without TLS", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		}, problem.NotFound},
		{"in a circle", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://"+r.Host+"/", http.StatusFound)
		}, problem.NotFound},
	} {
		addr := serve(t, ca, c.h)
		_, err := client(ca, time.Now).WellKnown(t.Context(), "https://"+addr)
		p := problem.From(err)
		if p == nil || p.Code != c.want || p.Message == "" || p.Hint == "" {
			t.Errorf("%s: %v", c.name, err)
		}
		if _, err := client(ca, time.Now).Enrol(t.Context(), addr, ca.Cert, wire.EnrolRequest{}); problem.CodeOf(err) != c.want {
			t.Errorf("%s, enrolling: %v", c.name, err)
		}
	}
}

// TestAnEnrolmentIsNotRedirected: the code goes to the pinned address only.
func TestAnEnrolmentIsNotRedirected(t *testing.T) {
	t.Parallel()
	ca := testca.New(t)
	told := false
	thief := serve(t, ca, func(http.ResponseWriter, *http.Request) { told = true })
	addr := serve(t, ca, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://"+thief+"/", http.StatusTemporaryRedirect)
	})
	_, err := client(ca, time.Now).Enrol(t.Context(), addr, ca.Cert, wire.EnrolRequest{Code: "7K3QXM0R2T"})
	if err == nil || told {
		t.Errorf("followed a redirect: %v", err)
	}
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	c := client(nil, time.Now)
	l, err := net.Listen("tcp", "127.0.0.1:0") // accepts and never answers
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.WellKnown(ctx, "https://"+l.Addr().String()); !problem.Is(err, problem.Unavailable) {
		t.Errorf("silence: %v", err)
	}
	if _, err := c.WellKnown(t.Context(), "https://127.0.0.1:1"); !problem.Is(err, problem.Unavailable) {
		t.Errorf("nobody: %v", err)
	}
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	if _, err := c.WellKnown(t.Context(), "https://"+plain.Listener.Addr().String()); !problem.Is(err, problem.Unavailable) {
		t.Errorf("no TLS: %v", err)
	}
}

package trust_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/linktest/testca"
	"github.com/timepost/timepost/sync/trust"
)

// serve answers TLS handshakes until the test ends and gives its address.
func serve(t *testing.T, cfg *tls.Config) string {
	t.Helper()
	return serveAt(t, "127.0.0.1:0", cfg)
}

func serveAt(t *testing.T, addr string, cfg *tls.Config) string {
	t.Helper()
	ln, err := tls.Listen("tcp", addr, cfg)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			// A failed handshake is what several tests want; the client reports it.
			_ = conn.(*tls.Conn).Handshake()
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = ln.Close(); <-done })
	return ln.Addr().String()
}

func dial(t *testing.T, c trust.Config, addr string) error {
	t.Helper()
	conn, err := c.Dial(t.Context(), "tcp", addr)
	if err == nil {
		_ = conn.Close()
	}
	return err
}

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

// The server's certificate was made on 1 June 2026 and ends 90 days later. What
// decides is what is known to have passed, and nothing else: the wall clock of
// the machine that runs this test is none of the cases below.
func TestWhatIsKnownToHavePassedDecides(t *testing.T) {
	t.Parallel()
	ca := testca.At(t, day("2026-06-01"))
	addr := serve(t, &tls.Config{Certificates: []tls.Certificate{ca.Server()}})
	for _, c := range []struct {
		name            string
		built, anchored time.Time
		want            problem.Code
	}{
		{"nothing known, clock at 1970", time.Time{}, time.Time{}, ""},
		{"built before the certificate was made, two months behind", day("2026-04-01"), time.Time{}, ""},
		{"anchored before the certificate was made", day("2026-04-01"), day("2026-05-31"), ""},
		{"anchored inside", day("2026-04-01"), day("2026-07-01"), ""},
		{"anchored past the end", day("2026-04-01"), day("2026-09-15"), problem.Untrusted},
		{"built past the end", day("2026-09-15"), time.Time{}, problem.Untrusted},
		{"anchored in 2099", day("2026-04-01"), day("2099-01-01"), problem.Untrusted},
	} {
		err := dial(t, trust.Config{Roots: []*x509.Certificate{ca.Cert}, Built: c.built, Anchored: func() time.Time { return c.anchored }}, addr)
		if problem.CodeOf(err) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// The wall clock is really not asked: inside a bubble it stands in the year 2000
// and is then moved past every certificate. The same handshake would fail twice
// with the standard verification, which is shown too.
func TestTheWallClockIsNotAsked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ made, clock time.Time }{
		"1970":              {day("2056-06-01"), day("2000-01-01")}, // 56 years behind, as 1970 is in 2026
		"two months behind": {day("2000-03-01"), day("2000-01-01")},
		"2099":              {day("2000-01-01"), day("2073-01-01")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ca := testca.At(t, c.made)
				time.Sleep(time.Until(c.clock))
				roots := []*x509.Certificate{ca.Cert}
				if err := handshake(ca, trust.Config{Roots: roots, Built: c.made.AddDate(0, -1, 0)}.Client("localhost")); err != nil {
					t.Errorf("refused: %v", err)
				}
				if err := handshake(ca, &tls.Config{RootCAs: ca.Pool(), ServerName: "localhost"}); err == nil {
					t.Error("the standard verification accepts it too, so this test shows nothing")
				}
			})
		})
	}
}

func handshake(ca *testca.CA, client *tls.Config) error {
	a, b := net.Pipe()
	// The pipe holds no bytes, so an alert and a flight that cross would wait for
	// each other; in the bubble this minute passes at once.
	for _, end := range []net.Conn{a, b} {
		if err := end.SetDeadline(time.Now().Add(time.Minute)); err != nil {
			return err
		}
	}
	server := make(chan error, 1)
	go func() {
		s := tls.Server(b, &tls.Config{Certificates: []tls.Certificate{ca.Server()}, SessionTicketsDisabled: true})
		server <- s.Handshake()
		_ = b.Close()
	}()
	err := tls.Client(a, client).Handshake()
	_ = a.Close()
	<-server
	return err
}

func TestStrangersAreRefused(t *testing.T) {
	t.Parallel()
	ca, other := testca.New(t), testca.New(t)
	good := serve(t, &tls.Config{Certificates: []tls.Certificate{ca.Server()}})
	roots := []*x509.Certificate{ca.Cert}
	for name, c := range map[string]struct {
		roots []*x509.Certificate
		cert  tls.Certificate
		want  problem.Code
	}{
		"another authority":                {roots, other.Server(), problem.Untrusted},
		"a kiosk that plays the server":    {roots, ca.Client("kiosk-1"), problem.Untrusted},
		"nothing pinned":                   {nil, ca.Server(), problem.Untrusted},
		"one of two pinned authorities":    {[]*x509.Certificate{other.Cert, ca.Cert}, ca.Server(), ""},
		"the pinned one and its own chain": {roots, ca.Server(), ""},
	} {
		addr := serve(t, &tls.Config{Certificates: []tls.Certificate{c.cert}})
		if err := dial(t, trust.Config{Roots: c.roots}, addr); problem.CodeOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, port, err := net.SplitHostPort(good)
	if err != nil {
		t.Fatal(err)
	}
	if err := dial(t, trust.Config{Roots: roots}, net.JoinHostPort("localhost", port)); err != nil {
		t.Errorf("by name: %v", err)
	}
	elsewhere := serveAt(t, "127.0.0.2:0", &tls.Config{Certificates: []tls.Certificate{ca.Server()}})
	if err := dial(t, trust.Config{Roots: roots}, elsewhere); !problem.Is(err, problem.Untrusted) {
		t.Errorf("by an address that is not in the certificate: %v", err)
	}
	old := serve(t, &tls.Config{Certificates: []tls.Certificate{ca.Server()}, MaxVersion: tls.VersionTLS12})
	if err := dial(t, trust.Config{Roots: roots}, old); !problem.Is(err, problem.Unavailable) {
		t.Errorf("TLS 1.2: %v", err)
	}
	if err := dial(t, trust.Config{Roots: roots}, "127.0.0.1:1"); !problem.Is(err, problem.Unavailable) {
		t.Errorf("nobody there: %v", err)
	}
}

func TestTheKioskShowsItsNewestCertificate(t *testing.T) {
	t.Parallel()
	ca := testca.New(t)
	seen := make(chan string, 2)
	addr := serve(t, &tls.Config{
		Certificates: []tls.Certificate{ca.Server()}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca.Pool(),
		VerifyConnection: func(s tls.ConnectionState) error {
			seen <- s.PeerCertificates[0].Subject.CommonName
			return nil
		},
	})
	names := []string{"kiosk-1", "kiosk-1-renewed"}
	c := trust.Config{Roots: []*x509.Certificate{ca.Cert}, Certificate: func() (*tls.Certificate, error) {
		cert := ca.Client(names[0])
		names = names[1:]
		return &cert, nil
	}}
	for _, want := range []string{"kiosk-1", "kiosk-1-renewed"} {
		conn, err := c.Dial(t.Context(), "tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		if got := <-seen; got != want {
			t.Errorf("showed %s, want %s", got, want)
		}
		_ = conn.Close()
	}
}

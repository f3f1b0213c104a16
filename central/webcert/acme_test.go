package webcert

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

const host = "time.example.com"

// names answers every question for an address with 127.0.0.1, as a name server does over
// TCP.
func names(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { must(t, l.Close()) })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = name(c) // asked again where it fails
		}
	}()
	return l.Addr().String()
}

// name answers one question.
func name(c net.Conn) error {
	defer func() { _ = c.Close() }() // it was read from and written to
	length := make([]byte, 2)
	if _, err := io.ReadFull(c, length); err != nil {
		return err
	}
	b := make([]byte, binary.BigEndian.Uint16(length))
	if _, err := io.ReadFull(c, b); err != nil {
		return err
	}
	var m dnsmessage.Message
	if err := m.Unpack(b); err != nil {
		return err
	}
	m.Response, m.Authoritative, m.Additionals = true, true, nil
	for _, q := range m.Questions {
		if q.Type == dnsmessage.TypeA {
			m.Answers = append(m.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 1}, Body: &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
			})
		}
	}
	out, err := m.Pack()
	if err != nil {
		return err
	}
	_, err = c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(out))), out...))
	return err
}

// pebble starts Let's Encrypt's server for tests, which looks for proofs at port. It gives
// its directory and whom it is believed under.
func pebble(t *testing.T, port int) (directory string, roots *x509.CertPool) {
	t.Helper()
	program, err := filepath.Abs("../../build/tools/pebble")
	must(t, err)
	if _, err := os.Stat(program); err != nil {
		t.Fatal("pebble is missing; make test installs it:", err)
	}
	dir := t.TempDir()
	cert, key := pair(t, dir, "pebble", "localhost")
	l, err := net.Listen("tcp", "127.0.0.1:0") // a port that is free
	must(t, err)
	addr := l.Addr().String()
	must(t, l.Close())
	config, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": addr, "managementListenAddress": "", "certificate": cert, "privateKey": key, "httpPort": 1, "tlsPort": port,
		"profiles": map[string]any{"default": map[string]any{"description": "usual", "validityPeriod": 7776000}},
	}})
	must(t, err)
	file := filepath.Join(dir, "config.json")
	must(t, os.WriteFile(file, config, 0o600))
	cmd := exec.Command(program, "-config", file, "-dnsserver", names(t))
	cmd.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0")
	out, err := cmd.StdoutPipe()
	must(t, err)
	cmd.Stderr = cmd.Stdout
	must(t, cmd.Start())
	ready, read := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(read)
		once := sync.OnceFunc(func() { close(ready) })
		for lines := bufio.NewScanner(out); lines.Scan(); {
			t.Log(lines.Text())
			if strings.Contains(lines.Text(), "ACME directory available") {
				once()
			}
		}
	}()
	t.Cleanup(func() {
		must(t, cmd.Process.Kill())
		<-read
		_ = cmd.Wait() // it says that it was killed
	})
	select {
	case <-ready:
	case <-read:
		t.Fatal("pebble does not run")
	case <-time.After(30 * time.Second):
		t.Fatal("pebble does not start")
	}
	text, err := os.ReadFile(cert)
	must(t, err)
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	_, at, err := net.SplitHostPort(addr)
	must(t, err)
	return "https://localhost:" + at + "/dir", roots
}

// A certificate is fetched from a real authority, which proves the name at the listener
// itself, and shown from then on; other names, and everybody before, get the server's own.
func TestACME(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	directory, roots := pebble(t, l.Addr().(*net.TCPAddr).Port)
	a := NewACME(ACMEConfig{
		Hosts: []string{host}, Email: "ops@example.com", Directory: directory, Cache: filepath.Join(t.TempDir(), "acme"), Roots: roots,
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	config := WithACME(own(t), a)
	if got := shows(t, config, host); got != "own" {
		t.Errorf("before there is one, %q is shown", got)
	}
	web := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "here") }), TLSConfig: config, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = web.ServeTLS(l, "", "") }() // it ends with Close
	t.Cleanup(func() { must(t, web.Close()) })
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- a.Run(ctx) }()
	deadline := time.After(30 * time.Second)
	for !a.has(host) {
		select {
		case <-deadline:
			t.Fatal("no certificate came")
		case <-time.After(20 * time.Millisecond):
		}
	}
	if got := shows(t, config, host); got == "own" {
		t.Error("the server's own is shown still")
	}
	if got := shows(t, config, "localhost"); got != "own" {
		t.Errorf("localhost is shown %q", got)
	}
	var issuer string
	tr := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{ServerName: host, InsecureSkipVerify: true, VerifyConnection: func(s tls.ConnectionState) error {
		issuer = s.PeerCertificates[0].Issuer.CommonName
		return s.PeerCertificates[0].VerifyHostname(host)
	}}}
	defer tr.CloseIdleConnections()
	r, err := (&http.Client{Transport: tr}).Get("https://" + l.Addr().String())
	must(t, err)
	body, err := io.ReadAll(r.Body)
	must(t, err)
	must(t, r.Body.Close())
	if string(body) != "here" || r.ProtoMajor != 2 || !strings.Contains(issuer, "Pebble") {
		t.Errorf("%q over HTTP/%d, signed by %q", body, r.ProtoMajor, issuer)
	}
	kept, err := os.ReadDir(a.cfg.Cache)
	must(t, err)
	if len(kept) < 2 {
		t.Errorf("kept for a restart: %v", kept)
	}
	cancel()
	must(t, <-ended)
}

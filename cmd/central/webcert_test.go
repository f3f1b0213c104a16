package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/internal/problem"
)

// publicCert writes a certificate for time.acme.example and its key.
func publicCert(t *testing.T) (cert, key string) {
	t.Helper()
	dir := t.TempDir()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "public"}, DNSNames: []string{"time.acme.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	raw, err := x509.CreateCertificate(rand.Reader, c, c, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	pk, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for name, b := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: raw}, key: {Type: "PRIVATE KEY", Bytes: pk}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// A certificate that browsers believe is shown on the web listener for its names only;
// the device listener keeps to the fleet's authority.
func TestAPublicCertificateForThePages(t *testing.T) {
	t.Parallel()
	data, token := setUp(t)
	cert, key := publicCert(t)
	r := serve(t, data, token, "--web-cert", cert, "--web-key", key)
	shown := func(url, name string) string {
		t.Helper()
		c, err := tls.Dial("tcp", strings.TrimPrefix(strings.TrimPrefix(url, "https://"), "tls://"), &tls.Config{ServerName: name, InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }() // it was only looked at
		return c.ConnectionState().PeerCertificates[0].Subject.CommonName
	}
	if got := shown(r.addr.Web, "time.acme.example"); got != "public" {
		t.Errorf("the pages show %q", got)
	}
	if got := shown(r.addr.Web, "localhost"); got == "public" {
		t.Error("it is shown for another name")
	}
	if got := shown(r.addr.Device, "time.acme.example"); got == "public" {
		t.Error("it is shown to kiosks")
	}
	var people struct{ Total int }
	r.call(t, "GET", "/api/v1/people", nil, &people) // under the fleet's own authority, as before
}

func TestCertificatesThatDoNotGoTogether(t *testing.T) {
	t.Parallel()
	data, _ := setUp(t)
	cert, key := publicCert(t)
	for _, more := range [][]string{
		{"--web-cert", cert},
		{"--web-key", key},
		{"--web-cert", key, "--web-key", cert},
		{"--web-cert", cert, "--web-key", key, "--acme", "time.acme.example"},
		{"--acme", "localhost"},
		{"--acme", "10.0.0.1"},
		{"--acme", "https://time.acme.example"},
		{"--acme", "*.acme.example"},
		{"--acme-email", "ops@acme.example"},
		{"--acme", "time.acme.example", "--acme-ca", key},
	} {
		args := append([]string{"serve", "--data", data, "--web", "127.0.0.1:0", "--device", "127.0.0.1:0", "--mqtt", "127.0.0.1:0"}, more...)
		var log safe
		if code := run(t.Context(), args, strings.NewReader(""), io.Discard, &log); code != problem.Invalid.ExitCode() {
			t.Errorf("%v: %d %s", more, code, log.String())
		}
	}
}

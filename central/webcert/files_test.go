package webcert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/timepost/timepost/internal/problem"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// pair writes a certificate for these names and its key, and gives their files.
func pair(t *testing.T, dir, subject string, names ...string) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: subject}, DNSNames: names,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	raw, err := x509.CreateCertificate(rand.Reader, c, c, &k.PublicKey, k)
	must(t, err)
	pk, err := x509.MarshalPKCS8PrivateKey(k)
	must(t, err)
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	must(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}), 0o600))
	must(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pk}), 0o600))
	return cert, key
}

// own is what the server shows without anything from outside.
func own(t *testing.T) *tls.Config {
	t.Helper()
	cert, key := pair(t, t.TempDir(), "own", "localhost")
	c, err := tls.LoadX509KeyPair(cert, key)
	must(t, err)
	return &tls.Config{MinVersion: tls.VersionTLS13, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &c, nil }}
}

// shows gives whose certificate a browser is shown that asks for name.
func shows(t *testing.T, c *tls.Config, name string) string {
	t.Helper()
	cert, err := c.GetCertificate(ask(name))
	must(t, err)
	return cert.Leaf.Subject.CommonName
}

// The files' certificate is shown for its names, read anew when they change, and kept
// while they can't be read; other names get the server's own.
func TestFiles(t *testing.T) {
	t.Parallel()
	dir, now := t.TempDir(), time.Now()
	cert, key := pair(t, dir, "first", "time.example.com")
	f, err := OpenFiles(cert, key, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	must(t, err)
	c := WithFiles(own(t), f)
	is := func(name, want string) {
		t.Helper()
		if got := shows(t, c, name); got != want {
			t.Errorf("%q is shown %q, want %q", name, got, want)
		}
	}
	is("time.example.com", "first")
	is("localhost", "own")
	is("", "own")

	must(t, os.WriteFile(cert, []byte("half"), 0o600))
	must(t, os.Chtimes(cert, now, now.Add(time.Minute)))
	now = now.Add(lookAgain)
	is("time.example.com", "first")

	pair(t, dir, "second", "time.example.com")
	must(t, os.Chtimes(cert, now, now.Add(2*time.Minute)))
	is("time.example.com", "first") // not looked yet
	now = now.Add(lookAgain)
	is("time.example.com", "second")

	must(t, os.Remove(key))
	now = now.Add(lookAgain)
	is("time.example.com", "second")
}

func TestFilesThatAreNone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, _ := pair(t, dir, "x", "time.example.com")
	for _, key := range []string{cert, filepath.Join(dir, "none")} {
		if _, err := OpenFiles(cert, key, time.Now, slog.New(slog.DiscardHandler)); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", key, err)
		}
	}
}

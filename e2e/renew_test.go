package e2e

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestAnExpiredCertificateIsRenewed: a kiosk was off for longer than its certificate
// lasts. It gets a new one by its record key, and its punches go the usual way: none
// of them ends under review.
func TestAnExpiredCertificateIsRenewed(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	ann := hire(t, c, "Ann Able")
	w := newClock(t, c, "Side Door", false)
	tap(t, w, ann, "sent")
	awaitDrained(t, []*clock{w})
	c.proc.kill9()
	tap(t, w, ann, "waits")
	w.proc.kill9()
	c.up(t)
	before := expire(t, c, w)
	w.up(t)
	awaitDrained(t, []*clock{w})
	eventually(t, 20*time.Second, "both punches count", func() bool { return len(c.punches(t)) == 2 })
	if r := awaitReviews(t, c, 0); len(r) != 0 {
		t.Errorf("under review: %v", r)
	}
	f, err := w.local.Facts(t.Context())
	if err != nil || time.Until(time.UnixMilli(f.Cert)) < 80*24*time.Hour {
		t.Errorf("its certificate ends at %v, %v", time.UnixMilli(f.Cert), err)
	}
	if keys, err := os.ReadDir(filepath.Join(w.data(), "keys")); err != nil || len(keys) != 1 || keys[0].Name() == before {
		t.Errorf("keys: %v, %v", keys, err)
	}
}

// expire gives a kiosk that does not run a certificate for its key that has ended,
// and the name of its keys.
func expire(t *testing.T, c *centre, w *clock) string {
	t.Helper()
	path := filepath.Join(w.data(), "identity.json")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	id := map[string]any{}
	if err := json.Unmarshal(b, &id); err != nil {
		t.Fatal(err)
	}
	name, _ := id["keys"].(string)
	keys := c.keys(t)
	old := &x509.Certificate{
		SerialNumber: big.NewInt(7), NotBefore: time.Now().Add(-100 * 24 * time.Hour), NotAfter: time.Now().Add(-10 * 24 * time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	old.Subject.CommonName = w.id
	der, err := x509.CreateCertificate(rand.Reader, old, keys.CA, tlsPublic(t, filepath.Join(w.data(), "keys", name, "tls.key")), keys.CAKey)
	if err != nil {
		t.Fatal(err)
	}
	id["cert"] = der
	if b, err = json.Marshal(id); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func tlsPublic(t *testing.T, path string) any {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(b)
	if block == nil {
		t.Fatalf("%s is not PEM", path)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		t.Fatalf("%T", key)
	}
	return signer.Public()
}

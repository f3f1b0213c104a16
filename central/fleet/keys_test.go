package fleet_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/internal/problem"
)

func epoch() time.Time { return time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC) }

func TestKeysAreMadeOnceAndReadBack(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "keys")
	if _, err := fleet.OpenKeys(dir); !problem.Is(err, problem.NotFound) {
		t.Fatalf("nothing there: %v", err)
	}
	made, err := fleet.CreateKeys(dir, "acme", epoch())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fleet.CreateKeys(dir, "acme", epoch()); !problem.Is(err, problem.Conflict) {
		t.Fatalf("overwritten: %v", err)
	}
	read, err := fleet.OpenKeys(dir)
	if err != nil || read.Org != "acme" || read.Data != made.Data || !read.Message.Equal(made.Message) || !read.CAKey.Equal(made.CAKey) {
		t.Fatal("not the same keys", err)
	}
	if life := made.CA.NotAfter.Sub(epoch()); life != 10*365*24*time.Hour {
		t.Errorf("the authority lives %v", life)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 4 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", f.Name(), info.Mode(), err)
		}
	}
	a, err := made.Check()
	if err != nil {
		t.Fatal(err)
	}
	other, err := fleet.CreateKeys(filepath.Join(t.TempDir(), "keys"), "acme", epoch())
	if err != nil {
		t.Fatal(err)
	}
	if b, err := other.Check(); err != nil || a == b {
		t.Error("two sets of keys look the same", err)
	}
}

func TestBadKeysAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(dir string) error
		code  problem.Code
	}{
		"others may read": {func(dir string) error { return os.Chmod(filepath.Join(dir, "data.key"), 0o640) }, problem.Forbidden},
		"short data key":  {func(dir string) error { return os.WriteFile(filepath.Join(dir, "data.key"), []byte("abcd\n"), 0o600) }, problem.Damaged},
		"no PEM":          {func(dir string) error { return os.WriteFile(filepath.Join(dir, "message.key"), []byte("x"), 0o600) }, problem.Damaged},
		"wrong kind": {func(dir string) error {
			return os.Rename(filepath.Join(dir, "ca.key"), filepath.Join(dir, "message.key"))
		}, problem.NotFound},
		"missing":        {func(dir string) error { return os.Remove(filepath.Join(dir, "message.key")) }, problem.NotFound},
		"no certificate": {func(dir string) error { return os.Remove(filepath.Join(dir, "ca.crt")) }, problem.NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "keys")
			if _, err := fleet.CreateKeys(dir, "acme", epoch()); err != nil {
				t.Fatal(err)
			}
			if err := c.spoil(dir); err != nil {
				t.Fatal(err)
			}
			if _, err := fleet.OpenKeys(dir); !problem.Is(err, c.code) {
				t.Fatal(err)
			}
		})
	}
	if _, err := fleet.CreateKeys(t.TempDir(), "Not A Segment", epoch()); !problem.Is(err, problem.Invalid) {
		t.Error(err)
	}
}

func TestServerCertificatesRenewThemselves(t *testing.T) {
	t.Parallel()
	keys, err := fleet.CreateKeys(filepath.Join(t.TempDir(), "keys"), "acme", epoch())
	if err != nil {
		t.Fatal(err)
	}
	now := epoch()
	config := keys.ServerTLS([]string{"time.acme.example", "192.0.2.9"}, func() time.Time { return now })
	if config.MinVersion != tls.VersionTLS13 {
		t.Error("older TLS is spoken")
	}
	show := func() *x509.Certificate {
		t.Helper()
		c, err := config.GetCertificate(nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, host := range []string{"time.acme.example", "192.0.2.9"} {
			if _, err := c.Leaf.Verify(x509.VerifyOptions{Roots: keys.Pool(), CurrentTime: now, DNSName: host}); err != nil {
				t.Fatal(err)
			}
		}
		return c.Leaf
	}
	first := show()
	now = now.Add(59 * 24 * time.Hour)
	if !bytes.Equal(show().Raw, first.Raw) {
		t.Error("renewed too early")
	}
	now = now.Add(2 * 24 * time.Hour)
	if bytes.Equal(show().Raw, first.Raw) {
		t.Error("not renewed")
	}
}

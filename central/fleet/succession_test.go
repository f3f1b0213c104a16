package fleet_test

import (
	"crypto/ed25519"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/internal/problem"
)

// madeKeys gives a new set of keys and its folder.
func madeKeys(t *testing.T) (dir string, keys *fleet.Keys) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "keys")
	keys, err := fleet.CreateKeys(dir, "acme", epoch())
	if err != nil {
		t.Fatal(err)
	}
	return dir, keys
}

func reread(t *testing.T, dir string) *fleet.Keys {
	t.Helper()
	k, err := fleet.OpenKeys(dir)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestAnAuthorityIsAnnouncedAndSucceeds(t *testing.T) {
	t.Parallel()
	dir, first := madeKeys(t)
	if err := first.Succeed(epoch()); !problem.Is(err, problem.NotFound) {
		t.Fatal(err)
	}
	if err := first.Announce(epoch()); err != nil {
		t.Fatal(err)
	}
	told := reread(t, dir)
	if err := told.Announce(epoch()); !problem.Is(err, problem.Conflict) {
		t.Error(err)
	}
	announced, err := told.Keyset().Next()
	if err != nil || told.Keyset().Version <= 1 || !announced.Equal(told.Next) || told.Authority() != first.Authority() {
		t.Fatalf("%+v, %v", told.Keyset(), err)
	}
	if err := told.Succeed(epoch()); err != nil {
		t.Fatal(err)
	}
	now := reread(t, dir)
	if !now.CA.Equal(announced) || now.Next != nil || now.Keyset().Version <= told.Keyset().Version || !now.Was(first.Authority()) || now.Was(now.Authority()) {
		t.Errorf("%v, %+v", now.CA.Subject, now.Keyset())
	}
	if by, err := told.Keyset().Follow(&told.CAKey.PublicKey, now.Keyset(), "acme"); err != nil || !by.Equal(&now.CAKey.PublicKey) {
		t.Errorf("kiosks do not follow: %v", err)
	}
	issued, err := first.IssueClient("door", epoch())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := issued.Leaf.Verify(x509.VerifyOptions{Roots: now.Pool(), CurrentTime: epoch(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err != nil {
		t.Errorf("a certificate of the authority before is refused: %v", err)
	}
}

func TestAnAnnouncementIsCancelled(t *testing.T) {
	t.Parallel()
	dir, first := madeKeys(t)
	if err := first.Cancel(epoch()); !problem.Is(err, problem.NotFound) {
		t.Error(err)
	}
	if err := first.Announce(epoch()); err != nil {
		t.Fatal(err)
	}
	told := reread(t, dir)
	if err := told.Cancel(epoch()); err != nil {
		t.Fatal(err)
	}
	now := reread(t, dir)
	if now.Next != nil || now.Keyset().Version <= told.Keyset().Version || len(now.Keyset().NextCA) != 0 || !now.CA.Equal(first.CA) {
		t.Errorf("%+v", now.Keyset())
	}
}

// The machine stops between the two renames: the next start ends the change.
func TestAChangeOfAuthorityIsCutShort(t *testing.T) {
	t.Parallel()
	dir, first := madeKeys(t)
	if err := first.Announce(epoch()); err != nil {
		t.Fatal(err)
	}
	told := reread(t, dir)
	if err := told.Succeed(epoch()); err != nil {
		t.Fatal(err)
	}
	ca, next := filepath.Join(dir, fleet.CAFile), filepath.Join(dir, fleet.NextCAFile)
	if err := errors.Join(os.Rename(ca, next), os.WriteFile(ca, first.CAPEM(), 0o600)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if now := reread(t, dir); !now.CA.Equal(told.Next) || now.Next != nil || !now.Was(first.Authority()) {
			t.Errorf("%v", now.CA.Subject)
		}
	}
}

// An authority of which only the key was written is not announced.
func TestAnAnnouncementIsCutShort(t *testing.T) {
	t.Parallel()
	dir, first := madeKeys(t)
	if err := first.Announce(epoch()); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, fleet.NextCAFile)); err != nil {
		t.Fatal(err)
	}
	half := reread(t, dir)
	if half.Next != nil || half.Announce(epoch().Add(time.Second)) != nil || reread(t, dir).Next == nil {
		t.Error("a half announcement is in the way")
	}
}

func TestAMessageKeyIsReplaced(t *testing.T) {
	t.Parallel()
	dir, first := madeKeys(t)
	if err := first.ReplaceMessage(epoch()); err != nil {
		t.Fatal(err)
	}
	now := reread(t, dir)
	if now.Message.Equal(first.Message) || !now.CA.Equal(first.CA) {
		t.Error("not the message key alone")
	}
	if by, err := first.Keyset().Follow(&first.CAKey.PublicKey, now.Keyset(), "acme"); err != nil || !by.Equal(&now.CAKey.PublicKey) {
		t.Error(err)
	}
	if now.Keyset().Version <= first.Keyset().Version || !now.Message.Public().(ed25519.PublicKey).Equal(ed25519.PublicKey(now.Keyset().Keys[0].Public)) {
		t.Errorf("%+v", now.Keyset())
	}
}

// Keys that come from a backup get versions above those used since.
func TestKeysetsOfRestoredKeysAreNewer(t *testing.T) {
	t.Parallel()
	dir, first := madeKeys(t)
	for range 3 {
		if err := reread(t, dir).ReplaceMessage(epoch()); err != nil {
			t.Fatal(err)
		}
	}
	used := reread(t, dir).Keyset().Version
	if err := os.Remove(filepath.Join(dir, "keyset.version")); err != nil {
		t.Fatal(err)
	}
	if err := first.ReplaceMessage(epoch().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := reread(t, dir).Keyset().Version; got <= used {
		t.Errorf("version %d after %d", got, used)
	}
	if err := os.WriteFile(filepath.Join(dir, "keyset.version"), []byte("soon\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := fleet.OpenKeys(dir); !problem.Is(err, problem.Damaged) {
		t.Error(err)
	}
}

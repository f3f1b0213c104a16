package enrol_test

import (
	"crypto/ed25519"
	"testing"

	"github.com/timepost/timepost/device/enrol"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// announcing gives a keyset of a that announces next.
func (f *fleet) announcing(a, next *authority, version uint64) wire.Keyset {
	public := ed25519.NewKeyFromSeed(make([]byte, 32)).Public().(ed25519.PublicKey)
	k, err := wire.SignKeyset(a.key, org, wire.Keyset{
		Version: version, Keys: []wire.Key{{Kid: wire.KeyID(public), Public: public}}, NextCA: next.cert.Raw,
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return k
}

func keep(t *testing.T, dir string, k wire.Keyset) *enrol.Identity {
	t.Helper()
	if err := enrol.KeepKeyset(t.Context(), dir, k); err != nil {
		t.Fatal(err)
	}
	return load(t, dir)
}

// A kiosk believes the announced authority beside the present one, follows it when it
// is in force, and has its certificate renewed.
func TestAnAuthorityIsFollowed(t *testing.T) {
	t.Parallel()
	dir, before, o := enrolledAt(t)
	next := newAuthority(t, "next")
	id := keep(t, dir, o.f.announcing(o.f.ca, next, 2))
	if len(id.Roots()) != 2 || !id.CA.Equal(before.CA) || id.Stale {
		t.Fatalf("announced: %d roots, stale %v", len(id.Roots()), id.Stale)
	}
	id = keep(t, dir, o.f.keyset(next, 3))
	if !id.CA.Equal(next.cert) || len(id.Roots()) != 1 || !id.Stale || id.Home != before.Home {
		t.Fatalf("in force: %v, %d roots, stale %v, home %s", id.CA.Subject, len(id.Roots()), id.Stale, id.Home)
	}
	if err := enrol.KeepKeyset(t.Context(), dir, o.f.keyset(o.f.ca, 4)); !problem.Is(err, problem.Untrusted) {
		t.Errorf("the old authority has a say still: %v", err)
	}
	o.f.ca = next
	id, err := renew(t, dir, o)
	if err != nil || id.Stale || load(t, dir).Stale {
		t.Fatalf("renewed: %v", err)
	}
}

// The server changed over while the kiosk was off, and does not accept the old
// certificate: the new one comes before the keyset that says so.
func TestACertificateOfTheAnnouncedAuthorityHolds(t *testing.T) {
	t.Parallel()
	dir, _, o := enrolledAt(t)
	was, next := o.f.ca, newAuthority(t, "next")
	keep(t, dir, o.f.announcing(was, next, 2))
	o.f.ca = next
	id, err := renew(t, dir, o)
	if err != nil || id.Stale || !id.CA.Equal(was.cert) {
		t.Fatalf("%v", err)
	}
	if id = keep(t, dir, o.f.keyset(next, 3)); id.Stale || !id.CA.Equal(next.cert) {
		t.Errorf("stale %v", id.Stale)
	}
}

// Two changes come before the kiosk gets a new certificate.
func TestTwoChangesOfAuthority(t *testing.T) {
	t.Parallel()
	dir, before, o := enrolledAt(t)
	second, third := newAuthority(t, "next"), newAuthority(t, "next")
	keep(t, dir, o.f.announcing(o.f.ca, second, 2))
	keep(t, dir, o.f.announcing(second, third, 3))
	id := keep(t, dir, o.f.keyset(third, 4))
	if !id.CA.Equal(third.cert) || !id.Stale || id.Home != before.Home {
		t.Errorf("%v, stale %v", id.CA.Subject, id.Stale)
	}
}

// A keyset that nobody signed whom this kiosk believes changes nothing.
func TestAForeignKeysetIsNotKept(t *testing.T) {
	t.Parallel()
	dir, _, o := enrolledAt(t)
	for name, k := range map[string]wire.Keyset{
		"foreign": o.f.keyset(newAuthority(t, "next"), 9), "announced by itself": func() wire.Keyset { a := newAuthority(t, "next"); return o.f.announcing(a, a, 9) }(),
	} {
		if err := enrol.KeepKeyset(t.Context(), dir, k); !problem.Is(err, problem.Untrusted) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if id := load(t, dir); id.Keyset.Version != 1 {
		t.Errorf("version %d", id.Keyset.Version)
	}
}

// A server whose keys came back from a backup may take an announcement back after a kiosk
// has renewed under the announced authority: the identity must stay one that can be loaded,
// or the machine would never start again as this kiosk. It renews, and then follows.
func TestAnAnnouncementThatIsTakenBack(t *testing.T) {
	t.Parallel()
	dir, _, o := enrolledAt(t)
	was, next := o.f.ca, newAuthority(t, "next")
	keep(t, dir, o.f.announcing(o.f.ca, next, 2))
	o.f.ca = next
	if _, err := renew(t, dir, o); err != nil {
		t.Fatal(err)
	}
	if err := enrol.KeepKeyset(t.Context(), dir, o.f.keyset(was, 3)); !problem.Is(err, problem.Untrusted) {
		t.Errorf("kept: %v", err)
	}
	load(t, dir)
	o.f.ca = was
	if _, err := renew(t, dir, o); err != nil {
		t.Fatal(err)
	}
	keep(t, dir, o.f.keyset(was, 3))
	load(t, dir)
}

package fleet_test

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/store/centraldb"
)

// list writes the list of revoked certificates anew and gives it with its serials.
func (w *world) list(t *testing.T, before []byte) ([]byte, []string) {
	t.Helper()
	revoked, err := w.db.RevokedCertificates(t.Context(), w.clock().UnixNano())
	if err != nil {
		t.Fatal(err)
	}
	text, err := w.keys.RevocationList(before, revoked, w.clock())
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	l, err := x509.ParseRevocationList(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.CheckSignatureFrom(w.keys.CA); err != nil {
		t.Error(err)
	}
	if !l.NextUpdate.Equal(w.keys.CA.NotAfter) {
		t.Errorf("the list ends %v: brokers let nobody in from then on", l.NextUpdate)
	}
	var serials []string
	for _, e := range l.RevokedCertificateEntries {
		serials = append(serials, e.SerialNumber.Text(16))
	}
	return text, serials
}

func serialOf(t *testing.T, der []byte) string {
	t.Helper()
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert.SerialNumber.Text(16)
}

// Brokers elsewhere must refuse each certificate of a kiosk that was revoked or whose
// machine was replaced, renewed ones too, and none of a kiosk that works.
func TestRevokedCertificatesAreListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other, _, good := w.enrolled(t)
	kiosk, m, first := w.enrolled(t)
	empty, serials := w.list(t, nil)
	if len(serials) != 0 {
		t.Errorf("listed at the start: %v", serials)
	}
	w.pass(61 * 24 * time.Hour)
	m.newTLS(t)
	renewed, err := m.renew(t, w, kiosk)
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := w.list(t, empty); string(text) != string(empty) {
		t.Error("a renewal revoked something, or the list was made anew")
	}
	next := newMachine(t)
	replaced, err := w.Enrol(t.Context(), home, next.request(t, w.code(t, kiosk)))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{serialOf(t, first), serialOf(t, renewed)}
	slices.Sort(want)
	text, serials := w.list(t, empty)
	if !slices.Equal(sorted(serials), want) {
		t.Errorf("after a new machine %v, not %v", serials, want)
	}
	if err := w.Revoke(t.Context(), actor, kiosk); err != nil {
		t.Fatal(err)
	}
	want = append(want, serialOf(t, replaced.Cert))
	slices.Sort(want)
	if text, serials = w.list(t, text); !slices.Equal(sorted(serials), want) {
		t.Errorf("after the revocation %v, not %v", serials, want)
	}
	if slices.Contains(serials, serialOf(t, good)) {
		t.Errorf("%s is listed", other)
	}
	w.pass(91 * 24 * time.Hour) // all have ended by themselves
	if _, serials = w.list(t, text); len(serials) != 0 {
		t.Errorf("what has ended is listed: %v", serials)
	}
}

func sorted(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return s
}

// The key of a former authority is gone, so that its last list has to stay.
func TestListsOfFormerAuthoritiesStay(t *testing.T) {
	t.Parallel()
	w, stranger, dir := newWorld(t), newWorld(t), filepath.Join(t.TempDir(), "keys")
	var err error
	if w.keys, err = fleet.CreateKeys(dir, "acme", w.clock()); err != nil {
		t.Fatal(err)
	}
	kiosk, _, _ := w.enrolled(t)
	if err := w.Revoke(t.Context(), actor, kiosk); err != nil {
		t.Fatal(err)
	}
	former, _ := w.list(t, nil)
	foreign, _ := stranger.list(t, nil)
	if err := errors.Join(w.keys.Announce(w.clock()), reread(t, dir).Succeed(w.clock())); err != nil {
		t.Fatal(err)
	}
	w.keys = reread(t, dir)
	text, _ := w.list(t, append(slices.Clone(former), foreign...))
	_, rest := pem.Decode(text)
	if string(rest) != string(former) {
		t.Errorf("beside its own list the authority keeps %q", rest)
	}
	if again, _ := w.list(t, text); string(again) != string(text) {
		t.Error("the list was made anew")
	}
}

// Kiosks that were enrolled before certificates were noted can be revoked, too.
func TestEarlierCertificatesAreRecalled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kiosk, _, cert := w.enrolled(t)
	w.enrolled(t) // one that stays good
	forget := func(tx *centraldb.Tx) error {
		return tx.AddCertificate(t.Context(), centraldb.Certificate{Serial: "0", Kiosk: "nobody", Until: 1}, math.MaxInt64)
	}
	if err := w.db.Update(t.Context(), forget); err != nil {
		t.Fatal(err)
	}
	if err := w.Revoke(t.Context(), actor, kiosk); err != nil {
		t.Fatal(err)
	}
	if _, serials := w.list(t, nil); len(serials) != 0 {
		t.Fatalf("the test forgot nothing: %v", serials)
	}
	for range 2 {
		if err := w.Recall(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, serials := w.list(t, nil); !slices.Equal(serials, []string{serialOf(t, cert)}) {
		t.Errorf("listed: %v", serials)
	}
	if _, err := w.keys.RevocationList(nil, []centraldb.RevokedCertificate{{Serial: "?"}}, w.clock()); err == nil {
		t.Errorf("a serial number that is none: %v", err)
	}
}

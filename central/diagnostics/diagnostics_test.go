package diagnostics_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/diagnostics"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

type world struct {
	*diagnostics.Shelf
	t   *testing.T
	db  *centraldb.DB
	dir string
	now time.Time
	key ed25519.PrivateKey
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db, err := centraldb.Open(t.Context(), filepath.Join(t.TempDir(), "central.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{t: t, db: db, dir: filepath.Join(t.TempDir(), "diagnostics"), now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}
	w.key = ed25519.NewKeyFromSeed(make([]byte, 32))
	err = db.Update(t.Context(), func(tx *centraldb.Tx) error {
		k := attendance.Kiosk{ID: "door", Name: "Door", Zone: "UTC"}
		if err := tx.AddKiosk(t.Context(), k, 1); err != nil {
			return err
		}
		return tx.SetKioskIdentity(t.Context(), centraldb.Kiosk{Kiosk: k, Status: centraldb.KioskEnrolled, RecordKey: w.key.Public().(ed25519.PublicKey), SealKey: []byte{1}})
	})
	if err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return w.now }
	w.Shelf = diagnostics.New(diagnostics.Config{Org: "acme", Dir: w.dir, Store: db, Audit: audit.New(db, clock), Now: clock})
	return w
}

// shut refuses to write once.
type shut struct {
	*centraldb.DB
	open bool
}

func (s *shut) Update(ctx context.Context, f func(*centraldb.Tx) error) error {
	if !s.open {
		s.open = true
		return errors.New("the disk is full")
	}
	return s.DB.Update(ctx, f)
}

// Nothing is kept that the audit log does not tell of, also where it is handed in again
// after the log could not be written.
func TestNoArchiveWithoutItsRow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clock := func() time.Time { return w.now }
	w.Shelf = diagnostics.New(diagnostics.Config{Org: "acme", Dir: w.dir, Store: &shut{DB: w.db}, Audit: audit.New(w.db, clock), Now: clock})
	if err := w.hand(w.key, "acme", "door", "a"); err == nil || len(w.list()) != 0 {
		t.Errorf("%v, and %d are kept", err, len(w.list()))
	}
	if err := w.hand(w.key, "acme", "door", "a"); err != nil || len(w.list()) != 1 {
		t.Errorf("%v, %d are kept", err, len(w.list()))
	}
	rows, err := w.db.Audit(t.Context(), 0, 10)
	if err != nil || len(rows) != 1 {
		t.Errorf("%+v, %v", rows, err)
	}
}

func (w *world) hand(key ed25519.PrivateKey, org, kiosk, text string) error {
	w.t.Helper()
	body := []byte("\x1f\x8b" + text)
	header, err := wire.SignUpload(key, org, kiosk, wire.UploadDiagnostics, body, w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	u, err := wire.OpenUpload(header)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.Keep(w.t.Context(), u, body)
}

func (w *world) list() []diagnostics.Archive {
	w.t.Helper()
	all, err := w.List("door")
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func TestTheNewestFewAreKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range diagnostics.Most + 3 {
		w.now = w.now.Add(time.Minute)
		for range 2 { // a lost answer
			if err := w.hand(w.key, "acme", "door", fmt.Sprint("archive ", n)); err != nil {
				t.Fatal(err)
			}
		}
	}
	all := w.list()
	if len(all) != diagnostics.Most || !all[0].At.Equal(w.now) || !all[diagnostics.Most-1].At.Equal(w.now.Add(-4*time.Minute)) {
		t.Fatalf("%+v", all)
	}
	a, body, err := w.Open(t.Context(), "ann@acme.example", "door", all[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(body)
	if err != nil || body.Close() != nil || string(text) != "\x1f\x8barchive 7" || a.FileName("door") != "door-20260302T080800Z.tar.gz" {
		t.Errorf("%q %v %s", text, err, a.FileName("door"))
	}
	rows, err := w.db.Audit(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, r := range rows {
		counts[r.Actor+" "+r.Action]++
	}
	if counts["kiosk:door kiosk.diagnostics"] != diagnostics.Most+3 || counts["ann@acme.example kiosk.diagnostics.read"] != 1 {
		t.Errorf("audit: %v", counts)
	}
}

func TestNobodyElseHandsInDiagnostics(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	thief := ed25519.NewKeyFromSeed([]byte("a seed of exactly thirty-two byt"))
	for name, err := range map[string]error{
		"another key":          w.hand(thief, "acme", "door", "x"),
		"another kiosk":        w.hand(w.key, "acme", "gate", "x"),
		"another organisation": w.hand(w.key, "evil", "door", "x"),
	} {
		if !problem.Is(err, problem.Untrusted) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := w.Keep(t.Context(), wire.SignedUpload{Org: "acme", Kiosk: "door", Key: w.key.Public().(ed25519.PublicKey)}, []byte("no archive")); !problem.Is(err, problem.Invalid) {
		t.Errorf("no archive: %v", err)
	}
	if err := w.db.Update(t.Context(), func(tx *centraldb.Tx) error { return tx.EndIdentity(t.Context(), "door", 5, centraldb.IdentityRevoked) }); err != nil {
		t.Fatal(err)
	}
	if err := w.hand(w.key, "acme", "door", "x"); !problem.Is(err, problem.Untrusted) {
		t.Errorf("revoked: %v", err)
	}
	if all := w.list(); len(all) != 0 {
		t.Errorf("kept: %v", all)
	}
}

// No name leads out of the folder, or to what is no archive.
func TestOnlyArchivesAreOpened(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.hand(w.key, "acme", "door", "x"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "door", "notes.txt"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	good := w.list()[0].ID
	for _, c := range [][2]string{{"door", ""}, {"door", "notes.txt"}, {"door", "../door/" + good}, {"gate", good}, {"../diagnostics/door", good}, {"", good}} {
		if _, _, err := w.Open(t.Context(), "ann", c[0], c[1]); !problem.Is(err, problem.NotFound) {
			t.Errorf("%q: %v", c, err)
		}
	}
}

package fleet_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// lost is a server that was restored from a backup that its kiosks are newer than:
// w is the server before, which the kiosks were enrolled with.
type lost struct {
	*fleet.Fleet
	db *centraldb.DB
	w  *world
}

func (w *world) lose(t *testing.T, backup, restore time.Time, known ...centraldb.Kiosk) *lost {
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
	if err := db.Create(t.Context(), centraldb.Organisation{ID: "acme", Name: "Acme", Zone: "Europe/Berlin", Gen: 3, PINLen: 4}); err != nil {
		t.Fatal(err)
	}
	err = db.Update(t.Context(), func(tx *centraldb.Tx) error {
		for _, k := range known {
			if err := tx.AddKiosk(t.Context(), k.Kiosk, k.CreatedAt); err != nil {
				return err
			}
			if err := tx.SetKioskIdentity(t.Context(), k); err != nil {
				return err
			}
		}
		if restore.IsZero() {
			return nil
		}
		return tx.Restored(t.Context(), centraldb.Restore{From: backup.UnixNano(), To: restore.UnixNano()}, 9)
	})
	if err != nil {
		t.Fatal(err)
	}
	l := &lost{db: db, w: w}
	l.Fleet, err = fleet.New(fleet.Config{
		Keys: w.keys, Store: db, Audit: audit.New(db, w.clock), Universals: universals{}, Now: w.clock,
		Changed: func(_ context.Context, kiosk string) { w.changed = append(w.changed, kiosk) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// guest is an enrolled machine that shows who it is.
type guest struct {
	id   string
	key  ed25519.PrivateKey
	body wire.Readopt
}

func (w *world) guest(t *testing.T, kiosk string) *guest {
	t.Helper()
	m := newMachine(t)
	req := m.request(t, w.code(t, kiosk))
	reply, err := w.Enrol(t.Context(), home, req)
	if err != nil {
		t.Fatal(err)
	}
	return &guest{id: kiosk, key: m.record, body: wire.Readopt{
		Cert: reply.Cert, SealKey: req.SealKey, Name: "Side Door", Zone: "America/Lima", Serial: "s-1", Software: "kioskd",
	}}
}

func (g *guest) comes(t *testing.T, l *lost) error {
	t.Helper()
	body, err := json.Marshal(g.body)
	if err != nil {
		t.Fatal(err)
	}
	u := wire.SignedUpload{Org: "acme", Kiosk: g.id, Key: g.key.Public().(ed25519.PublicKey), Kind: wire.UploadReadopt}
	if err := l.AdmitReadopt(t.Context(), u); err != nil {
		return err
	}
	_, err = l.Readopt(t.Context(), u, body)
	return err
}

func TestAKioskEnrolledAfterTheBackupComesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	backup := w.clock()
	w.pass(time.Hour)
	g := w.guest(t, w.kiosk(t))
	w.pass(time.Hour)
	l := w.lose(t, backup, w.clock())
	before := w.changes()
	for range 2 { // a lost answer: it asks again
		if err := g.comes(t, l); err != nil {
			t.Fatal(err)
		}
	}
	k, err := l.db.Kiosk(t.Context(), g.id)
	if err != nil {
		t.Fatal(err)
	}
	if k.Name != "Side Door" || k.Zone != "America/Lima" || !k.RequiresPIN || k.Status != centraldb.KioskEnrolled || k.Hardware != "s-1" {
		t.Errorf("%+v", k)
	}
	key, err := l.db.KioskKey(t.Context(), g.id)
	if err != nil || !key.Equal(g.key.Public()) {
		t.Errorf("%v", err)
	}
	if w.changes() != before+1 {
		t.Errorf("%d changes told", w.changes()-before)
	}
	var notices []centraldb.Notice
	err = l.db.Update(t.Context(), func(tx *centraldb.Tx) error {
		_, notices, err = tx.Unmailed(t.Context(), 10)
		return err
	})
	if err != nil || len(notices) != 1 || notices[0].Kind != "kiosk.readopt" {
		t.Errorf("%v %v", notices, err)
	}
	rows, err := l.db.Audit(t.Context(), 0, 10)
	if err != nil || len(rows) != 1 || rows[0].Action != "kiosk.readopt" {
		t.Errorf("%v %v", rows, err)
	}
}

func TestAKioskWithoutAUsableNameComesBackToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	backup := w.clock()
	g := w.guest(t, w.kiosk(t))
	g.body.Name, g.body.Zone = "", "Mars/Base"
	l := w.lose(t, backup, w.clock().Add(time.Hour))
	if err := g.comes(t, l); err != nil {
		t.Fatal(err)
	}
	if k, err := l.db.Kiosk(t.Context(), g.id); err != nil || k.Name != g.id || k.Zone != "Europe/Berlin" {
		t.Errorf("%+v %v", k, err)
	}
}

func TestWhoIsNotTakenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	early := w.guest(t, w.kiosk(t))
	w.pass(time.Hour)
	backup := w.clock()
	w.pass(time.Hour)
	other := w.guest(t, w.kiosk(t))
	restore := w.clock().Add(time.Hour)
	good := func() *guest { return w.guest(t, w.kiosk(t)) }
	for name, g := range map[string]func() *guest{
		"enrolled before the backup": func() *guest { return early },
		"another's certificate":      func() *guest { g := good(); g.body.Cert = other.body.Cert; return g },
		"another's record key":       func() *guest { g := good(); g.key = other.key; return g },
		"another's seal key":         func() *guest { g := good(); g.body.SealKey = other.body.SealKey; return g },
		"another's name":             func() *guest { g := good(); g.id = other.id; return g },
		"no certificate":             func() *guest { g := good(); g.body.Cert = nil; return g },
		"another authority's": func() *guest {
			v := newWorld(t)
			v.pass(2 * time.Hour)
			return v.guest(t, v.kiosk(t))
		},
		"a server's": func() *guest {
			g := good()
			c, err := w.keys.IssueServer([]string{g.id}, w.clock())
			if err != nil {
				t.Fatal(err)
			}
			g.body.Cert = c.Certificate[0]
			return g
		},
	} {
		l := w.lose(t, backup, restore)
		guest := g()
		if err := guest.comes(t, l); !problem.Is(err, problem.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := l.db.Kiosk(t.Context(), guest.id); !problem.Is(err, problem.NotFound) {
			t.Errorf("%s: there is a kiosk: %v", name, err)
		}
	}
	if err := other.comes(t, w.lose(t, backup, time.Time{})); !problem.Is(err, problem.Forbidden) {
		t.Errorf("without a restore: %v", err)
	}
	w.pass(2 * time.Hour)
	if err := w.guest(t, w.kiosk(t)).comes(t, w.lose(t, backup, restore)); !problem.Is(err, problem.Forbidden) {
		t.Errorf("enrolled after the restore, and removed: %v", err)
	}
}

// The slot is known with keys from before: the machine that was enrolled last has it.
func TestTheLastMachineHasTheSlot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.kiosk(t)
	w.guest(t, id)
	inBackup, err := w.db.Kiosk(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	w.pass(time.Hour)
	backup := w.clock()
	w.pass(time.Hour)
	second := w.guest(t, id)
	w.pass(time.Hour)
	third := w.guest(t, id)
	w.pass(time.Hour)
	l := w.lose(t, backup, w.clock(), inBackup)
	w.pass(time.Minute)
	has := func(g *guest) bool {
		t.Helper()
		key, err := l.db.KioskKey(t.Context(), id)
		return err == nil && key.Equal(g.key.Public())
	}
	if err := second.comes(t, l); err != nil || !has(second) {
		t.Errorf("%v", err)
	}
	if err := third.comes(t, l); err != nil || !has(third) {
		t.Errorf("%v", err)
	}
	if err := second.comes(t, l); !problem.Is(err, problem.Forbidden) || !has(third) {
		t.Errorf("%v", err)
	}
	if k, err := l.db.Kiosk(t.Context(), id); err != nil || k.Name != "Front Door" {
		t.Errorf("%+v %v", k, err) // what the server knows of the slot stays
	}
	// Revoked now, it stays revoked, for every machine it has had.
	if err := l.Revoke(t.Context(), actor, id); err != nil {
		t.Fatal(err)
	}
	for _, g := range []*guest{second, third} {
		if err := g.comes(t, l); !problem.Is(err, problem.Forbidden) {
			t.Errorf("%v", err)
		}
	}
	// Revoked after the restore, before the machine has come: that is meant for it, too.
	l = w.lose(t, backup, w.clock(), inBackup)
	w.pass(time.Minute)
	if err := l.Revoke(t.Context(), actor, id); err != nil {
		t.Fatal(err)
	}
	if err := third.comes(t, l); !problem.Is(err, problem.Forbidden) {
		t.Errorf("%v", err)
	}
}

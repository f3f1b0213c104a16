package fleet_test

import (
	"crypto/ed25519"
	"testing"
	"time"

	"github.com/timepost/timepost/store/centraldb"
)

// A copy is written down once for each set of keys; new keys end it, a new
// certificate for the old ones does not.
func TestACopyIsKnownUntilThereAreNewKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.kiosk(t)
	first, second := newMachine(t), newMachine(t)
	enrol := func(m *machine) {
		t.Helper()
		if _, err := w.Enrol(t.Context(), home, m.request(t, w.code(t, id))); err != nil {
			t.Fatal(err)
		}
	}
	cloned := func(m *machine) int64 {
		t.Helper()
		if err := w.Cloned(t.Context(), id, m.record.Public().(ed25519.PublicKey)); err != nil {
			t.Fatal(err)
		}
		k, err := w.db.Kiosk(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return k.ClonedAt
	}
	if at := cloned(first); at != 0 {
		t.Error("a machine that is not the kiosk yet has a copy")
	}
	enrol(first)
	if at := cloned(second); at != 0 {
		t.Error("other keys have a copy")
	}
	at := cloned(first)
	if at != w.clock().UnixNano() {
		t.Errorf("written down at %d", at)
	}
	w.pass(time.Hour)
	if again := cloned(first); again != at {
		t.Error("told again, it is a new one")
	}
	rows := 0
	for _, r := range w.auditRows(t) {
		if r.Action == "kiosk.cloned" && r.Subject == id && r.Actor == "central" {
			rows++
		}
	}
	if rows != 1 {
		t.Errorf("%d rows in the audit log", rows)
	}
	w.recertify(t, id)
	if again := cloned(first); again != at {
		t.Error("a new certificate ends it")
	}
	enrol(second)
	if k, err := w.db.Kiosk(t.Context(), id); err != nil || k.ClonedAt != 0 {
		t.Errorf("new keys do not end it: %d, %v", k.ClonedAt, err)
	}
	if at := cloned(first); at != 0 {
		t.Error("late word of the old keys is believed")
	}
}

// recertify gives a kiosk another certificate for its keys, as a renewal does.
func (w *world) recertify(t *testing.T, id string) {
	t.Helper()
	err := w.db.Update(t.Context(), func(tx *centraldb.Tx) error {
		k, err := tx.Kiosk(t.Context(), id)
		if err != nil {
			return err
		}
		k.CertSHA256 = "another"
		return tx.SetKioskIdentity(t.Context(), k)
	})
	if err != nil {
		t.Fatal(err)
	}
}

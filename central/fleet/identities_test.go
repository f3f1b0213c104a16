package fleet_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// What a kiosk signed with keys it no longer has must stay verifiable.
func TestEveryKeyOfAKioskIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.kiosk(t)
	first, second := newMachine(t), newMachine(t)
	enrol := func(m *machine) int64 {
		t.Helper()
		if _, err := w.Enrol(t.Context(), home, m.request(t, w.code(t, id))); err != nil {
			t.Fatal(err)
		}
		return w.clock().UnixNano()
	}
	began := enrol(first)
	w.pass(time.Hour)
	again := enrol(second)
	w.pass(time.Hour)
	if err := w.Revoke(t.Context(), actor, id); err != nil {
		t.Fatal(err)
	}
	got, err := w.db.Identities(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	a, b := first.request(t, ""), second.request(t, "")
	want := []centraldb.Identity{
		{Kiosk: id, RecordKey: b.RecordKey, SealKey: b.SealKey, Since: again, Until: w.clock().UnixNano(), Ended: centraldb.IdentityRevoked},
		{Kiosk: id, RecordKey: a.RecordKey, SealKey: a.SealKey, Since: began, Until: again, Ended: centraldb.IdentityReplaced},
	}
	if d := cmp.Diff(want, got, cmpopts.IgnoreFields(centraldb.Identity{}, "CertSHA256")); d != "" {
		t.Error(d)
	}
	if got[0].CertSHA256 == "" || got[0].CertSHA256 == got[1].CertSHA256 {
		t.Errorf("certificates %q and %q", got[0].CertSHA256, got[1].CertSHA256)
	}
	if _, err := w.db.Identity(t.Context(), id, newMachine(t).request(t, "").RecordKey); !problem.Is(err, problem.NotFound) {
		t.Errorf("a key of nobody: %v", err)
	}
	if i, err := w.db.Identity(t.Context(), id, a.RecordKey); err != nil || i.Ended != centraldb.IdentityReplaced {
		t.Errorf("%+v, %v", i, err)
	}
}

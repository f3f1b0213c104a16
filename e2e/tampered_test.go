package e2e

import (
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/central/ledger"
)

// What somebody, or a bad disk, does to a kiosk's journal shows at central, each by
// its own name; the kiosk goes on, and everything it records from then on counts.
func TestWhatWasDoneToAJournalIsNamed(t *testing.T) {
	t.Parallel()
	type flaw struct {
		Kind     string
		From, To uint64
	}
	for name, c := range map[string]struct {
		do   func(m *tampered)
		want []flaw
	}{
		"nothing: switched off and on with punches waiting": {func(m *tampered) {
			m.tap(3)
			m.off()
			m.on()
		}, nil},
		"altered: a byte of a record that waits": {func(m *tampered) {
			m.tap(3) // 9 to 11
			m.off()
			m.sql(`UPDATE records SET body = CAST(replace(CAST(body AS TEXT), '"in"', '"on"') AS BLOB) WHERE seq = 10`)
			m.on()
		}, []flaw{{"altered", 10, 10}}},
		"altered: a record that waits is taken out": {func(m *tampered) {
			m.tap(3)
			m.off()
			m.sql(`DELETE FROM records WHERE seq = 10`)
			m.on()
		}, []flaw{{"altered", 10, 10}}},
		"gap: records are gone that nobody has": {func(m *tampered) {
			m.tap(6) // 9 to 14
			m.off()
			m.sql(`DELETE FROM records WHERE seq < 12`, `UPDATE journals SET acked = 13`) // as if from before a restore
			m.on()
			m.sync()
			m.off()
			m.on()
		}, []flaw{{"gap", 9, 11}}},
		"gap: the file is gone": {func(m *tampered) {
			m.off()
			if err := os.Remove(m.path); err != nil {
				m.t.Fatal(err)
			}
			m.lost = true
			m.on()
		}, []flaw{{"gap", 0, 0}}},
		"rollback: an older copy of the disk": {func(m *tampered) {
			m.off()
			back := m.copyFile()
			m.on() // writes 9: boot
			m.tap(5)
			m.sync()
			m.off()
			back()
			m.now = m.now.Add(time.Hour)
			m.on()
		}, []flaw{{"rollback", 10, 14}}},
		"fork: an older copy that people went on with": {func(m *tampered) {
			m.off()
			back := m.copyFile()
			m.on()
			m.tap(2) // 10, 11
			m.sync()
			m.off()
			back()
			m.now = m.now.Add(time.Hour)
			m.on()
			m.tap(8)
		}, []flaw{{"fork", 9, 17}}},
		"fork: as long as what was sent": {func(m *tampered) {
			m.off()
			back := m.copyFile()
			m.on()
			m.tap(2)
			m.sync()
			m.off()
			back()
			m.now = m.now.Add(time.Hour)
			m.on()
			m.tap(2)
		}, []flaw{{"fork", 11, 11}}},
		"fork: with punches between the hello and its answer": {func(m *tampered) {
			m.off()
			back := m.copyFile()
			m.on()
			m.tap(2) // 10, 11
			m.sync()
			m.off()
			back()
			m.now = m.now.Add(time.Hour)
			m.on()
			m.tap(2)
			m.answering = func() { m.tap(3) } // 12 to 14
		}, []flaw{{"fork", 11, 14}}},
		"rewritten: what was sent, with the kiosk's key": {func(m *tampered) {
			m.rewrite(4)
			m.on()
			m.tap(2)
		}, []flaw{{"rewritten", 1, 8}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newTampered(t)
			c.do(m)
			m.sync()
			m.tap(1)
			m.sync()
			if h, err := m.j.Head(t.Context()); err != nil || h.Queue != 0 {
				t.Errorf("%d wait there: %v", h.Queue, err)
			}
			all, err := m.c.db.OpenFlaws(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var got []flaw
			for _, f := range all[m.id.Kiosk] {
				got = append(got, flaw{f.Kind, f.From, f.To})
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
			// What central has of it is whole: a flaw of a kiosk is none of the server.
			r, err := ledger.Verify(t.Context(), m.c.db, ledger.Options{Org: simulatedOrg})
			if err != nil || r.Err() != nil || r.Records < 9 {
				t.Errorf("%+v %v", r, err)
			}
		})
	}
}

// An old hello that somebody at the broker sends once more accuses nobody.
func TestAnOldHelloAccusesNobody(t *testing.T) {
	t.Parallel()
	m := newTampered(t)
	old := m.head()
	m.tap(5)
	m.sync()
	m.now = m.now.Add(time.Hour)
	m.hello(old)
	if all, err := m.c.db.OpenFlaws(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%+v %v", all, err)
	}
}

package centraldb_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
)

// auditLog writes n rows, the way people and programs would: a few who do much,
// several things in one instant, now and then a clock that was set back.
func auditLog(t testing.TB, n int) (*centraldb.DB, []centraldb.AuditRow) {
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
	rows := make([]centraldb.AuditRow, n)
	for i := range rows {
		at := int64(i/3) * 1e9
		if i%50 == 0 {
			at -= 7e9
		}
		rows[i] = centraldb.AuditRow{
			ID: int64(i + 1), At: at, Actor: fmt.Sprintf("a%d@acme.example", i*i%7), Action: fmt.Sprintf("do.%d", i%11),
			Subject: fmt.Sprintf("p-%d", i*31%(n/4)), Detail: `{}`,
		}
	}
	for part := range slices.Chunk(rows, 50_000) {
		err := db.Update(t.Context(), func(tx *centraldb.Tx) error {
			for _, r := range part {
				r.Hash = []byte{1}
				if err := tx.AddAudit(t.Context(), r); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return db, rows
}

// Whatever is asked for, page after page gives what looking at every row gives.
func TestAuditPagesAreWhatAScanFinds(t *testing.T) {
	t.Parallel()
	db, rows := auditLog(t, 400)
	slices.SortFunc(rows, func(a, b centraldb.AuditRow) int {
		if a.At != b.At {
			return int(max(-1, min(1, b.At-a.At)))
		}
		return int(b.ID - a.ID)
	})
	for name, q := range map[string]centraldb.AuditQuery{
		"all": {}, "an actor": {Actor: "a1@acme.example"}, "an action": {Action: "do.3"}, "subjects": {Subjects: []string{"p-1", "p-31", "nobody"}},
		"days": {From: 40e9, To: 90e9}, "all at once": {Actor: "a2@acme.example", Action: "do.3", From: 1, To: 120e9}, "nothing": {Actor: "eve"},
	} {
		var want, got []int64
		for _, r := range rows {
			if (q.Actor == "" || q.Actor == r.Actor) && (q.Action == "" || q.Action == r.Action) && (q.Subjects == nil || slices.Contains(q.Subjects, r.Subject)) &&
				(q.From == 0 || r.At >= q.From) && (q.To == 0 || r.At < q.To) {
				want = append(want, r.ID)
			}
		}
		for q.Limit = 7; ; {
			page, err := db.AuditPage(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range page {
				got = append(got, r.ID)
			}
			if len(page) < q.Limit {
				break
			}
			q.Before = page[len(page)-1].ID
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	actors, err := db.AuditActors(t.Context())
	if err != nil || !slices.Equal(actors, []string{"a0@acme.example", "a1@acme.example", "a2@acme.example", "a4@acme.example"}) {
		t.Errorf("%v %v", actors, err)
	}
}

func TestAuditNames(t *testing.T) {
	t.Parallel()
	db, _ := auditLog(t, 40)
	err := db.Update(t.Context(), func(tx *centraldb.Tx) error {
		err := tx.AddPeople(t.Context(), []attendance.Person{{ID: "p-1", StaffNo: "77", Name: "Ada Brandt", Role: attendance.Regular, Active: true}}, 1)
		if err != nil {
			return err
		}
		return tx.AddKiosk(t.Context(), attendance.Kiosk{ID: "front", Name: "Front Door", Zone: "Europe/Berlin"}, 1)
	})
	if err != nil {
		t.Fatal(err)
	}
	n, err := db.AuditNames(t.Context(), []string{"p-1", "front", "nobody"})
	if err != nil || n.People["p-1"] != "Ada Brandt" || n.Kiosks["front"] != "Front Door" || len(n.People)+len(n.Kiosks) != 2 {
		t.Errorf("%+v %v", n, err)
	}
	for text, want := range map[string]string{"brandt": "p-1", "77": "p-1", "p-1": "p-1", "front d": "front", "p-9": "p-9"} {
		ids, err := db.AuditSubjects(t.Context(), text, 5)
		if err != nil || !slices.Contains(ids, want) {
			t.Errorf("%s: %v %v", text, ids, err)
		}
	}
}

// BenchmarkAuditPage reads pages of a million rows: new ones, old ones, filtered.
func BenchmarkAuditPage(b *testing.B) {
	db, _ := auditLog(b, 1_000_000)
	for name, q := range map[string]centraldb.AuditQuery{
		"newest": {}, "old": {Before: 1000}, "actor": {Actor: "a1@acme.example", Before: 500_000}, "subject": {Subjects: []string{"p-1", "p-2"}},
		"action and actor": {Actor: "a4@acme.example", Action: "do.3"}, "an old day": {From: 1000e9, To: 2000e9}, "none": {Actor: "a0@acme.example", Action: "do.x"},
	} {
		q.Limit = 51
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := db.AuditPage(b.Context(), q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("actors", func(b *testing.B) {
		for b.Loop() {
			if _, err := db.AuditActors(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

package centraldb_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
)

// Everybody who may use a kiosk counts once, however many ways they came to it,
// and the same as where the rules count.
func TestAssigneeCounts(t *testing.T) {
	t.Parallel()
	db, err := centraldb.Open(t.Context(), filepath.Join(t.TempDir(), "central.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	people := []attendance.Person{
		{ID: "a", Name: "Ada", Team: "Shop", Role: attendance.Regular, Active: true},
		{ID: "b", Name: "Ben", Team: "Shop", Role: attendance.Regular, Active: true},
		{ID: "c", Name: "Cleo", Team: "Bakery", Role: attendance.Regular, Active: true},
		{ID: "d", Name: "Dora", Role: attendance.Regular, Active: true},
		{ID: "x", Name: "Gone", Team: "Shop", Role: attendance.Regular},
	}
	assigned := map[string]centraldb.Assignments{
		"everyone": {Everyone: true, Teams: []string{"Shop"}, People: []string{"a", "x"}},
		"team":     {Teams: []string{"Shop", "Nobody's"}},
		"both":     {Teams: []string{"Shop", "Bakery"}, People: []string{"a", "d", "x"}},
		"single":   {People: []string{"d", "c"}},
		"gone":     {People: []string{"x"}},
	}
	want := map[string]int{"everyone": 4, "team": 2, "both": 4, "single": 2, "gone": 0}
	err = db.Update(t.Context(), func(tx *centraldb.Tx) error {
		if err := tx.AddPeople(context.Background(), people, 1); err != nil {
			return err
		}
		for id, a := range assigned {
			if err := tx.AddKiosk(t.Context(), attendance.Kiosk{ID: id, Name: id, Zone: "UTC"}, 1); err != nil {
				return err
			}
			if err := tx.SetAssignments(t.Context(), id, a); err != nil {
				return err
			}
			if n, err := tx.CountAssignees(t.Context(), id); err != nil || n != want[id] {
				t.Errorf("the rules count %d at %s, not %d (%v)", n, id, want[id], err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := db.AssigneeCounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

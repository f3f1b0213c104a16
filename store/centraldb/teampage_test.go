package centraldb_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

func TestTeamPage(t *testing.T) {
	t.Parallel()
	db := listsWithPINs(t)
	if n, err := db.AskingForPINs(t.Context()); err != nil || n != 1 {
		t.Errorf("%d ask for a PIN: %v", n, err)
	}
	byNumber := []string{"p-2", "p-3", "p-1"}
	for name, c := range map[string]struct {
		filter centraldb.TeamFilter
		want   []string
		total  int
	}{
		"everybody":  {centraldb.TeamFilter{Limit: 9}, []string{"p-2", "p-3", "p-1"}, 3},
		"a page":     {centraldb.TeamFilter{Limit: 1, Offset: 1}, []string{"p-3"}, 3},
		"a team":     {centraldb.TeamFilter{Limit: 9, Team: "Bakery"}, []string{"p-2", "p-1"}, 2},
		"a role":     {centraldb.TeamFilter{Limit: 9, Role: attendance.Manager}, []string{"p-2"}, 1},
		"words":      {centraldb.TeamFilter{Limit: 9, Search: "mull"}, []string{"p-1"}, 1},
		"all of it":  {centraldb.TeamFilter{Limit: 9, Search: "b", Team: "Shop", Role: attendance.Regular}, []string{"p-3"}, 1},
		"archived":   {centraldb.TeamFilter{Limit: 9, Archived: true}, []string{"p-4"}, 1},
		"nobody":     {centraldb.TeamFilter{Limit: 9, Search: "zzz"}, nil, 0},
		"downwards":  {centraldb.TeamFilter{Limit: 9, Down: true}, []string{"p-1", "p-3", "p-2"}, 3},
		"by team":    {centraldb.TeamFilter{Limit: 9, Sort: centraldb.ByTeam, Down: true}, []string{"p-3", "p-1", "p-2"}, 3},
		"by role":    {centraldb.TeamFilter{Limit: 1, Sort: centraldb.ByRole}, []string{"p-2"}, 3},
		"by number":  {centraldb.TeamFilter{Limit: 9, Sort: centraldb.ByStaffNo}, byNumber, 3},
		"by PIN":     {centraldb.TeamFilter{Limit: 1, Sort: centraldb.ByPIN, Down: true}, []string{"p-3"}, 3},
		"asking":     {centraldb.TeamFilter{Limit: 9, PIN: centraldb.PINAsked}, []string{"p-3"}, 1},
		"locked":     {centraldb.TeamFilter{Limit: 9, PIN: centraldb.PINLocked}, []string{"p-2"}, 1},
		"unused":     {centraldb.TeamFilter{Limit: 9, PIN: centraldb.PINUnused}, []string{"p-3"}, 1},
		"making":     {centraldb.TeamFilter{Limit: 9, PIN: centraldb.PINMaking, Team: "Bakery"}, []string{"p-2"}, 1},
		"after them": {centraldb.TeamFilter{Limit: 9, Offset: 9}, nil, 3},
	} {
		page, total, err := db.TeamPage(t.Context(), c.filter)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range page {
			got = append(got, l.ID)
		}
		if !slices.Equal(got, c.want) || total != c.total {
			t.Errorf("%s: %v of %d, want %v of %d", name, got, total, c.want, c.total)
		}
	}
	who, err := db.Person(t.Context(), "p-2")
	if err != nil {
		t.Fatal(err)
	}
	got, err := db.TeamMember(t.Context(), "p-2")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(centraldb.TeamLine{Person: who, PINLen: 4, PINChangedAt: 77, Used: true, Locked: true}, got); d != "" {
		t.Error(d)
	}
	if _, err := db.TeamMember(t.Context(), "nobody"); !problem.Is(err, problem.NotFound) {
		t.Errorf("nobody: %v", err)
	}
	if err := db.Update(t.Context(), func(tx *centraldb.Tx) error { return tx.Unlock(t.Context(), "nobody") }); !problem.Is(err, problem.NotFound) {
		t.Errorf("unlock nobody: %v", err)
	}
}

func listsWithPINs(t *testing.T) *centraldb.DB {
	t.Helper()
	db := lists(t)
	row := centraldb.PIN{Kind: pin.Personal, Subject: "p-2", Version: 1, Len: 4, Sealed: []byte{1}, Tag: []byte{2}, ChangedAt: 77}
	err := db.Update(t.Context(), func(tx *centraldb.Tx) error {
		fresh := centraldb.PIN{Kind: pin.Personal, Subject: "p-3", Version: 1, Len: 4, Sealed: []byte{1}, Tag: []byte{3}, ChangedAt: 78}
		for _, row := range []centraldb.PIN{row, fresh} {
			if err := tx.SetPIN(t.Context(), row); err != nil {
				return err
			}
		}
		for _, l := range []centraldb.PINLock{
			{Person: "p-2", Kiosk: "k-1", Locked: true, PINVersion: 1}, {Person: "p-1", Kiosk: "k-1", Locked: true, PINVersion: 7},
		} {
			if err := tx.SetPINLock(t.Context(), l); err != nil {
				return err
			}
		}
		for i, r := range []centraldb.PINRequest{{Person: "p-3"}, {Person: "p-3"}, {Person: "p-4"}, {Person: "p-1", DoneAt: 9}} {
			r.ID = int64(i + 1)
			if err := tx.AddPINRequest(t.Context(), r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// Choosing a page reads an index in its own order, whatever people are sorted by:
// only the people on the page are sorted.
func TestTeamPageReadsIndexes(t *testing.T) {
	t.Parallel()
	db := lists(t)
	for by, index := range map[centraldb.TeamSort]string{
		centraldb.ByName: "people_by_name", centraldb.ByStaffNo: "people_by_staff_no", centraldb.ByTeam: "people_by_team", centraldb.ByRole: "people_by_role",
	} {
		for _, down := range []bool{false, true} {
			plan, err := db.TeamPlan(t.Context(), centraldb.TeamFilter{Sort: by, Down: down, Limit: 50})
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(plan, index) || strings.Count(plan, "TEMP B-TREE") != 1 || strings.Contains(plan, "SCAN") {
				t.Errorf("by %q, down %t:\n%s", by, down, plan)
			}
		}
	}
}

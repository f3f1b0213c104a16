package centraldb_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

func TestTeamPage(t *testing.T) {
	t.Parallel()
	db := lists(t)
	row := centraldb.PIN{Kind: pin.Personal, Subject: "p-2", Version: 1, Len: 4, Sealed: []byte{1}, Tag: []byte{2}, ChangedAt: 77}
	if err := db.Update(t.Context(), func(tx *centraldb.Tx) error { return tx.SetPIN(t.Context(), row) }); err != nil {
		t.Fatal(err)
	}
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
	if d := cmp.Diff(centraldb.TeamLine{Person: who, PINLen: 4, PINChangedAt: 77}, got); d != "" {
		t.Error(d)
	}
	if _, err := db.TeamMember(t.Context(), "nobody"); !problem.Is(err, problem.NotFound) {
		t.Errorf("nobody: %v", err)
	}
	if err := db.Update(t.Context(), func(tx *centraldb.Tx) error { return tx.Unlock(t.Context(), "nobody") }); !problem.Is(err, problem.NotFound) {
		t.Errorf("unlock nobody: %v", err)
	}
}

package team_test

import (
	"slices"
	"testing"
)

// A column of badges takes numbers in any form; one that somebody has, one that is
// there twice and one that changes each time are errors in their rows, and nobody is
// imported.
func TestImportGivesBadges(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	good := w.imported(t, "name,staff_no,role,Badge\nAda,,,0010693503\nBen,,,\nCleo,,,EMP-00123\n")
	if len(good.Errors) != 0 {
		t.Fatal(good.Errors)
	}
	for i, want := range []string{"00-A3-2B-7F", "", "text:EMP-00123"} {
		have, err := w.db.BadgesOf(t.Context(), good.People[i].ID)
		got := ""
		if len(have) > 0 {
			got = have[0].Badge
		}
		if err != nil || got != want || len(have) > 1 {
			t.Errorf("%s: %+v %v", good.People[i].Name, have, err)
		}
	}
	bad := w.imported(t, "name,staff_no,role,badge\nDan,,,\"163,11135\"\nEve,,,EMP-7\nFay,,,EMP-7\nGus,,,08A32B7F\n")
	if got := where(bad.Errors); !slices.Equal(got, []string{"2 badge", "4 badge", "5 badge"}) || len(bad.People) != 0 {
		t.Errorf("%v, %d people", got, len(bad.People))
	}
	if err := w.team.UndoImport(t.Context(), actor, good.ID); err != nil {
		t.Fatal(err)
	}
	if holder, err := w.db.BadgeHolder(t.Context(), "00-A3-2B-7F"); err != nil || holder != "" {
		t.Errorf("the badge is still of %q, %v", holder, err)
	}
}

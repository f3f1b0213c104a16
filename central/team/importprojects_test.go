package team_test

import (
	"slices"
	"testing"

	"github.com/timepost/timepost/store/centraldb"
)

// A column of the usual project takes names and ids of projects in use; any other
// is an error in its row, and nobody is imported.
func TestImportBooksOnProjects(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	if err := w.db.Update(t.Context(), func(tx *centraldb.Tx) error {
		for id, name := range map[string]string{"j-wall": "Harbour wall", "j-past": "Bridge"} {
			if err := tx.AddProject(t.Context(), centraldb.Project{ID: id, Name: name}); err != nil {
				return err
			}
		}
		return tx.SetProject(t.Context(), centraldb.Project{ID: "j-past", Name: "Bridge", ArchivedAt: 1})
	}); err != nil {
		t.Fatal(err)
	}
	bad := w.imported(t, "name,staff_no,role,Project\nAda,,,harbour wall\nBen,,,Cellar\nCleo,,,Bridge\n")
	if got := where(bad.Errors); !slices.Equal(got, []string{"3 project", "4 project"}) || len(bad.People) != 0 {
		t.Fatalf("%v, %d people", got, len(bad.People))
	}
	good := w.imported(t, "name,staff_no,role,project\nAda,,,HARBOUR WALL\nBen,,,j-wall\nCleo,,,\n")
	if len(good.Errors) != 0 {
		t.Fatal(good.Errors)
	}
	for i, want := range []string{"j-wall", "j-wall", ""} {
		got, err := w.db.PersonWork(t.Context(), good.People[i].ID)
		if err != nil || got.Project != want || len(got.Projects) != 0 {
			t.Errorf("%s: %+v %v", good.People[i].Name, got, err)
		}
	}
}

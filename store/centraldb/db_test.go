package centraldb_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

func TestOrganisationIsCreatedOnce(t *testing.T) {
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
	if _, err := db.Organisation(t.Context()); !problem.Is(err, problem.NotFound) {
		t.Fatalf("before: %v", err)
	}
	want := centraldb.Organisation{ID: "acme", Name: "Acme <&> Co", Zone: "Europe/Berlin", Gen: 1, PINLen: 4}
	if err := db.Create(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	got, err := db.Organisation(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
	if err := db.Create(t.Context(), want); !problem.Is(err, problem.Conflict) {
		t.Fatalf("again: %v", err)
	}
}

package team_test

import (
	"context"
	"testing"

	"github.com/timepost/timepost/central/team"
)

// The hasher that is woken before the commit finds nothing and rests for a
// minute, and so long no new person's PIN works.
func TestAnImportWakesTheHasherAfterTheCommit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	var pending []int
	tm := team.New(team.Config{Store: w.db, Book: w.book, Audit: w.audit, Rosters: w.rosters, Now: w.clock, Wake: func() {
		n, _, err := w.db.Hashing(context.Background())
		if err != nil {
			t.Error(err)
		}
		pending = append(pending, n)
	}})
	if r, err := tm.Import(context.Background(), actor, []byte("name,staff_no,role\nAda,1,\nBob,2,\n"), false); err != nil || len(r.Errors) > 0 {
		t.Fatal(r, err)
	}
	if len(pending) == 0 || pending[len(pending)-1] != 2 {
		t.Errorf("when woken, %v PINs were to be seen", pending)
	}
}

package team_test

import (
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
)

// Who leaves comes in no more: without it an archived manager goes on reading the
// team's punches.
func TestArchiveClosesTheAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, role := range []attendance.Role{attendance.Manager, attendance.Owner} {
		who, _ := w.person(t, "The "+string(role), role, "Bakery")
		email := string(role) + "@example.com"
		must(w.db.Update(ctx, func(tx *centraldb.Tx) error {
			if err := tx.AddLogin(ctx, centraldb.Login{Email: email, Role: role, Person: who.ID, Password: "x", CreatedAt: 1}); err != nil {
				return err
			}
			if err := tx.AddSession(ctx, centraldb.Session{IDHash: []byte(email), Email: email, CreatedAt: 1, UsedAt: 1}); err != nil {
				return err
			}
			return tx.AddToken(ctx, centraldb.Token{IDHash: []byte(email), Name: "n", Email: email, CreatedAt: 1})
		}))
		must(w.team.Archive(ctx, "admin", who.ID))
		l, err := w.db.Login(ctx, email)
		must(err)
		_, noSession := w.db.Session(ctx, []byte(email))
		_, noToken := w.db.Token(ctx, []byte(email))
		closed := role != attendance.Owner
		if (l.ClosedAt != 0) != closed || (noSession != nil) != closed || (noToken != nil) != closed {
			t.Errorf("%s: %+v, session %v, token %v", role, l, noSession, noToken)
		}
	}
}

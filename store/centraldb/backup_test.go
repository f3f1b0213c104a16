package centraldb_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// What was open when the backup was made may have been closed since.
func TestARestoreEndsWhatWasOpen(t *testing.T) {
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
	if err := db.Create(t.Context(), centraldb.Organisation{ID: "acme", Name: "Acme", Zone: "UTC", Gen: 2, PINLen: 4}); err != nil {
		t.Fatal(err)
	}
	session, token, code, invited := []byte("session"), []byte("token"), []byte("code"), []byte("invited")
	ctx := t.Context()
	steps := []func(tx *centraldb.Tx) error{
		func(tx *centraldb.Tx) error {
			return tx.AddLogin(ctx, centraldb.Login{Email: "ann@acme.example", Role: attendance.Owner})
		},
		func(tx *centraldb.Tx) error {
			return tx.AddSession(ctx, centraldb.Session{IDHash: session, Email: "ann@acme.example", CreatedAt: 5, UsedAt: 5})
		},
		func(tx *centraldb.Tx) error {
			return tx.AddToken(ctx, centraldb.Token{IDHash: token, Email: "ann@acme.example", Name: "t"})
		},
		func(tx *centraldb.Tx) error { return tx.AddKiosk(ctx, attendance.Kiosk{ID: "door", Zone: "UTC"}, 1) },
		func(tx *centraldb.Tx) error {
			return tx.AddCode(ctx, centraldb.Code{HMAC: code, Kiosk: "door", ExpiresAt: 1000})
		},
		func(tx *centraldb.Tx) error {
			return tx.AddInvitation(ctx, centraldb.Invitation{CodeHash: invited, Email: "ben@acme.example", Role: attendance.Admin, ExpiresAt: 1000})
		},
		func(tx *centraldb.Tx) error { return tx.Restored(ctx, centraldb.Restore{From: 10, To: 20}, 7) },
		func(tx *centraldb.Tx) error { return tx.Restored(ctx, centraldb.Restore{From: 30, To: 40}, 9) },
	}
	for n, step := range steps {
		if err := db.Update(ctx, step); err != nil {
			t.Fatalf("step %d: %v", n, err)
		}
	}
	if gen, err := db.Generation(ctx); err != nil || gen != 9 {
		t.Errorf("generation %d, %v", gen, err)
	}
	if got, err := db.Restores(ctx); err != nil || cmp.Diff([]centraldb.Restore{{From: 10, To: 20}, {From: 30, To: 40}}, got) != "" {
		t.Errorf("%v %v", got, err)
	}
	for what, read := range map[string]func() error{
		"session":    func() error { _, err := db.Session(ctx, session); return err },
		"invitation": func() error { _, err := db.Invitation(ctx, invited); return err },
		"code": func() error {
			return db.Update(ctx, func(tx *centraldb.Tx) error { _, err := tx.Code(ctx, code); return err })
		},
	} {
		if err := read(); !problem.Is(err, problem.NotFound) {
			t.Errorf("the %s holds: %v", what, err)
		}
	}
	if _, err := db.Token(ctx, token); err != nil {
		t.Errorf("programs would stop: %v", err)
	}
}

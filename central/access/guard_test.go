package access_test

import (
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// writes tries to write in somebody's name.
func (w *world) writes(t *testing.T, who access.Identity) error {
	t.Helper()
	return w.db.Update(access.Guard(t.Context(), who), func(*centraldb.Tx) error { return nil })
}

// Who was let in writes as long as what let them in is there.
func TestGuard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret := w.login(t)
	bySession, err := w.Session(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	plain := access.Identity{Email: email, Role: attendance.Owner}
	text, err := w.CreateToken(t.Context(), plain, access.NewToken{Name: "laptop"})
	if err != nil {
		t.Fatal(err)
	}
	byToken, err := w.Token(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range []access.Identity{plain, bySession, byToken} {
		if err := w.writes(t, who); err != nil {
			t.Errorf("%+v: %v", who, err)
		}
	}
	if err := w.Logout(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	if err := w.writes(t, bySession); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("logged out: %v", err)
	}
	w.update(t, func(tx *centraldb.Tx) error { return tx.RevokeTokens(t.Context(), email, 1) })
	if err := w.writes(t, byToken); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("revoked: %v", err)
	}
	if err := w.writes(t, access.Identity{Email: email, Role: attendance.Admin}); !problem.Is(err, problem.Forbidden) {
		t.Errorf("another role: %v", err)
	}
	w.update(t, func(tx *centraldb.Tx) error {
		l, err := tx.Login(t.Context(), email)
		if err != nil {
			return err
		}
		return tx.CloseLogin(t.Context(), l, 1)
	})
	if err := w.writes(t, plain); !problem.Is(err, problem.Forbidden) {
		t.Errorf("closed: %v", err)
	}
	if err := w.db.Update(centraldb.Unguarded(access.Guard(t.Context(), plain)), func(*centraldb.Tx) error { return nil }); err != nil {
		t.Errorf("what the program does by itself: %v", err)
	}
}

// A clock that was ahead when somebody showed their password, and was put right since,
// makes nobody fresh for longer; a small step does not send anybody back.
func TestAProofOfTheFutureIsNone(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	for _, try := range []struct {
		proved time.Duration
		want   bool
	}{{0, true}, {-access.FreshFor, true}, {-access.FreshFor - 1, false}, {time.Second, true}, {access.FreshFor, true}, {access.FreshFor + 1, false}, {24 * time.Hour, false}} {
		if got := access.Fresh(access.Identity{Proved: now.Add(try.proved)}, now); got != try.want {
			t.Errorf("proved %s from now: %v", try.proved, got)
		}
	}
	if access.Fresh(access.Identity{}, now) {
		t.Error("nothing was shown")
	}
}

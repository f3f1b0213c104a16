package access_test

import (
	"context"
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

const fresh = "another long sentence"

// accepts says whether an invitation still makes an account.
func (w *world) accepts(t *testing.T, code string) bool {
	t.Helper()
	_, _, err := w.Accept(t.Context(), code, "", password, access.Visit{Address: home})
	if err != nil && !problem.Is(err, problem.Unauthenticated) {
		t.Fatal(err)
	}
	return err == nil
}

// An owner who leaves, or whose account somebody else was in, leaves no way back:
// neither a token nor a code for an account of their own.
func TestNoWayBackIsLeft(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(w *world, who string) error{
		"closed": func(w *world, who string) error { return w.CloseAccount(t.Context(), email, who) },
		"made less": func(w *world, who string) error {
			return w.EditAccount(t.Context(), email, who, attendance.Admin, "")
		},
		"reset": func(w *world, who string) error {
			made, err := w.Reset(t.Context(), email, who)
			if err == nil {
				_, _, err = w.Accept(t.Context(), made.Code, "", fresh, access.Visit{Address: home})
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			const eve = "eve@acme.example"
			if err := w.CreateLogin(t.Context(), "test", eve, attendance.Owner, password); err != nil {
				t.Fatal(err)
			}
			token, err := w.CreateToken(t.Context(), access.Identity{Email: eve, Role: attendance.Owner}, access.NewToken{Name: "kept"})
			if err != nil {
				t.Fatal(err)
			}
			back, err := w.Invite(t.Context(), eve, access.NewAccount{Email: "mallory@acme.example", Role: attendance.Owner})
			if err != nil {
				t.Fatal(err)
			}
			other, err := w.Invite(t.Context(), email, access.NewAccount{Email: "cy@acme.example", Role: attendance.Admin})
			if err != nil {
				t.Fatal(err)
			}
			if err := leave(w, eve); err != nil {
				t.Fatal(err)
			}
			if who, err := w.Token(t.Context(), token); err == nil && who.Role == attendance.Owner {
				t.Error("a token goes on as an owner")
			}
			if w.accepts(t, back.Code) {
				t.Error("a code makes another owner")
			}
			if !w.accepts(t, other.Code) {
				t.Error("somebody else's code is gone")
			}
		})
	}
}

// slowStore lets something happen after an account was read for a comparison.
type slowStore struct {
	*centraldb.DB
	meanwhile func()
}

func (s slowStore) Login(ctx context.Context, email string) (centraldb.Login, error) {
	l, err := s.DB.Login(ctx, email)
	s.meanwhile()
	return l, err
}

// A login that was compared with the old password is none once there is a new one, and
// makes no token.
func TestLoginDoesNotOutrunAReset(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made, err := w.OwnerCode(t.Context(), "central owner-code")
	if err != nil {
		t.Fatal(err)
	}
	slow, err := access.New(access.Config{
		Store: slowStore{w.db, func() {
			if _, _, err := w.Accept(t.Context(), made.Code, email, fresh, access.Visit{Address: home}); err != nil {
				t.Error(err)
			}
		}},
		Audit: audit.New(w.db, w.clock), Now: w.clock, Weak: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := slow.Login(t.Context(), email, password, access.Visit{Address: home}); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("with the old password: %v", err)
	}
	if !w.enters(t, email, fresh) {
		t.Error("the new password does not open")
	}
	who, err := w.Verify(t.Context(), email, fresh, home)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.CreateToken(t.Context(), who, access.NewToken{Name: "in time"}); err != nil {
		t.Error(err)
	}
	made, err = w.Reset(t.Context(), email, email)
	if err == nil {
		_, _, err = w.Accept(t.Context(), made.Code, "", password, access.Visit{Address: home})
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.CreateToken(t.Context(), who, access.NewToken{Name: "too late"}); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("a token for the old password: %v", err)
	}
}

// Nor does a session that has ended meanwhile make anything that lasts.
func TestEndedSessionMakesNothingThatLasts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	who, err := w.Session(t.Context(), w.login(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.NewRecoveryCodes(t.Context(), who); err != nil {
		t.Fatal(err)
	}
	made, err := w.Reset(t.Context(), email, email)
	if err == nil {
		_, _, err = w.Accept(t.Context(), made.Code, "", fresh, access.Visit{Address: home})
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.NewRecoveryCodes(t.Context(), who); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("recovery codes: %v", err)
	}
	if _, err := w.CreateToken(t.Context(), who, access.NewToken{Name: "too late"}); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("a token: %v", err)
	}
}

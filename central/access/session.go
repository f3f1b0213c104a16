package access

import (
	"context"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// How long a session lives: without use, and at all. touchEvery spares a write
// for every page.
const (
	SessionIdle = 30 * time.Minute
	SessionLife = 8 * time.Hour
	touchEvery  = time.Minute
)

// Login verifies a password and begins a session: a new secret each time, so
// nothing that was set before the login means anything after it. previous is
// the browser's session secret until now, if any; it ends. Errors as of Verify.
func (a *Access) Login(ctx context.Context, email, password, address, previous string) (secret string, who Identity, err error) {
	who, err = a.Verify(ctx, email, password, address)
	if err != nil {
		return "", Identity{}, err
	}
	secret, hash, err := a.secret("")
	if err != nil {
		return "", Identity{}, err
	}
	now := a.now()
	err = a.store.Update(ctx, func(tx *centraldb.Tx) error {
		if err := tx.EndSessionsBefore(ctx, now.Add(-SessionIdle).UnixNano(), now.Add(-SessionLife).UnixNano()); err != nil {
			return err
		}
		if err := tx.EndSession(ctx, hashSecret(previous)); err != nil {
			return err
		}
		s := centraldb.Session{IDHash: hash, Email: who.Email, CreatedAt: now.UnixNano(), UsedAt: now.UnixNano(), ProvedAt: now.UnixNano()}
		if err := tx.AddSession(ctx, s); err != nil {
			return err
		}
		return a.audit.Record(ctx, tx, who.Email, "login", who.Email, map[string]any{"address": bucketOf(address)})
	})
	if err != nil {
		return "", Identity{}, err
	}
	return secret, who, nil
}

// Session says whose session this is and keeps it alive;
// problem.Unauthenticated where there is none any more.
func (a *Access) Session(ctx context.Context, secret string) (Identity, error) {
	hash := hashSecret(secret)
	s, err := a.store.Session(ctx, hash)
	if problem.Is(err, problem.NotFound) {
		return Identity{}, errNoSession()
	}
	if err != nil {
		return Identity{}, err
	}
	now := a.now()
	idle := now.Sub(time.Unix(0, s.UsedAt))
	if idle > SessionIdle || now.Sub(time.Unix(0, s.CreatedAt)) > SessionLife {
		return Identity{}, errNoSession()
	}
	if idle > touchEvery {
		err := a.store.Update(ctx, func(tx *centraldb.Tx) error { return tx.TouchSession(ctx, hash, now.UnixNano()) })
		if err != nil {
			return Identity{}, err
		}
	}
	return Identity{Email: s.Email, Role: s.Role, Person: s.Person, Proved: time.Unix(0, s.ProvedAt)}, nil
}

// FreshFor is how long a shown password or passkey counts for what needs one.
const FreshFor = 5 * time.Minute

// Fresh says whether somebody has shown a password or a passkey in the last
// FreshFor. What brings secrets to light asks for it, so that a screen left open
// is not enough.
func Fresh(who Identity, now time.Time) bool {
	return !who.Proved.IsZero() && now.Sub(who.Proved) <= FreshFor
}

// Reprove makes a session fresh: its bearer shows the password again. Errors as
// of Session and Verify.
func (a *Access) Reprove(ctx context.Context, secret, password, address string) error {
	who, err := a.Session(ctx, secret)
	if err != nil {
		return err
	}
	if _, err := a.Verify(ctx, who.Email, password, address); err != nil {
		return err
	}
	return a.prove(ctx, secret, who, "password")
}

func (a *Access) prove(ctx context.Context, secret string, who Identity, by string) error {
	return a.store.Update(ctx, func(tx *centraldb.Tx) error {
		if err := tx.ProveSession(ctx, hashSecret(secret), a.now().UnixNano()); err != nil {
			return err
		}
		return a.audit.Record(ctx, tx, who.Email, "login.confirm", who.Email, map[string]any{"by": by})
	})
}

// Logout ends a session, if it is there.
func (a *Access) Logout(ctx context.Context, secret string) error {
	return a.store.Update(ctx, func(tx *centraldb.Tx) error { return tx.EndSession(ctx, hashSecret(secret)) })
}

func errNoSession() error {
	return problem.New(problem.Unauthenticated, "You are not logged in.", "Log in, then try again.")
}

package access

import (
	"context"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// FreshFor is how long a shown password or passkey counts for what needs one.
const FreshFor = 5 * time.Minute

// Fresh says whether somebody has shown a password or a passkey in the last
// FreshFor. What brings secrets to light asks for it, so that a screen left open
// is not enough.
func Fresh(who Identity, now time.Time) bool {
	return !who.Proved.IsZero() && now.Sub(who.Proved).Abs() <= FreshFor // the clock may have been ahead
}

// Reprove makes a session fresh: its bearer shows the password again, or a
// recovery code. Errors as of Session and Verify.
func (a *Access) Reprove(ctx context.Context, secret, password, address string) error {
	who, err := a.Session(ctx, secret)
	if err != nil {
		return err
	}
	by := "password"
	_, err = a.verify(ctx, who.Email, password, address, func(l centraldb.Login) error {
		by = "recovery code"
		return a.recover(ctx, l, password, address)
	})
	if err != nil {
		return err
	}
	return a.store.Update(ctx, func(tx *centraldb.Tx) error { return a.prove(ctx, tx, secret, who, by) })
}

func (a *Access) prove(ctx context.Context, tx *centraldb.Tx, secret string, who Identity, by string) error {
	if err := tx.ProveSession(ctx, hashSecret(secret), a.now().UnixNano()); err != nil {
		return err
	}
	return a.audit.Record(ctx, tx, who.Email, "login.confirm", who.Email, map[string]any{"by": by})
}

// stale refuses somebody whose password or passkey was shown too long ago.
func (a *Access) stale(who Identity) error {
	if Fresh(who, a.now()) {
		return nil
	}
	return problem.New(problem.Forbidden, "Please confirm that it is you.", "Show your password or passkey again, then try again.")
}

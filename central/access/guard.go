package access

import (
	"context"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Guard gives a context in which who writes nothing once they may not any more: each
// transaction looks first whether the session or token is there still, and the account
// open and of the same role. A request takes a while, the longer the slower its body
// comes, and meanwhile the account may have been closed to end all that.
func Guard(ctx context.Context, who Identity) context.Context {
	ctx = centraldb.Guarded(ctx)
	centraldb.Require(ctx, who.still)
	return ctx
}

// still refuses whoever may not do any more what they were let in for.
func (who Identity) still(ctx context.Context, tx *centraldb.Tx) error {
	if who.session != "" {
		open, err := tx.HasSession(ctx, []byte(who.session))
		if err != nil {
			return err
		}
		if !open {
			return errNoSession()
		}
	}
	if who.token != "" {
		good, err := tx.HasToken(ctx, []byte(who.token))
		if err != nil {
			return err
		}
		if !good {
			return errNoToken()
		}
	}
	l, err := tx.Login(ctx, who.Email)
	if err != nil {
		return err
	}
	if l.ClosedAt != 0 || l.Role != who.Role {
		return problem.New(problem.Forbidden, "Your role was changed a moment ago.", "Look at the page again, or ask an owner.")
	}
	return nil
}

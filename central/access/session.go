package access

import (
	"context"
	"encoding/hex"
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

// Visit is where a login comes from.
type Visit struct {
	Address  string // IP address
	Device   string // such as Firefox on Linux, for the list of sessions
	Previous string // the browser's session secret until now, if any; it ends
}

// Login verifies a password, or a recovery code in its place, and begins a
// session: a new secret each time, so nothing that was set before the login means
// anything after it. Errors as of Verify.
func (a *Access) Login(ctx context.Context, email, password string, v Visit) (secret string, who Identity, err error) {
	by := "password"
	who, err = a.verify(ctx, email, password, v.Address, func(l centraldb.Login) error {
		by = "recovery code"
		return a.recover(ctx, l, password, v.Address)
	})
	if err != nil {
		return "", Identity{}, err
	}
	err = a.store.Update(ctx, func(tx *centraldb.Tx) error {
		if err := who.unchanged(ctx, tx); err != nil {
			return err
		}
		secret, err = a.begin(ctx, tx, who, v, by)
		return err
	})
	if err != nil {
		return "", Identity{}, err
	}
	who.seen = nil // from here on the session counts
	return secret, who, nil
}

// unchanged refuses what was good when it was looked at: comparing a password and
// waiting for others who write take a while, and meanwhile the account may have got
// another password, to end all that. What lasts, such as a token, asks for it.
func (who Identity) unchanged(ctx context.Context, tx *centraldb.Tx) error {
	if who.session != "" {
		open, err := tx.HasSession(ctx, []byte(who.session))
		if err == nil && !open {
			return errNoSession()
		}
		return err
	}
	if who.seen == nil {
		return nil
	}
	now, err := tx.Login(ctx, who.Email)
	if err == nil && now != *who.seen {
		return errWrong()
	}
	return err
}

// begin makes a session for somebody who has just shown who they are.
func (a *Access) begin(ctx context.Context, tx *centraldb.Tx, who Identity, v Visit, by string) (string, error) {
	secret, hash, err := a.secret("")
	if err != nil {
		return "", err
	}
	now := a.now()
	if err := tx.EndSessionsBefore(ctx, now.Add(-SessionIdle).UnixNano(), now.Add(-SessionLife).UnixNano()); err != nil {
		return "", err
	}
	if err := tx.EndSession(ctx, hashSecret(v.Previous)); err != nil {
		return "", err
	}
	s := centraldb.Session{IDHash: hash, Email: who.Email, CreatedAt: now.UnixNano(), UsedAt: now.UnixNano(), ProvedAt: now.UnixNano(), Device: v.Device}
	if err := tx.AddSession(ctx, s); err != nil {
		return "", err
	}
	if err := tx.TouchLogin(ctx, who.Email, now.UnixNano()); err != nil {
		return "", err
	}
	return secret, a.audit.Record(ctx, tx, who.Email, "login", who.Email, map[string]any{"address": bucketOf(v.Address), "by": by})
}

// Session says whose session this is and keeps it alive;
// problem.Unauthenticated where there is none any more.
func (a *Access) Session(ctx context.Context, secret string) (Identity, error) {
	return a.session(ctx, secret, true)
}

// Peek says whose session this is and does not keep it alive: a page that asks by
// itself is nobody's use. Errors as of Session.
func (a *Access) Peek(ctx context.Context, secret string) (Identity, error) {
	return a.session(ctx, secret, false)
}

func (a *Access) session(ctx context.Context, secret string, used bool) (Identity, error) {
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
	if used && idle > touchEvery {
		err := a.store.Update(ctx, func(tx *centraldb.Tx) error { return tx.TouchSession(ctx, hash, now.UnixNano()) })
		if err != nil {
			return Identity{}, err
		}
	}
	return Identity{Email: s.Email, Role: s.Role, Person: s.Person, Proved: time.Unix(0, s.ProvedAt), session: string(hash)}, nil
}

// Logout ends a session, if it is there.
func (a *Access) Logout(ctx context.Context, secret string) error {
	return a.store.Update(ctx, func(tx *centraldb.Tx) error { return tx.EndSession(ctx, hashSecret(secret)) })
}

// EndSession ends one of who's sessions; problem.NotFound.
func (a *Access) EndSession(ctx context.Context, who Identity, id string) error {
	rows, err := a.store.SessionsOf(ctx, who.Email)
	if err != nil {
		return err
	}
	for _, s := range rows {
		if sessionID(s.IDHash) == id {
			return a.store.Update(ctx, func(tx *centraldb.Tx) error {
				if err := tx.EndSession(ctx, s.IDHash); err != nil {
					return err
				}
				return a.audit.Record(ctx, tx, who.Email, "session.end", who.Email, map[string]any{"device": s.Device})
			})
		}
	}
	return problem.New(problem.NotFound, "This session has ended.", "Look at the list again.")
}

// sessionID names a session; it opens nothing.
func sessionID(hash []byte) string { return hex.EncodeToString(hash[:8]) }

func errNoSession() error {
	return problem.New(problem.Unauthenticated, "You are not logged in.", "Log in, then try again.")
}

package access

import (
	"context"
	"strings"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Overview is what somebody sees of their own account.
type Overview struct {
	Sessions []Session
	Passkeys []Passkey
	Recovery int // codes that are left
}

// Session is a browser that is logged in. ID names it; it opens nothing.
type Session struct {
	ID      string
	Device  string
	Began   time.Time
	Used    time.Time
	Current bool
}

// Own gives the overview for the bearer of a session.
func (a *Access) Own(ctx context.Context, who Identity, secret string) (Overview, error) {
	var o Overview
	rows, err := a.store.SessionsOf(ctx, who.Email)
	if err != nil {
		return o, err
	}
	here, now := sessionID(hashSecret(secret)), a.now()
	for _, r := range rows {
		s := Session{ID: sessionID(r.IDHash), Device: r.Device, Began: time.Unix(0, r.CreatedAt).UTC(), Used: time.Unix(0, r.UsedAt).UTC()}
		s.Current = s.ID == here
		if now.Sub(s.Used) <= SessionIdle && now.Sub(s.Began) <= SessionLife {
			o.Sessions = append(o.Sessions, s)
		}
	}
	keys, err := a.store.Passkeys(ctx, who.Email)
	if err != nil {
		return o, err
	}
	for _, k := range keys {
		o.Passkeys = append(o.Passkeys, passkeyOf(k))
	}
	o.Recovery, err = a.store.RecoveryLeft(ctx, who.Email)
	return o, err
}

// ChangePassword sets the password of a session's bearer, who shows the old one or
// a recovery code, and ends the other sessions. problem.Unauthenticated and
// problem.Limited as of Verify; problem.Invalid.
func (a *Access) ChangePassword(ctx context.Context, secret, old, password, address string) error {
	who, err := a.Session(ctx, secret)
	if err != nil {
		return err
	}
	if err := checkPassword(password); err != nil {
		return err
	}
	_, err = a.verify(ctx, who.Email, old, address, func(l centraldb.Login) error { return a.recover(ctx, l, old, address) })
	if err != nil {
		return err
	}
	phc, err := a.hash(ctx, password)
	if err != nil {
		return err
	}
	return a.store.Update(ctx, func(tx *centraldb.Tx) error {
		if err := tx.SetPassword(ctx, who.Email, phc); err != nil {
			return err
		}
		if err := tx.EndSessions(ctx, who.Email, hashSecret(secret)); err != nil {
			return err
		}
		if err := tx.ProveSession(ctx, hashSecret(secret), a.now().UnixNano()); err != nil {
			return err
		}
		return a.audit.Record(ctx, tx, who.Email, "password.change", who.Email, nil)
	})
}

// EndOtherSessions ends all sessions of who's account but this one.
func (a *Access) EndOtherSessions(ctx context.Context, who Identity, secret string) error {
	return a.store.Update(ctx, func(tx *centraldb.Tx) error {
		if err := tx.EndSessions(ctx, who.Email, hashSecret(secret)); err != nil {
			return err
		}
		return a.audit.Record(ctx, tx, who.Email, "session.end", who.Email, map[string]any{"others": true})
	})
}

// EditAccount gives an account another role or person. Another role ends its
// sessions, so that nobody goes on with the old one. Errors have the detail "field":
// problem.NotFound, problem.Invalid, problem.Conflict for the last owner.
func (a *Access) EditAccount(ctx context.Context, actor, email string, role attendance.Role, person string) error {
	if !role.Valid() {
		return problem.New(problem.Invalid, "There is no such role.", "Use owner, admin, manager or regular.").With("field", "role")
	}
	return a.store.Update(ctx, func(tx *centraldb.Tx) error {
		l, err := tx.Login(ctx, email)
		if err != nil {
			return err
		}
		before := l
		l.Role, l.Person = role, strings.TrimSpace(person)
		if l == before {
			return nil
		}
		if before.Role == attendance.Owner && role != attendance.Owner {
			if err := notLast(ctx, tx, before, "role"); err != nil {
				return err
			}
		}
		if l.Person != before.Person {
			if err := a.ownable(ctx, tx, l.Person, email); err != nil {
				return err
			}
		}
		if err := tx.SetLogin(ctx, l); err != nil {
			return err
		}
		if l.Role != before.Role {
			if err := a.promoted(ctx, tx, actor, l); err != nil {
				return err
			}
		}
		return a.audit.Record(ctx, tx, actor, "account.edit", email, map[string]any{"role": role, "was": before.Role, "person": l.Person})
	})
}

// promoted ends what goes on in the old role, and tells of a new owner.
func (a *Access) promoted(ctx context.Context, tx *centraldb.Tx, actor string, l centraldb.Login) error {
	if err := tx.EndSessions(ctx, l.Email, nil); err != nil {
		return err
	}
	if l.Role != attendance.Owner {
		return tx.EndInvitationsBy(ctx, l.Email) // who may not invite has invited nobody
	}
	return tx.AddNotice(ctx, centraldb.Notice{
		At: a.now().UnixNano(), Kind: "account.owner", Audience: centraldb.ToOwners, Path: "/accounts",
		Title: l.Email + " is an owner now", Body: actor + " has made " + l.Email + " an owner.",
	})
}

// CloseAccount closes an account: its sessions, its tokens and the codes that it made
// end, its name stays in the audit log. problem.NotFound; problem.Conflict for the last owner.
func (a *Access) CloseAccount(ctx context.Context, actor, email string) error {
	return a.store.Update(ctx, func(tx *centraldb.Tx) error {
		l, err := tx.Login(ctx, email)
		if err != nil || l.ClosedAt != 0 {
			return err
		}
		if l.Role == attendance.Owner {
			if err := notLast(ctx, tx, l, "close"); err != nil {
				return err
			}
		}
		if err := tx.CloseLogin(ctx, l, a.now().UnixNano()); err != nil {
			return err
		}
		return a.audit.Record(ctx, tx, actor, "account.close", email, nil)
	})
}

// ReopenAccount opens a closed account with the password and passkeys that it had.
// problem.NotFound; problem.Conflict where its person has another by now.
func (a *Access) ReopenAccount(ctx context.Context, actor, email string) error {
	return a.store.Update(ctx, func(tx *centraldb.Tx) error {
		l, err := tx.Login(ctx, email)
		if err != nil || l.ClosedAt == 0 {
			return err
		}
		if err := a.ownable(ctx, tx, l.Person, email); err != nil {
			return err
		}
		l.ClosedAt = 0
		if err := tx.SetLogin(ctx, l); err != nil {
			return err
		}
		return a.audit.Record(ctx, tx, actor, "account.reopen", email, nil)
	})
}

func notLast(ctx context.Context, tx *centraldb.Tx, l centraldb.Login, field string) error {
	if l.ClosedAt != 0 {
		return nil
	}
	n, err := tx.OpenOwners(ctx)
	if err != nil || n > 1 {
		return err
	}
	return problem.New(problem.Conflict, "This is the last owner.", "Make somebody else an owner first: without one nobody could.").With("field", field)
}

package access

import (
	"context"
	"strings"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// How long codes are good with which somebody sets a password.
const (
	InviteFor = 72 * time.Hour
	OwnerFor  = 24 * time.Hour // the first owner's, printed on a console
)

// NewAccount is an account to be.
type NewAccount struct {
	Email  string
	Role   attendance.Role
	Person string // people.id of whose it is; "" where it is nobody's who clocks in
}

// Invited is a code with which somebody sets their own password. It is shown this
// once.
type Invited struct {
	Email   string // "": whoever has the code says
	Code    string
	Expires time.Time
}

// Invite makes a code for a new account. Errors have the detail "field":
// problem.Invalid, problem.Conflict where the address or the person has an account.
func (a *Access) Invite(ctx context.Context, actor string, n NewAccount) (Invited, error) {
	email, err := cleanEmail(n.Email)
	if err != nil {
		return Invited{}, err
	}
	if !n.Role.Valid() {
		return Invited{}, problem.New(problem.Invalid, "There is no such role.", "Use owner, admin, manager or regular.").With("field", "role")
	}
	i := centraldb.Invitation{Email: email, Role: n.Role, Person: strings.TrimSpace(n.Person)}
	return a.invite(ctx, actor, "account.invite", i, InviteFor, func(tx *centraldb.Tx) error {
		l, err := tx.Login(ctx, email)
		if err == nil && l.ClosedAt != 0 {
			return problem.New(problem.Conflict, "This address has an account that is closed.", "Open it again instead.").With("field", "email")
		}
		if err == nil {
			return problem.New(problem.Conflict, "This address has an account already.", "Change that one, or use another address.").With("field", "email")
		}
		if !problem.Is(err, problem.NotFound) {
			return err
		}
		return a.ownable(ctx, tx, i.Person, email)
	})
}

// Reset makes a code with which an account's bearer sets a new password. Until then
// the old one is good. problem.NotFound, problem.Conflict where it is closed.
func (a *Access) Reset(ctx context.Context, actor, email string) (Invited, error) {
	l, err := a.store.Login(ctx, email)
	if err != nil {
		return Invited{}, err
	}
	if l.ClosedAt != 0 {
		return Invited{}, problem.New(problem.Conflict, "This account is closed.", "Open it first.")
	}
	i := centraldb.Invitation{Email: l.Email, Role: l.Role, Person: l.Person}
	return a.invite(ctx, actor, "account.reset", i, InviteFor, nil)
}

// OwnerCode makes a code with which whoever has it becomes an owner: for a server
// without one, and for one whose owners have lost everything. Only who may read the
// server's disk may have it.
func (a *Access) OwnerCode(ctx context.Context, actor string) (Invited, error) {
	return a.invite(ctx, actor, "owner.code", centraldb.Invitation{Role: attendance.Owner}, OwnerFor, nil)
}

func (a *Access) invite(ctx context.Context, actor, action string, i centraldb.Invitation, good time.Duration, check func(*centraldb.Tx) error) (Invited, error) {
	code, hash, err := a.newCode()
	if err != nil {
		return Invited{}, err
	}
	now := a.now()
	i.CodeHash, i.MadeBy, i.CreatedAt, i.ExpiresAt = hash, actor, now.UnixNano(), now.Add(good).UnixNano()
	err = a.store.Update(ctx, func(tx *centraldb.Tx) error {
		if check != nil {
			if err := check(tx); err != nil {
				return err
			}
		}
		if err := tx.AddInvitation(ctx, i); err != nil {
			return err
		}
		return a.audit.Record(ctx, tx, actor, action, i.Email, map[string]any{"role": i.Role, "person": i.Person})
	})
	if err != nil {
		return Invited{}, err
	}
	return Invited{Email: i.Email, Code: code, Expires: now.Add(good)}, nil
}

// ownable says whether a person may have the account of this address: it exists,
// and has no other.
func (a *Access) ownable(ctx context.Context, tx *centraldb.Tx, person, email string) error {
	if person == "" {
		return nil
	}
	p, err := tx.Person(ctx, person)
	if problem.Is(err, problem.NotFound) || err == nil && !p.Active {
		return problem.New(problem.Invalid, "There is no such person on the team.", "Use the id of their page on Team, or nothing.").With("field", "person")
	}
	if err != nil {
		return err
	}
	other, err := tx.LoginOf(ctx, person)
	if err != nil {
		return err
	}
	if other != "" && other != email {
		return problem.New(problem.Conflict, p.Name+" has an account already: "+other+".", "A person has one account.").With("field", "person")
	}
	return nil
}

// Invitation says what a code is for. Errors: problem.Unauthenticated, problem.Used,
// problem.Expired, problem.Limited as of Verify.
func (a *Access) Invitation(ctx context.Context, code, address string) (NewAccount, error) {
	i, err := a.invitation(ctx, code, address)
	return NewAccount{Email: i.Email, Role: i.Role, Person: i.Person}, err
}

func (a *Access) invitation(ctx context.Context, code, address string) (centraldb.Invitation, error) {
	if err := a.charge(ctx, addressBucket(address)); err != nil {
		return centraldb.Invitation{}, err
	}
	i, err := a.store.Invitation(ctx, hashSecret(foldCode(code)))
	if problem.Is(err, problem.NotFound) {
		return i, problem.New(problem.Unauthenticated, "This code is not right.", "Compare it with what you were given; it has 16 letters and digits.").With("field", "code")
	}
	if err != nil {
		return i, err
	}
	if err := a.refund(ctx, addressBucket(address)); err != nil {
		return i, err
	}
	if i.UsedAt != 0 {
		return i, problem.New(problem.Used, "This code has been used.", "Log in, or ask for a new one.").With("field", "code")
	}
	if a.now().UnixNano() > i.ExpiresAt {
		return i, problem.New(problem.Expired, "This code was good until "+time.Unix(0, i.ExpiresAt).UTC().Format("2 January 15:04")+" UTC.", "Ask for a new one.").With("field", "code")
	}
	return i, nil
}

// Accept makes the account that a code is for, or sets its new password, and begins
// a session. email counts only where the code names none. Errors as of Invitation;
// problem.Invalid with the detail "field".
func (a *Access) Accept(ctx context.Context, code, email, password string, v Visit) (secret string, who Identity, err error) {
	i, err := a.invitation(ctx, code, v.Address)
	if err != nil {
		return "", who, err
	}
	if i.Email != "" {
		email = i.Email
	}
	if email, err = cleanEmail(email); err != nil {
		return "", who, err
	}
	if err := checkPassword(password); err != nil {
		return "", who, err
	}
	phc, err := a.hash(ctx, password)
	if err != nil {
		return "", who, err
	}
	who = Identity{Email: email, Role: i.Role, Person: i.Person, Proved: a.now()}
	err = a.store.Update(ctx, func(tx *centraldb.Tx) error {
		if err := tx.UseInvitation(ctx, i.CodeHash, a.now().UnixNano()); err != nil {
			return err
		}
		if err := a.settle(ctx, tx, i, &who, phc); err != nil {
			return err
		}
		secret, err = a.begin(ctx, tx, who, v, "code")
		return err
	})
	if err != nil {
		return "", Identity{}, err
	}
	return secret, who, nil
}

// settle writes what an accepted invitation is for: a new account, or a new
// beginning for one that is there.
func (a *Access) settle(ctx context.Context, tx *centraldb.Tx, i centraldb.Invitation, who *Identity, phc string) error {
	l, err := tx.Login(ctx, who.Email)
	fresh := problem.Is(err, problem.NotFound)
	if err != nil && !fresh {
		return err
	}
	if fresh {
		err = a.found(ctx, tx, *who, phc)
	} else {
		err = a.renew(ctx, tx, i, &l, phc)
		who.Role, who.Person = l.Role, l.Person
	}
	if err != nil {
		return err
	}
	if !fresh || who.Role == attendance.Owner || who.Role == attendance.Admin {
		err := tx.AddNotice(ctx, centraldb.Notice{
			At: a.now().UnixNano(), Kind: "account.ready", Audience: centraldb.ToOwners, Path: "/accounts",
			Title: who.Email + " has set a password",
			Body:  "The account " + who.Email + " (" + string(who.Role) + ") has set a password with a code made by " + i.MadeBy + ". If that was not them, close the account.",
		})
		if err != nil {
			return err
		}
	}
	return a.audit.Record(ctx, tx, who.Email, "account.accept", who.Email, map[string]any{"role": who.Role, "made_by": i.MadeBy})
}

func (a *Access) found(ctx context.Context, tx *centraldb.Tx, who Identity, phc string) error {
	if err := a.ownable(ctx, tx, who.Person, who.Email); err != nil {
		return err
	}
	return tx.AddLogin(ctx, centraldb.Login{Email: who.Email, Role: who.Role, Person: who.Person, Password: phc, CreatedAt: a.now().UnixNano()})
}

// renew gives an account that is there a new beginning. Whoever holds an owner's
// code is an owner, also with an account that was closed or was less.
func (a *Access) renew(ctx context.Context, tx *centraldb.Tx, i centraldb.Invitation, l *centraldb.Login, phc string) error {
	if i.Email == "" {
		l.Role, l.ClosedAt = i.Role, 0
		if err := tx.SetLogin(ctx, *l); err != nil {
			return err
		}
	}
	if l.ClosedAt != 0 {
		return problem.New(problem.Conflict, "This account is closed.", "Ask an owner.").With("field", "code")
	}
	return a.begone(ctx, tx, l.Email, phc)
}

// begone sets a new password and ends every other way in: whoever knew the old one
// may have made tokens, and codes for accounts of their own.
func (a *Access) begone(ctx context.Context, tx *centraldb.Tx, email, phc string) error {
	if err := tx.SetPassword(ctx, email, phc); err != nil {
		return err
	}
	if err := tx.EndSessions(ctx, email, nil); err != nil {
		return err
	}
	if err := tx.RemovePasskeys(ctx, email); err != nil {
		return err
	}
	if err := tx.RevokeTokens(ctx, email, a.now().UnixNano()); err != nil {
		return err
	}
	if err := tx.EndInvitationsBy(ctx, email); err != nil {
		return err
	}
	return tx.SetRecoveryCodes(ctx, email, nil)
}

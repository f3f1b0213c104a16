package access

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// LoginByPasskey begins a session for whoever has answered a ceremony of
// LoginPasskey. Errors: problem.Unauthenticated, problem.Expired, and
// problem.Limited after too many failures from one address.
func (a *Access) LoginByPasskey(ctx context.Context, id string, answer []byte, v Visit) (secret string, who Identity, err error) {
	s, err := a.shown(ctx, LoginPasskey, "", id, answer, v.Address)
	if err != nil {
		return "", who, err
	}
	l, err := a.store.Login(ctx, s.before.Email)
	if err != nil || l.ClosedAt != 0 {
		return "", who, errPasskey(err)
	}
	who = Identity{Email: l.Email, Role: l.Role, Person: l.Person, Proved: a.now()}
	err = a.store.Update(ctx, func(tx *centraldb.Tx) error {
		if err := tx.UsePasskey(ctx, s.before, s.after, a.now().UnixNano()); err != nil {
			return err
		}
		secret, err = a.begin(ctx, tx, who, v, "passkey")
		return err
	})
	if err != nil {
		return "", Identity{}, err
	}
	return secret, who, nil
}

// ReproveByPasskey makes a session fresh whose bearer has answered a ceremony of
// ConfirmPasskey. Errors as of Session and LoginByPasskey.
func (a *Access) ReproveByPasskey(ctx context.Context, secret, id string, answer []byte, address string) error {
	who, err := a.Session(ctx, secret)
	if err != nil {
		return err
	}
	s, err := a.shown(ctx, ConfirmPasskey, secret, id, answer, address)
	if err != nil {
		return err
	}
	if s.before.Email != who.Email {
		return errPasskey(nil)
	}
	return a.store.Update(ctx, func(tx *centraldb.Tx) error {
		if err := tx.UsePasskey(ctx, s.before, s.after, a.now().UnixNano()); err != nil {
			return err
		}
		return a.prove(ctx, tx, secret, who, "passkey")
	})
}

// shown is a passkey that was shown, before and after.
type shown struct {
	before centraldb.Passkey
	after  string
}

// shown checks the answer to a ceremony, charged as a guess from its address.
func (a *Access) shown(ctx context.Context, p Purpose, secret, id string, answer []byte, address string) (shown, error) {
	open, err := a.open.take(id, p, secret, a.now())
	if err != nil {
		return shown{}, err
	}
	if err := a.charge(ctx, addressBucket(address)); err != nil {
		return shown{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return shown{}, errPasskey(err)
	}
	row, err := a.store.Passkey(ctx, parsed.RawID)
	if problem.Is(err, problem.NotFound) {
		return shown{}, errPasskey(err)
	}
	if err != nil {
		return shown{}, err
	}
	used, err := a.validate(ctx, open, row, parsed)
	if err != nil {
		return shown{}, err
	}
	if used.Authenticator.CloneWarning {
		return shown{}, a.cloned(ctx, row)
	}
	text, err := json.Marshal(used)
	if err != nil {
		return shown{}, fmt.Errorf("encode passkey: %w", err)
	}
	return shown{row, string(text)}, a.refund(ctx, addressBucket(address))
}

func (a *Access) validate(ctx context.Context, open ceremony, row centraldb.Passkey, parsed *protocol.ParsedCredentialAssertionData) (*webauthn.Credential, error) {
	site, err := party(open.host)
	if err != nil {
		return nil, err
	}
	b, err := a.bearer(ctx, row.Email)
	if err != nil {
		return nil, err
	}
	var used *webauthn.Credential
	if open.purpose == LoginPasskey {
		used, err = site.ValidateDiscoverableLogin(func([]byte, []byte) (webauthn.User, error) { return b, nil }, open.data, parsed)
	} else {
		used, err = site.ValidateLogin(b, open.data, parsed)
	}
	if err != nil {
		return nil, errPasskey(err)
	}
	return used, nil
}

// cloned refuses a passkey whose counter went backwards: somebody has a copy.
func (a *Access) cloned(ctx context.Context, k centraldb.Passkey) error {
	err := a.store.Update(ctx, func(tx *centraldb.Tx) error {
		err := tx.AddNotice(ctx, centraldb.Notice{
			At: a.now().UnixNano(), Kind: "passkey.copied", Audience: centraldb.ToOwners, Path: "/accounts",
			Title: "A passkey of " + k.Email + " may have been copied",
			Body:  "The passkey “" + k.Name + "” of " + k.Email + " was shown with an older counter than before, and was refused. Remove it, and make a new one.",
		})
		if err != nil {
			return err
		}
		return a.audit.Record(ctx, tx, "central", "passkey.copied", k.Email, map[string]any{"name": k.Name})
	})
	if err != nil {
		return err
	}
	return errPasskey(nil)
}

package access

import (
	"context"
	"encoding/hex"
	"strings"
	"time"
	"unicode"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// TokenPrefix begins every API token, so that scanners find one that leaked.
const TokenPrefix = "timepost_"

// Token is what may be shown of an API token. ID names it; it opens nothing.
type Token struct {
	ID        string
	Name      string
	CreatedAt time.Time
	Scope     Scope
	UsedAt    time.Time // zero: never; within an hour
	Expires   time.Time // zero: never
	Revoked   bool
}

// NewToken is a token to be. The zero Scope is all, the zero Expires never.
type NewToken struct {
	Name    string
	Scope   Scope
	Expires time.Time
}

// CreateToken makes an API token that acts as who. It is shown this once. Errors:
// problem.Invalid with the detail "field"; problem.Unauthenticated where the password
// that who has shown is another by now.
func (a *Access) CreateToken(ctx context.Context, who Identity, n NewToken) (string, error) {
	name := strings.TrimSpace(n.Name)
	if name == "" || len(name) > 100 || strings.ContainsFunc(name, unicode.IsControl) {
		return "", problem.New(problem.Invalid, "A token needs a name of at most 100 bytes.", "Name the machine or program that uses it.").With("field", "name")
	}
	scope := n.Scope
	if scope == "" {
		scope = ScopeAll
	}
	if err := scope.check(); err != nil {
		return "", err
	}
	var expires int64
	if !n.Expires.IsZero() {
		if !n.Expires.After(a.now()) {
			return "", problem.New(problem.Invalid, "This day is over.", "Choose a later one, or none.").With("field", "expires")
		}
		if n.Expires.Year() >= 2200 { // beyond 2262 unix nanoseconds end
			return "", problem.New(problem.Invalid, "This day is too far away.", "Choose one before 2200, or none.").With("field", "expires")
		}
		expires = n.Expires.UnixNano()
	}
	text, hash, err := a.secret(TokenPrefix)
	if err != nil {
		return "", err
	}
	err = a.store.Update(ctx, func(tx *centraldb.Tx) error {
		if err := who.unchanged(ctx, tx); err != nil {
			return err
		}
		k := centraldb.Token{IDHash: hash, Name: name, Email: who.Email, Scope: string(scope), CreatedAt: a.now().UnixNano(), ExpiresAt: expires}
		if err := tx.AddToken(ctx, k); err != nil {
			return err
		}
		return a.audit.Record(ctx, tx, who.Email, "token.create", tokenID(hash), map[string]any{"name": name, "scope": scope})
	})
	if err != nil {
		return "", err
	}
	return text, nil
}

// Token says who a token acts as; problem.Unauthenticated.
func (a *Access) Token(ctx context.Context, text string) (Identity, error) {
	if !strings.HasPrefix(text, TokenPrefix) {
		return Identity{}, errNoToken()
	}
	k, err := a.store.Token(ctx, hashSecret(text))
	if problem.Is(err, problem.NotFound) || err == nil && k.RevokedAt != 0 {
		return Identity{}, errNoToken()
	}
	if err != nil {
		return Identity{}, err
	}
	now := a.now()
	if k.ExpiresAt != 0 && now.UnixNano() >= k.ExpiresAt {
		return Identity{}, problem.New(problem.Unauthenticated, "This token has expired.", "Make a new one: fleet login")
	}
	if now.Sub(time.Unix(0, k.UsedAt)) > time.Hour {
		err := a.store.Update(ctx, func(tx *centraldb.Tx) error { return tx.TouchToken(ctx, k.IDHash, now.UnixNano()) })
		if err != nil {
			return Identity{}, err
		}
	}
	return Identity{Email: k.Email, Role: k.Role, Person: k.Person, Scope: Scope(k.Scope), token: string(k.IDHash)}, nil
}

// Tokens lists who's tokens, newest first.
func (a *Access) Tokens(ctx context.Context, who Identity) ([]Token, error) {
	rows, err := a.store.Tokens(ctx, who.Email)
	if err != nil {
		return nil, err
	}
	out := make([]Token, len(rows))
	for i, k := range rows {
		out[i] = Token{ID: tokenID(k.IDHash), Name: k.Name, CreatedAt: time.Unix(0, k.CreatedAt).UTC(), Scope: Scope(k.Scope), Revoked: k.RevokedAt != 0}
		if k.ExpiresAt != 0 {
			out[i].Expires = time.Unix(0, k.ExpiresAt).UTC()
		}
		if k.UsedAt != 0 {
			out[i].UsedAt = time.Unix(0, k.UsedAt).UTC()
		}
	}
	return out, nil
}

// RevokeToken closes one of who's tokens for ever; problem.NotFound.
func (a *Access) RevokeToken(ctx context.Context, who Identity, id string) error {
	rows, err := a.store.Tokens(ctx, who.Email)
	if err != nil {
		return err
	}
	for _, k := range rows {
		if tokenID(k.IDHash) != id {
			continue
		}
		return a.store.Update(ctx, func(tx *centraldb.Tx) error {
			if err := tx.RevokeToken(ctx, who.Email, k.IDHash, a.now().UnixNano()); err != nil {
				return err
			}
			return a.audit.Record(ctx, tx, who.Email, "token.revoke", id, map[string]any{"name": k.Name})
		})
	}
	return problem.New(problem.NotFound, "There is no such token.", "Look at the list again.")
}

func tokenID(hash []byte) string { return hex.EncodeToString(hash[:8]) }

func errNoToken() error {
	return problem.New(problem.Unauthenticated, "This token is not valid.", "Make a new one: fleet login")
}

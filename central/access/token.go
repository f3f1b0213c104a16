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
	UsedAt    time.Time // zero: never; within an hour
	Revoked   bool
}

// CreateToken makes an API token that acts as who. It is shown this once.
func (a *Access) CreateToken(ctx context.Context, who Identity, name string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" || len(name) > 100 || strings.ContainsFunc(name, unicode.IsControl) {
		return "", problem.New(problem.Invalid, "A token needs a name of at most 100 bytes.", "Name the machine or program that uses it.")
	}
	text, hash, err := a.secret(TokenPrefix)
	if err != nil {
		return "", err
	}
	err = a.store.Update(ctx, func(tx *centraldb.Tx) error {
		k := centraldb.Token{IDHash: hash, Name: name, Email: who.Email, CreatedAt: a.now().UnixNano()}
		if err := tx.AddToken(ctx, k); err != nil {
			return err
		}
		return a.audit.Record(ctx, tx, who.Email, "token.create", tokenID(hash), map[string]any{"name": name})
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
	if now := a.now(); now.Sub(time.Unix(0, k.UsedAt)) > time.Hour {
		err := a.store.Update(ctx, func(tx *centraldb.Tx) error { return tx.TouchToken(ctx, k.IDHash, now.UnixNano()) })
		if err != nil {
			return Identity{}, err
		}
	}
	return Identity{Email: k.Email, Role: k.Role}, nil
}

// Tokens lists who's tokens, newest first.
func (a *Access) Tokens(ctx context.Context, who Identity) ([]Token, error) {
	rows, err := a.store.Tokens(ctx, who.Email)
	if err != nil {
		return nil, err
	}
	out := make([]Token, len(rows))
	for i, k := range rows {
		out[i] = Token{ID: tokenID(k.IDHash), Name: k.Name, CreatedAt: time.Unix(0, k.CreatedAt).UTC(), Revoked: k.RevokedAt != 0}
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

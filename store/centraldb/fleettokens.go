package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// FleetToken is a secret by which many machines become kiosks. Instants are unix
// nanoseconds.
type FleetToken struct {
	ID          string
	HMAC        []byte // of the token; the token itself is not stored
	Names       string // pattern of the kiosks' names
	Zone        string // IANA
	RequiresPIN bool
	Lang        string
	Uses        int // at most
	Used        int
	CreatedAt   int64
	CreatedBy   string
	ExpiresAt   int64
	RevokedAt   int64 // 0: it was not
}

// TokenUse is one machine that became a kiosk by a token.
type TokenUse struct {
	Token  string
	CSRKey string // SHA-256 of the CSR's public key, hex
	Kiosk  string
	At     int64
	Reply  []byte // what was answered, to be repeated to the same key
}

const tokenRows = `SELECT t.id, t.hmac, t.names, t.zone, t.requires_pin, t.lang, t.uses,
	(SELECT COUNT(*) FROM fleet_token_uses u WHERE u.token = t.id), t.created_at, t.created_by, t.expires_at, t.revoked_at FROM fleet_tokens t`

func scanFleetToken(r interface{ Scan(...any) error }) (FleetToken, error) {
	var t FleetToken
	err := r.Scan(&t.ID, &t.HMAC, &t.Names, &t.Zone, &t.RequiresPIN, &t.Lang, &t.Uses, &t.Used, &t.CreatedAt, &t.CreatedBy, &t.ExpiresAt, &t.RevokedAt)
	return t, err
}

// AddFleetToken stores a new token.
func (t *Tx) AddFleetToken(ctx context.Context, f FleetToken) error {
	_, err := t.tx.ExecContext(ctx, `INSERT INTO fleet_tokens (id, hmac, names, zone, requires_pin, lang, uses, created_at, created_by, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		f.ID, f.HMAC, f.Names, f.Zone, flag(f.RequiresPIN), f.Lang, f.Uses, f.CreatedAt, f.CreatedBy, f.ExpiresAt)
	if err != nil {
		return fmt.Errorf("add fleet token: %w", err)
	}
	return nil
}

// FleetTokens reads all tokens, the newest first.
func (d *DB) FleetTokens(ctx context.Context) ([]FleetToken, error) {
	var out []FleetToken
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		t, err := scanFleetToken(r)
		out = append(out, t)
		return err
	}, tokenRows+` ORDER BY t.created_at DESC, t.id`)
	if err != nil {
		return nil, fmt.Errorf("read fleet tokens: %w", err)
	}
	return out, nil
}

// FleetToken finds a token by its HMAC; problem.NotFound.
func (t *Tx) FleetToken(ctx context.Context, hmac []byte) (FleetToken, error) {
	f, err := scanFleetToken(t.tx.QueryRowContext(ctx, tokenRows+` WHERE t.hmac = $1`, hmac))
	if errors.Is(err, sql.ErrNoRows) {
		return f, notFound("fleet token")
	}
	if err != nil {
		return f, fmt.Errorf("read fleet token: %w", err)
	}
	return f, nil
}

// RevokeFleetToken ends a token; problem.NotFound where there is none that goes on.
func (t *Tx) RevokeFleetToken(ctx context.Context, id string, at int64) error {
	return exec(ctx, t.tx, notFound("fleet token"), `UPDATE fleet_tokens SET revoked_at = $1 WHERE id = $2 AND revoked_at = 0`, at, id)
}

// TokenUse reads how a key used a token; the zero TokenUse where it did not.
func (t *Tx) TokenUse(ctx context.Context, token, csrKey string) (TokenUse, error) {
	var u TokenUse
	err := t.tx.QueryRowContext(ctx, `SELECT token, csr_key, kiosk, at, reply FROM fleet_token_uses WHERE token = $1 AND csr_key = $2`, token, csrKey).
		Scan(&u.Token, &u.CSRKey, &u.Kiosk, &u.At, &u.Reply)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return u, fmt.Errorf("read use of fleet token: %w", err)
	}
	return u, nil
}

// AddTokenUse writes that a machine became a kiosk.
func (t *Tx) AddTokenUse(ctx context.Context, u TokenUse) error {
	_, err := t.tx.ExecContext(ctx, `INSERT INTO fleet_token_uses (token, csr_key, kiosk, at, reply) VALUES ($1, $2, $3, $4, $5)`,
		u.Token, u.CSRKey, u.Kiosk, u.At, u.Reply)
	if err != nil {
		return fmt.Errorf("write use of fleet token: %w", err)
	}
	return nil
}

// KioskNames reads the names of all kiosks.
func (t *Tx) KioskNames(ctx context.Context) ([]string, error) {
	return strs(ctx, t.tx, `SELECT name FROM kiosks`)
}

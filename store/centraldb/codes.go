package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Code is one enrolment code. Instants are unix nanoseconds.
type Code struct {
	HMAC      []byte // of the code; the code itself is not stored
	Kiosk     string
	CreatedAt int64
	ExpiresAt int64
	UsedAt    int64  // 0: not yet
	UsedBy    string // SHA-256 of the CSR's public key, hex
	Reply     []byte // what was answered, to be repeated to the same key
}

// AddCode stores a new code and takes back the kiosk's unused ones.
func (t *Tx) AddCode(ctx context.Context, c Code) error {
	if _, err := t.tx.ExecContext(ctx, `DELETE FROM enrolment_codes WHERE kiosk = $1 AND used_at = 0`, c.Kiosk); err != nil {
		return fmt.Errorf("take back codes: %w", err)
	}
	_, err := t.tx.ExecContext(ctx, `INSERT INTO enrolment_codes (code_hmac, kiosk, created_at, expires_at) VALUES ($1, $2, $3, $4)`,
		c.HMAC, c.Kiosk, c.CreatedAt, c.ExpiresAt)
	if err != nil {
		return fmt.Errorf("add code: %w", err)
	}
	return nil
}

// Code finds a code by its HMAC; problem.NotFound.
func (t *Tx) Code(ctx context.Context, hmac []byte) (Code, error) {
	var c Code
	err := t.tx.QueryRowContext(ctx, `SELECT code_hmac, kiosk, created_at, expires_at, used_at, used_by, reply
		FROM enrolment_codes WHERE code_hmac = $1`, hmac).
		Scan(&c.HMAC, &c.Kiosk, &c.CreatedAt, &c.ExpiresAt, &c.UsedAt, &c.UsedBy, &c.Reply)
	if errors.Is(err, sql.ErrNoRows) {
		return c, notFound("enrolment code")
	}
	if err != nil {
		return c, fmt.Errorf("read code: %w", err)
	}
	return c, nil
}

// UseCode marks a code as used, with the answer it got.
func (t *Tx) UseCode(ctx context.Context, c Code) error {
	return exec(ctx, t.tx, notFound("enrolment code"),
		`UPDATE enrolment_codes SET used_at = $1, used_by = $2, reply = $3 WHERE code_hmac = $4 AND used_at = 0`,
		c.UsedAt, c.UsedBy, c.Reply, c.HMAC)
}

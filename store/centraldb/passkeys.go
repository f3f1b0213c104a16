package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store"
)

// Passkey is a public key that logs its bearer in. Instants are unix nanoseconds.
type Passkey struct {
	ID         []byte
	Email      string
	Name       string
	Credential string // JSON of package access: public key, counter, flags
	CreatedAt  int64
	UsedAt     int64 // 0: never
}

// AddPasskey stores a passkey; problem.Conflict where its id is known.
func (t *Tx) AddPasskey(ctx context.Context, k Passkey) error {
	_, err := t.tx.ExecContext(ctx, `INSERT INTO passkeys (id, email, name, credential, created_at) VALUES ($1, $2, $3, $4, $5)`,
		k.ID, k.Email, k.Name, k.Credential, k.CreatedAt)
	if store.IsDuplicate(err) {
		return problem.New(problem.Conflict, "This passkey is there already.", "Use another device, or the passkey that you have.")
	}
	if err != nil {
		return fmt.Errorf("add passkey: %w", err)
	}
	return nil
}

// Passkey reads a passkey; problem.NotFound.
func (d *DB) Passkey(ctx context.Context, id []byte) (Passkey, error) {
	k := Passkey{ID: id}
	err := d.db.Reader().QueryRowContext(ctx, `SELECT email, name, credential, created_at, used_at FROM passkeys WHERE id = $1`, id).
		Scan(&k.Email, &k.Name, &k.Credential, &k.CreatedAt, &k.UsedAt)
	if errors.Is(err, sql.ErrNoRows) {
		return k, notFound("passkey")
	}
	if err != nil {
		return k, fmt.Errorf("read passkey: %w", err)
	}
	return k, nil
}

// Passkeys reads an account's passkeys, oldest first.
func (d *DB) Passkeys(ctx context.Context, email string) ([]Passkey, error) {
	var out []Passkey
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		k := Passkey{Email: email}
		err := r.Scan(&k.ID, &k.Name, &k.Credential, &k.CreatedAt, &k.UsedAt)
		out = append(out, k)
		return err
	}, `SELECT id, name, credential, created_at, used_at FROM passkeys WHERE email = $1 ORDER BY created_at, id`, email)
	if err != nil {
		return nil, fmt.Errorf("read passkeys: %w", err)
	}
	return out, nil
}

// UsePasskey stores what a login has changed in a passkey; problem.Conflict where
// it is not what was read before: two logins with it at once.
func (t *Tx) UsePasskey(ctx context.Context, before Passkey, credential string, now int64) error {
	other := problem.New(problem.Conflict, "This passkey was used twice at once.", "Try again.")
	return exec(ctx, t.tx, other, `UPDATE passkeys SET credential = $1, used_at = $2 WHERE id = $3 AND credential = $4`,
		credential, now, before.ID, before.Credential)
}

// RemovePasskey removes a passkey of the account; problem.NotFound.
func (t *Tx) RemovePasskey(ctx context.Context, email string, id []byte) error {
	return exec(ctx, t.tx, notFound("passkey"), `DELETE FROM passkeys WHERE id = $1 AND email = $2`, id, email)
}

// RemovePasskeys removes all passkeys of the account.
func (t *Tx) RemovePasskeys(ctx context.Context, email string) error {
	return exec(ctx, t.tx, nil, `DELETE FROM passkeys WHERE email = $1`, email)
}

// SetRecoveryCodes replaces an account's recovery codes by those of the hashes.
func (t *Tx) SetRecoveryCodes(ctx context.Context, email string, hashes [][]byte) error {
	if err := exec(ctx, t.tx, nil, `DELETE FROM recovery_codes WHERE email = $1`, email); err != nil {
		return fmt.Errorf("remove recovery codes: %w", err)
	}
	for _, h := range hashes {
		if err := exec(ctx, t.tx, nil, `INSERT INTO recovery_codes (code_hash, email) VALUES ($1, $2)`, h, email); err != nil {
			return fmt.Errorf("add recovery code: %w", err)
		}
	}
	return nil
}

// UseRecoveryCode takes a recovery code of the account; problem.NotFound where it
// is not one, or was used.
func (t *Tx) UseRecoveryCode(ctx context.Context, email string, hash []byte, now int64) error {
	return exec(ctx, t.tx, notFound("recovery code"), `UPDATE recovery_codes SET used_at = $1 WHERE code_hash = $2 AND email = $3 AND used_at = 0`,
		now, hash, email)
}

// RecoveryLeft counts an account's recovery codes that have not been used.
func (d *DB) RecoveryLeft(ctx context.Context, email string) (int, error) {
	n, err := count(ctx, d.db.Reader(), `SELECT count(*) FROM recovery_codes WHERE email = $1 AND used_at = 0`, email)
	if err != nil {
		return 0, fmt.Errorf("count recovery codes: %w", err)
	}
	return n, nil
}

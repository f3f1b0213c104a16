package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Renewal is the newest certificate that a kiosk got without being enrolled anew.
type Renewal struct {
	Kiosk    string
	CSRKey   string // hex, SHA-256 of the key it was made for
	Cert     []byte // DER
	Previous string // hex, SHA-256 of the certificate before; "": the new one was used
	At       int64  // unix nanoseconds
}

// Renewal reads the last renewal of a kiosk; the zero Renewal where there is none.
func (d *DB) Renewal(ctx context.Context, kiosk string) (Renewal, error) {
	return renewal(ctx, d.db.Reader(), kiosk)
}

// Renewal reads the last renewal of a kiosk; the zero Renewal where there is none.
func (t *Tx) Renewal(ctx context.Context, kiosk string) (Renewal, error) {
	return renewal(ctx, t.tx, kiosk)
}

func renewal(ctx context.Context, q querier, kiosk string) (Renewal, error) {
	var r Renewal
	err := q.QueryRowContext(ctx, `SELECT kiosk, csr_key, cert, previous, at FROM kiosk_renewals WHERE kiosk = $1`, kiosk).
		Scan(&r.Kiosk, &r.CSRKey, &r.Cert, &r.Previous, &r.At)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return r, fmt.Errorf("read renewal: %w", err)
	}
	return r, nil
}

// SetRenewal writes the last renewal of a kiosk.
func (t *Tx) SetRenewal(ctx context.Context, r Renewal) error {
	_, err := t.tx.ExecContext(ctx, `INSERT INTO kiosk_renewals (kiosk, csr_key, cert, previous, at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (kiosk) DO UPDATE SET csr_key = excluded.csr_key, cert = excluded.cert, previous = excluded.previous, at = excluded.at`,
		r.Kiosk, r.CSRKey, r.Cert, r.Previous, r.At)
	if err != nil {
		return fmt.Errorf("write renewal: %w", err)
	}
	return nil
}

// ForgetRenewal removes it: the kiosk was enrolled anew, or revoked.
func (t *Tx) ForgetRenewal(ctx context.Context, kiosk string) error {
	if _, err := t.tx.ExecContext(ctx, `DELETE FROM kiosk_renewals WHERE kiosk = $1`, kiosk); err != nil {
		return fmt.Errorf("forget renewal: %w", err)
	}
	return nil
}

package centraldb

import (
	"context"
	"database/sql"
	"fmt"
)

// Certificate is a certificate that a kiosk was given. Instants are unix nanoseconds.
type Certificate struct {
	Serial    string // hex
	Kiosk     string
	RecordKey []byte // that it vouches for
	From      int64
	Until     int64
}

// RevokedCertificate is one whose kiosk is not to be let in by it any more, because it
// was revoked or has other keys now.
type RevokedCertificate struct {
	Serial string // hex
	Kiosk  string
	At     int64  // unix nanoseconds
	Status string // of the kiosk, as Kiosk has it; "": there is no such kiosk
}

// AddCertificate notes a certificate for the kiosk, and forgets those that have ended
// by now, unix nanoseconds.
func (t *Tx) AddCertificate(ctx context.Context, c Certificate, now int64) error {
	if _, err := t.tx.ExecContext(ctx, `DELETE FROM kiosk_certificates WHERE until < $1`, now); err != nil {
		return fmt.Errorf("forget certificates: %w", err)
	}
	_, err := t.tx.ExecContext(ctx, `INSERT INTO kiosk_certificates (serial, kiosk, record_key, from_at, until) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (serial) DO NOTHING`, c.Serial, c.Kiosk, blob(c.RecordKey), c.From, c.Until)
	if err != nil {
		return fmt.Errorf("note certificate: %w", err)
	}
	return nil
}

// RevokedCertificates reads those that have not ended by now, unix nanoseconds, ordered
// by serial number. A certificate is good as long as its kiosk is enrolled with the keys
// it vouches for.
func (d *DB) RevokedCertificates(ctx context.Context, now int64) ([]RevokedCertificate, error) {
	var out []RevokedCertificate
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var c RevokedCertificate
		err := r.Scan(&c.Serial, &c.Kiosk, &c.At, &c.Status)
		out = append(out, c)
		return err
	}, `SELECT c.serial, c.kiosk, CASE WHEN i.until > c.from_at THEN i.until ELSE c.from_at END, COALESCE(k.status, '')
		FROM kiosk_certificates c
		LEFT JOIN kiosks k ON k.id = c.kiosk
		LEFT JOIN kiosk_identities i ON i.kiosk = c.kiosk AND i.record_key = c.record_key
		WHERE c.until >= $1 AND NOT (COALESCE(k.status, '') = $2 AND k.record_key = c.record_key)
		ORDER BY c.serial`, now, KioskEnrolled)
	if err != nil {
		return nil, fmt.Errorf("read revoked certificates: %w", err)
	}
	return out, nil
}

// UnnotedReplies reads the answers to enrolments since an instant, unix nanoseconds, of
// kiosks of which no certificate is noted: those from before certificates were.
func (t *Tx) UnnotedReplies(ctx context.Context, since int64) ([][]byte, error) {
	var out [][]byte
	err := each(ctx, t.tx, func(r *sql.Rows) error {
		var reply []byte
		err := r.Scan(&reply)
		out = append(out, reply)
		return err
	}, `SELECT c.reply FROM enrolment_codes c WHERE c.used_at >= $1 AND c.reply IS NOT NULL
		AND NOT EXISTS (SELECT 1 FROM kiosk_certificates x WHERE x.kiosk = c.kiosk)`, since)
	if err != nil {
		return nil, fmt.Errorf("read enrolments: %w", err)
	}
	return out, nil
}

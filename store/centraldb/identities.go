package centraldb

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Why an identity ended.
const (
	IdentityRevoked  = "revoked"  // somebody took it away
	IdentityWiped    = "wiped"    // the machine has forgotten it, as it was told to
	IdentityReplaced = "replaced" // the kiosk was enrolled anew
)

// Identity is one set of keys that a kiosk has or had. What was signed with keys
// that have ended can still be verified; it is not counted by itself. Instants
// are unix nanoseconds.
type Identity struct {
	Kiosk      string
	RecordKey  []byte // Ed25519 public
	SealKey    []byte // X25519 public
	CertSHA256 string // hex, of the newest certificate
	Since      int64
	Until      int64  // 0: it is in force
	Ended      string // IdentityRevoked, IdentityWiped, IdentityReplaced; "": it is in force
}

const identityColumns = `i.kiosk, i.record_key, i.seal_key, i.cert_sha256, i.since, i.until, i.ended`

func scanIdentity(r interface{ Scan(...any) error }) (Identity, error) {
	var i Identity
	err := r.Scan(&i.Kiosk, &i.RecordKey, &i.SealKey, &i.CertSHA256, &i.Since, &i.Until, &i.Ended)
	return i, err
}

// Identity reads the identity of a kiosk that has this record key, in force or
// ended; problem.NotFound.
func (d *DB) Identity(ctx context.Context, kiosk string, recordKey []byte) (Identity, error) {
	return identity(ctx, d.db.Reader(), kiosk, recordKey)
}

// Identity reads the identity of a kiosk that has this record key, in force or
// ended; problem.NotFound.
func (t *Tx) Identity(ctx context.Context, kiosk string, recordKey []byte) (Identity, error) {
	return identity(ctx, t.tx, kiosk, recordKey)
}

func identity(ctx context.Context, q querier, kiosk string, recordKey []byte) (Identity, error) {
	i, err := scanIdentity(q.QueryRowContext(ctx,
		`SELECT `+identityColumns+` FROM kiosk_identities i WHERE i.kiosk = $1 AND i.record_key = $2`, kiosk, blob(recordKey)))
	if errors.Is(err, sql.ErrNoRows) {
		return i, notFound("key of this kiosk")
	}
	if err != nil {
		return i, fmt.Errorf("read identity of kiosk: %w", err)
	}
	return i, nil
}

// Identities reads all identities a kiosk has had, the newest first.
func (d *DB) Identities(ctx context.Context, kiosk string) ([]Identity, error) {
	return identities(ctx, d.db.Reader(), kiosk)
}

// Identities reads all identities a kiosk has had, the newest first.
func (t *Tx) Identities(ctx context.Context, kiosk string) ([]Identity, error) {
	return identities(ctx, t.tx, kiosk)
}

func identities(ctx context.Context, q querier, kiosk string) ([]Identity, error) {
	var out []Identity
	err := each(ctx, q, func(r *sql.Rows) error {
		i, err := scanIdentity(r)
		out = append(out, i)
		return err
	}, `SELECT `+identityColumns+` FROM kiosk_identities i WHERE i.kiosk = $1 ORDER BY i.until = 0 DESC, i.since DESC, i.record_key`, kiosk)
	if err != nil {
		return nil, fmt.Errorf("read identities of kiosk: %w", err)
	}
	return out, nil
}

// AllIdentities reads every identity that kiosks have had, by kiosk, the newest first.
func (d *DB) AllIdentities(ctx context.Context) (map[string][]Identity, error) {
	out := map[string][]Identity{}
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		i, err := scanIdentity(r)
		out[i.Kiosk] = append(out[i.Kiosk], i)
		return err
	}, `SELECT `+identityColumns+` FROM kiosk_identities i ORDER BY i.kiosk, i.until = 0 DESC, i.since DESC, i.record_key`)
	if err != nil {
		return nil, fmt.Errorf("read identities of kiosks: %w", err)
	}
	return out, nil
}

// EndIdentity ends the identity of a kiosk that is in force, if there is one. At
// is unix nanoseconds, why one of the reasons above.
func (t *Tx) EndIdentity(ctx context.Context, kiosk string, at int64, why string) error {
	_, err := t.tx.ExecContext(ctx, `UPDATE kiosk_identities SET until = $1, ended = $2 WHERE kiosk = $3 AND until = 0`, max(at, 1), why, kiosk)
	if err != nil {
		return fmt.Errorf("end identity of kiosk: %w", err)
	}
	return nil
}

// keepIdentity makes the history follow the kiosk's row: another record key ends
// the one before, another certificate of the same key is written to it.
func (t *Tx) keepIdentity(ctx context.Context, k Kiosk) error {
	if k.Status != KioskEnrolled || len(k.RecordKey) == 0 {
		return nil
	}
	var now []byte
	err := t.tx.QueryRowContext(ctx, `SELECT record_key FROM kiosk_identities WHERE kiosk = $1 AND until = 0`, k.ID).Scan(&now)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read identity of kiosk: %w", err)
	}
	if now != nil && !bytes.Equal(now, k.RecordKey) {
		if err := t.EndIdentity(ctx, k.ID, k.EnrolledAt, IdentityReplaced); err != nil {
			return err
		}
	}
	_, err = t.tx.ExecContext(ctx, `INSERT INTO kiosk_identities (record_key, kiosk, seal_key, cert_sha256, since) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (kiosk, record_key) DO UPDATE SET seal_key = excluded.seal_key, cert_sha256 = excluded.cert_sha256, until = 0, ended = ''`,
		k.RecordKey, k.ID, blob(k.SealKey), k.CertSHA256, k.EnrolledAt)
	if err != nil {
		return fmt.Errorf("write identity of kiosk: %w", err)
	}
	return nil
}

// LastEnd gives when an identity of the kiosk ended last, unix nanoseconds; 0 where
// none has.
func (t *Tx) LastEnd(ctx context.Context, kiosk string) (int64, error) {
	var at int64
	err := t.tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(until), 0) FROM kiosk_identities WHERE kiosk = $1`, kiosk).Scan(&at)
	if err != nil {
		return 0, fmt.Errorf("read identities of kiosk: %w", err)
	}
	return at, nil
}

// SetCloned writes when a kiosk's keys were found on two machines, unix nanoseconds.
// problem.NotFound.
func (t *Tx) SetCloned(ctx context.Context, kiosk string, at int64) error {
	return exec(ctx, t.tx, notFound("kiosk"), `UPDATE kiosks SET cloned_at = $1 WHERE id = $2`, at, kiosk)
}

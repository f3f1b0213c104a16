package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/timepost/timepost/attendance/pin"
)

// PIN is one subject's PIN as it lies in the table: nothing in it can be read
// without the data key.
type PIN struct {
	Kind      pin.Kind
	Subject   string // a person's or a kiosk's id
	Version   uint64 // counts the subject's PINs, never goes back
	Len       int    // digits; 0: erased
	Sealed    []byte // the digits under the data key
	Tag       []byte // HMAC of the digits; equal PINs have equal tags
	Hash      []byte // the bcrypt hash under the data key; nil: not made yet
	ChangedAt int64  // unix nanoseconds
}

const pinColumns = `s.kind, s.subject, s.version, s.len, s.sealed, s.tag, s.hash, s.changed_at`

func scanPIN(r interface{ Scan(...any) error }) (PIN, error) {
	var p PIN
	err := r.Scan(&p.Kind, &p.Subject, &p.Version, &p.Len, &p.Sealed, &p.Tag, &p.Hash, &p.ChangedAt)
	return p, err
}

// PIN reads a subject's PIN; the zero PIN where there has never been one.
func (t *Tx) PIN(ctx context.Context, kind pin.Kind, subject string) (PIN, error) {
	return readPIN(ctx, t.tx, kind, subject)
}

// PIN reads a subject's PIN; the zero PIN where there has never been one.
func (d *DB) PIN(ctx context.Context, kind pin.Kind, subject string) (PIN, error) {
	return readPIN(ctx, d.db.Reader(), kind, subject)
}

func readPIN(ctx context.Context, q querier, kind pin.Kind, subject string) (PIN, error) {
	p, err := scanPIN(q.QueryRowContext(ctx, `SELECT `+pinColumns+` FROM pins s WHERE s.kind = $1 AND s.subject = $2`, kind, subject))
	if errors.Is(err, sql.ErrNoRows) {
		return PIN{}, nil
	}
	if err != nil {
		return p, fmt.Errorf("read pin: %w", err)
	}
	return p, nil
}

// SetPIN replaces a subject's PIN; its hash is to be made again. A newer version
// of a person's settles their open requests for one.
func (t *Tx) SetPIN(ctx context.Context, p PIN) error {
	if p.Kind == pin.Personal {
		if err := t.settlePINRequests(ctx, p); err != nil {
			return err
		}
	}
	_, err := t.tx.ExecContext(ctx, `INSERT INTO pins (kind, subject, version, len, sealed, tag, hash, changed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (kind, subject) DO UPDATE SET version = excluded.version, len = excluded.len, sealed = excluded.sealed,
		tag = excluded.tag, hash = excluded.hash, changed_at = excluded.changed_at`,
		p.Kind, p.Subject, p.Version, p.Len, p.Sealed, p.Tag, p.Hash, p.ChangedAt)
	if err != nil {
		return fmt.Errorf("write pin: %w", err)
	}
	return nil
}

// AddPINs inserts the first PINs of new subjects.
func (t *Tx) AddPINs(ctx context.Context, pins []PIN) error {
	rows := make([][]any, len(pins))
	for i, p := range pins {
		rows[i] = []any{p.Kind, p.Subject, p.Version, p.Len, p.Sealed, p.Tag, p.ChangedAt}
	}
	if err := insertMany(ctx, t.tx, `INSERT INTO pins (kind, subject, version, len, sealed, tag, changed_at)`, 7, rows); err != nil {
		return fmt.Errorf("add pins: %w", err)
	}
	return nil
}

// Scope says among which PINs the rules look for an equal one.
type Scope int

// The scopes, each leaving out the subject itself and people who are archived.
const (
	ScopePrivileged        Scope = iota // owners' and admins' personal PINs
	ScopeRegular                        // everybody else's personal PINs
	ScopeUniversal                      // kiosks' Universal PINs
	ScopeUniversalAssigned              // Universal PINs of the kiosks that the subject, a person, is assigned to
	ScopeRegularAssigned                // personal PINs of those assigned to the subject, a kiosk, who are neither owner nor admin
)

// from gives the tables and the condition of a scope; $1 is the subject.
func (s Scope) from() string {
	switch s {
	case ScopePrivileged:
		return `pins s JOIN people p ON p.id = s.subject WHERE s.kind = 'personal' AND s.subject <> $1 AND s.len > 0
			AND p.active = 1 AND p.role IN ('owner','admin')`
	case ScopeRegular:
		return `pins s JOIN people p ON p.id = s.subject WHERE s.kind = 'personal' AND s.subject <> $1 AND s.len > 0
			AND p.active = 1 AND p.role NOT IN ('owner','admin')`
	case ScopeUniversal:
		return `pins s WHERE s.kind = 'universal' AND s.subject <> $1`
	case ScopeUniversalAssigned:
		return `people p JOIN assignments a ON ` + assignedTo + ` JOIN pins s ON s.kind = 'universal' AND s.subject = a.kiosk
			WHERE p.id = $1`
	default:
		return `pins s JOIN people p ON p.id = s.subject WHERE s.kind = 'personal' AND s.len > 0 AND p.active = 1
			AND p.role NOT IN ('owner','admin')
			AND EXISTS (SELECT 1 FROM assignments a WHERE a.kiosk = $1 AND ` + assignedTo + `)`
	}
}

// HasTag says whether a PIN with this tag is in the scope.
func (t *Tx) HasTag(ctx context.Context, s Scope, subject string, tag []byte) (bool, error) {
	ok, err := exists(ctx, t.tx, `SELECT 1 FROM `+s.from()+` AND s.tag = $2 LIMIT 1`, subject, tag)
	if err != nil {
		return false, fmt.Errorf("look for equal pins: %w", err)
	}
	return ok, nil
}

// Tags gives the tags in the scope of PINs with n digits, with repeats.
func (t *Tx) Tags(ctx context.Context, s Scope, subject string, n int) ([]string, error) {
	var out []string
	err := each(ctx, t.tx, func(r *sql.Rows) error {
		var tag []byte
		if err := r.Scan(&tag); err != nil {
			return err
		}
		out = append(out, string(tag))
		return nil
	}, `SELECT DISTINCT s.tag FROM `+s.from()+` AND s.len = $2`, subject, n)
	if err != nil {
		return nil, fmt.Errorf("read pin tags: %w", err)
	}
	return out, nil
}

// CountTags counts the different tags in the scope of PINs with n digits.
func (t *Tx) CountTags(ctx context.Context, s Scope, subject string, n int) (int, error) {
	c, err := count(ctx, t.tx, `SELECT COUNT(DISTINCT s.tag) FROM `+s.from()+` AND s.len = $2`, subject, n)
	if err != nil {
		return 0, fmt.Errorf("count pin tags: %w", err)
	}
	return c, nil
}

// ClashingAssignees gives those assigned to the kiosk, neither owner nor admin,
// whose personal PIN has this tag.
func (t *Tx) ClashingAssignees(ctx context.Context, kiosk string, tag []byte) ([]string, error) {
	ids, err := strs(ctx, t.tx, `SELECT DISTINCT p.id FROM `+ScopeRegularAssigned.from()+` AND s.tag = $2 ORDER BY p.id`, kiosk, tag)
	if err != nil {
		return nil, fmt.Errorf("look for clashing pins: %w", err)
	}
	return ids, nil
}

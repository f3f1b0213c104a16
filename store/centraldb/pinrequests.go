package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
)

// PINRequest is somebody's Forgot your PIN?. Instants are unix nanoseconds.
type PINRequest struct {
	ID     int64 // of the record that says so
	Person string
	Kiosk  string
	At     int64  // by the kiosk's clock
	ToldAt int64  // when a notice went out because of it; 0: none did
	DoneAt int64  // 0: open
	DoneBy string // an account, or what has settled it
}

// ByNewerPIN is who has settled a request where a newer PIN has.
const ByNewerPIN = "a newer PIN"

// PINRequestLine is a request as lists show it.
type PINRequestLine struct {
	PINRequest
	PersonName string
	KioskName  string
	Zone       string // the kiosk's
}

// AddPINRequest stores a request; one that is known changes nothing.
func (t *Tx) AddPINRequest(ctx context.Context, r PINRequest) error {
	err := exec(ctx, t.tx, nil, `INSERT INTO pin_requests (id, person, kiosk, at, told_at, done_at, done_by) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (id) DO NOTHING`, r.ID, r.Person, r.Kiosk, r.At, r.ToldAt, r.DoneAt, r.DoneBy)
	if err != nil {
		return fmt.Errorf("add pin request: %w", err)
	}
	return nil
}

// ToldOfPINRequest says whether a notice went out because of a request of the
// person made within the given nanoseconds of at, or has within them before now.
func (t *Tx) ToldOfPINRequest(ctx context.Context, person string, at, now, within int64) (bool, error) {
	told, err := exists(ctx, t.tx, `SELECT 1 FROM pin_requests WHERE person = $1 AND told_at <> 0
		AND (at > $2 AND at < $3 OR told_at > $4) LIMIT 1`, person, at-within, at+within, now-within)
	if err != nil {
		return false, fmt.Errorf("read pin requests: %w", err)
	}
	return told, nil
}

// ToldOfKiosk counts the notices that went out because of requests at a kiosk since
// an instant.
func (t *Tx) ToldOfKiosk(ctx context.Context, kiosk string, since int64) (int, error) {
	n, err := count(ctx, t.tx, `SELECT COUNT(*) FROM pin_requests WHERE kiosk = $1 AND told_at <> 0 AND told_at > $2`, kiosk, since)
	if err != nil {
		return 0, fmt.Errorf("count pin requests: %w", err)
	}
	return n, nil
}

// PINRequests reads a page of the open requests, oldest first, and how many there
// are.
func (d *DB) PINRequests(ctx context.Context, offset, limit int) (page []PINRequestLine, total int, err error) {
	if total, err = count(ctx, d.db.Reader(), `SELECT count(*) FROM pin_requests WHERE done_at = 0`); err != nil {
		return nil, 0, fmt.Errorf("count pin requests: %w", err)
	}
	err = each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var l PINRequestLine
		err := r.Scan(&l.ID, &l.Person, &l.Kiosk, &l.At, &l.PersonName, &l.KioskName, &l.Zone)
		page = append(page, l)
		return err
	}, `SELECT r.id, r.person, r.kiosk, r.at, COALESCE(p.name, ''), COALESCE(k.name, ''), COALESCE(k.zone, '')
		FROM pin_requests r LEFT JOIN people p ON p.id = r.person LEFT JOIN kiosks k ON k.id = r.kiosk
		WHERE r.done_at = 0 ORDER BY r.id LIMIT `+strconv.Itoa(limit)+` OFFSET `+strconv.Itoa(offset))
	if err != nil {
		return nil, 0, fmt.Errorf("read pin requests: %w", err)
	}
	return page, total, nil
}

// DismissPINRequest closes an open request without a new PIN and gives whose it
// is; problem.NotFound where none is open.
func (t *Tx) DismissPINRequest(ctx context.Context, id, now int64, by string) (person string, err error) {
	err = exec(ctx, t.tx, notFound("open request"), `UPDATE pin_requests SET done_at = $1, done_by = $2 WHERE id = $3 AND done_at = 0`, now, by, id)
	if err != nil {
		return "", err
	}
	if err := t.tx.QueryRowContext(ctx, `SELECT person FROM pin_requests WHERE id = $1`, id).Scan(&person); err != nil {
		return "", fmt.Errorf("read pin request: %w", err)
	}
	return person, nil
}

// settlePINRequests closes what a PIN answers that is about to be written. The
// same version again, under another key, answers nothing.
func (t *Tx) settlePINRequests(ctx context.Context, p PIN) error {
	err := exec(ctx, t.tx, nil, `UPDATE pin_requests SET done_at = $1, done_by = $2 WHERE person = $3 AND done_at = 0
		AND NOT EXISTS (SELECT 1 FROM pins WHERE kind = 'personal' AND subject = $3 AND version >= $4)`,
		p.ChangedAt, ByNewerPIN, p.Subject, p.Version)
	if err != nil {
		return fmt.Errorf("settle pin requests: %w", err)
	}
	return nil
}

// PINLock is what a kiosk last reported of failed attempts at a person's PIN. It
// counts while its versions are the person's.
type PINLock struct {
	Person        string
	Kiosk         string
	Failures      int
	Locked        bool
	At            int64 // unix nanoseconds, by the kiosk's clock
	PINVersion    uint64
	UnlockVersion uint64
}

// SetPINLock keeps the newest report of a person and kiosk: newer versions win,
// of equal ones the one that came last, whatever the kiosk's clock says.
func (t *Tx) SetPINLock(ctx context.Context, l PINLock) error {
	err := exec(ctx, t.tx, nil, `INSERT INTO pin_locks (person, kiosk, failures, locked, at, pin_version, unlock_version) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (person, kiosk) DO UPDATE SET failures = excluded.failures, locked = excluded.locked, at = excluded.at,
			pin_version = excluded.pin_version, unlock_version = excluded.unlock_version
		WHERE (excluded.pin_version, excluded.unlock_version) >= (pin_locks.pin_version, pin_locks.unlock_version)`,
		l.Person, l.Kiosk, l.Failures, flag(l.Locked), l.At, l.PINVersion, l.UnlockVersion)
	if err != nil {
		return fmt.Errorf("keep lock: %w", err)
	}
	return nil
}

// PINVersions gives the versions that failed attempts are counted by now; problem.NotFound
// where there is no such person.
func (t *Tx) PINVersions(ctx context.Context, person string) (pin, unlock uint64, err error) {
	err = t.tx.QueryRowContext(ctx, `SELECT COALESCE(s.version, 0), p.unlock_version FROM people p
		LEFT JOIN pins s ON s.kind = 'personal' AND s.subject = p.id WHERE p.id = $1`, person).Scan(&pin, &unlock)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, 0, notFound("person")
	}
	if err != nil {
		return 0, 0, fmt.Errorf("read pin versions: %w", err)
	}
	return pin, unlock, nil
}

// PINFailures gives how many failures kiosks have reported for these versions of
// a person's PIN, and how many kiosks have.
func (t *Tx) PINFailures(ctx context.Context, person string, pin, unlock uint64) (failures, kiosks int, err error) {
	err = t.tx.QueryRowContext(ctx, `SELECT COALESCE(SUM(failures), 0), count(*) FROM pin_locks
		WHERE person = $1 AND pin_version = $2 AND unlock_version = $3`, person, pin, unlock).Scan(&failures, &kiosks)
	if err != nil {
		return 0, 0, fmt.Errorf("add up failures: %w", err)
	}
	return failures, kiosks, nil
}

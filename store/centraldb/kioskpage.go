package centraldb

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/timepost/timepost/attendance/pin"
)

// SetKioskSettings writes what people choose for a kiosk: name, zone, Requires
// PIN, schedule, mode, language, whether a universal punch needs a reason, and how
// its touchscreen is; problem.NotFound.
func (t *Tx) SetKioskSettings(ctx context.Context, k Kiosk) error {
	habits, err := json.Marshal(k.Habits)
	if err != nil {
		return fmt.Errorf("encode habits: %w", err)
	}
	return exec(ctx, t.tx, notFound("kiosk"),
		`UPDATE kiosks SET name = $1, zone = $2, requires_pin = $3, schedule = $4, mode = $5,
		lang = $6, universal_reason = $7, theme = $8, text = $9, habits = $10 WHERE id = $11`,
		k.Name, k.Zone, flag(k.RequiresPIN), k.Schedule, k.Mode, k.Lang, flag(k.UniversalReason), k.Theme, k.Text, string(habits), k.ID)
}

// Assignments reads who is assigned to a kiosk.
func (t *Tx) Assignments(ctx context.Context, kiosk string) (Assignments, error) {
	return assignments(ctx, t.tx, kiosk)
}

// RosterVersions reads the newest roster version of each kiosk that has one.
func (d *DB) RosterVersions(ctx context.Context) (map[string]uint64, error) {
	out := map[string]uint64{}
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var kiosk string
		var v uint64
		err := r.Scan(&kiosk, &v)
		out[kiosk] = v
		return err
	}, `SELECT kiosk, version FROM roster_versions`)
	if err != nil {
		return nil, fmt.Errorf("read roster versions: %w", err)
	}
	return out, nil
}

// OpenCode gives when the kiosk's enrolment code that nobody has used expires,
// unix nanoseconds; 0 where there is none that is good at the instant now.
func (d *DB) OpenCode(ctx context.Context, kiosk string, now int64) (int64, error) {
	var at sql.NullInt64
	err := d.db.Reader().QueryRowContext(ctx,
		`SELECT MAX(expires_at) FROM enrolment_codes WHERE kiosk = $1 AND used_at = 0 AND expires_at > $2`, kiosk, now).Scan(&at)
	if err != nil {
		return 0, fmt.Errorf("look for open code: %w", err)
	}
	return at.Int64, nil
}

// UniversalPIN reads what may be shown of a kiosk's Universal PIN: its length,
// when it was changed (unix nanoseconds) and whether its hash is made. A kiosk
// without one has length 0.
func (d *DB) UniversalPIN(ctx context.Context, kiosk string) (digits int, changed int64, hashed bool, err error) {
	err = each(ctx, d.db.Reader(), func(r *sql.Rows) error { return r.Scan(&digits, &changed, &hashed) },
		`SELECT len, changed_at, hash IS NOT NULL FROM pins WHERE kind = $1 AND subject = $2`, string(pin.Universal), kiosk)
	if err != nil {
		return 0, 0, false, fmt.Errorf("read universal pin: %w", err)
	}
	return digits, changed, hashed, nil
}

// UniversalUses reads the punches made with a kiosk's Universal PIN, the newest
// first. An index of its own keeps it fast among millions of others.
func (d *DB) UniversalUses(ctx context.Context, kiosk string, offset, limit int) ([]PunchLine, error) {
	var out []PunchLine
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		l := PunchLine{Kiosk: kiosk}
		err := r.Scan(&l.ID, &l.Person, &l.PersonName, &l.StaffNo, &l.Team, &l.Action, &l.At, &l.Zone, &l.Project, &l.Note, &l.Auth)
		out = append(out, l)
		return err
	}, `SELECT u.id, u.person, COALESCE(p.name, u.person), COALESCE(p.staff_no, ''), COALESCE(p.team, ''), u.action, u.at, u.zone,
		u.project, u.note, u.auth FROM punches u LEFT JOIN people p ON p.id = u.person
		WHERE u.auth = 'universal' AND u.kiosk = $1 ORDER BY u.at DESC, u.id DESC
		LIMIT `+strconv.Itoa(limit)+` OFFSET `+strconv.Itoa(offset), kiosk)
	if err != nil {
		return nil, fmt.Errorf("read uses of universal pin: %w", err)
	}
	return out, nil
}

// AssignedPeople reads a page of the people who are assigned to a kiosk one by
// one, in name order; archived people are left out.
func (d *DB) AssignedPeople(ctx context.Context, kiosk string, offset, limit int) ([]PersonLine, error) {
	var out []PersonLine
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var l PersonLine
		err := r.Scan(&l.ID, &l.StaffNo, &l.Name, &l.Team, &l.Role, &l.Active)
		out = append(out, l)
		return err
	}, `SELECT p.id, p.staff_no, p.name, p.team, p.role, p.active FROM assignments a JOIN people p ON p.id = a.subject
		WHERE a.kiosk = $1 AND a.kind = 'person' AND p.active = 1 ORDER BY p.search, p.id
		LIMIT `+strconv.Itoa(limit)+` OFFSET `+strconv.Itoa(offset), kiosk)
	if err != nil {
		return nil, fmt.Errorf("read assigned people: %w", err)
	}
	return out, nil
}

package centraldb

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/timepost/timepost/attendance"
)

// Assignee is somebody assigned to a kiosk, with the row of their PIN.
type Assignee struct {
	attendance.Person
	PIN    PIN  // Len 0: there is none
	Locked bool // a kiosk has reported that this PIN is locked, and nobody unlocked it since
}

// Assignees reads the active people assigned to a kiosk, in name order.
func (t *Tx) Assignees(ctx context.Context, kiosk string) ([]Assignee, error) {
	var out []Assignee
	err := each(ctx, t.tx, func(r *sql.Rows) error {
		a := Assignee{}
		s := &a.PIN
		err := r.Scan(&a.ID, &a.StaffNo, &a.Name, &a.Team, &a.Role, &a.Lang, &a.Zone, &a.Active,
			&s.Kind, &s.Subject, &s.Version, &s.Len, &s.Sealed, &s.ChangedAt, &a.Locked)
		out = append(out, a)
		return err
	}, `SELECT `+personColumns+`, 'personal', p.id, COALESCE(s.version, 0), COALESCE(s.len, 0), s.sealed, COALESCE(s.changed_at, 0),
		EXISTS (SELECT 1 FROM pin_locks l WHERE l.person = p.id AND l.locked = 1
			AND l.pin_version = s.version AND l.unlock_version = p.unlock_version)
		FROM people p LEFT JOIN pins s ON s.kind = 'personal' AND s.subject = p.id
		WHERE p.active = 1 AND EXISTS (SELECT 1 FROM assignments a WHERE a.kiosk = $1 AND `+assignedTo+`)
		ORDER BY p.search, p.id`, kiosk)
	if err != nil {
		return nil, fmt.Errorf("read assignees: %w", err)
	}
	return out, nil
}

// UsedPINs gives those assigned to a kiosk who have punched anywhere with the
// PIN they have now.
func (d *DB) UsedPINs(ctx context.Context, kiosk string) (map[string]bool, error) {
	ids, err := strs(ctx, d.db.Reader(), `SELECT p.id FROM people p JOIN pins s ON s.kind = 'personal' AND s.subject = p.id
		WHERE p.active = 1 AND EXISTS (SELECT 1 FROM assignments a WHERE a.kiosk = $1 AND `+assignedTo+`)
		AND EXISTS (SELECT 1 FROM punches u WHERE u.person = p.id AND u.at >= s.changed_at AND u.auth = 'personal')`, kiosk)
	if err != nil {
		return nil, fmt.Errorf("read used pins: %w", err)
	}
	used := make(map[string]bool, len(ids))
	for _, id := range ids {
		used[id] = true
	}
	return used, nil
}

// OwnerAddresses gives the addresses of the owners' accounts that are open.
func (d *DB) OwnerAddresses(ctx context.Context) ([]string, error) {
	emails, err := strs(ctx, d.db.Reader(), `SELECT email FROM logins WHERE role = 'owner' AND closed_at = 0 ORDER BY email`)
	if err != nil {
		return nil, fmt.Errorf("read owners' addresses: %w", err)
	}
	return emails, nil
}

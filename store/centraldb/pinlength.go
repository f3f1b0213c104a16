package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"github.com/timepost/timepost/attendance"
)

// PINLength is the organisation's setting. Since is when it was changed last, in
// unix nanoseconds; 0: never. A personal PIN of another length that was made until
// then is due: it works, and is to be replaced.
type PINLength struct {
	Digits int
	Since  int64
}

// PINLength reads the digits of new personal PINs.
func (d *DB) PINLength(ctx context.Context) (PINLength, error) { return pinLength(ctx, d.db.Reader()) }

// PINLength reads the digits of new personal PINs, as of this transaction.
func (t *Tx) PINLength(ctx context.Context) (PINLength, error) { return pinLength(ctx, t.tx) }

func pinLength(ctx context.Context, q querier) (PINLength, error) {
	var l PINLength
	digits, err := metaValue(ctx, q, "pin_len")
	if err != nil {
		return l, err
	}
	since, err := metaValue(ctx, q, "pin_len_since")
	if err != nil {
		return l, err
	}
	if l.Digits, err = strconv.Atoi(digits); err == nil && since != "" {
		l.Since, err = strconv.ParseInt(since, 10, 64)
	}
	if err != nil {
		return l, fmt.Errorf("read pin length: %w", err)
	}
	return l, nil
}

// SetPINLength writes the setting.
func (t *Tx) SetPINLength(ctx context.Context, l PINLength) error {
	return errors.Join(t.SetMeta(ctx, "pin_len", strconv.Itoa(l.Digits)), t.SetMeta(ctx, "pin_len_since", strconv.FormatInt(l.Since, 10)))
}

// due is the condition that PIN s is due; it begins with the digits' parameter,
// the instant's is the next.
const due = `(s.len <> $1 AND s.changed_at <= $2)`

// TeamDue is how far a change of the PIN length has come in one team.
type TeamDue struct {
	Team   string // "": the people without one
	People int    // active people with a PIN
	Due    int    // of those, the ones whose PIN is due
}

// TeamsDue counts, team by team, the PINs that the newest change of the length
// has left to replace.
func (d *DB) TeamsDue(ctx context.Context) ([]TeamDue, error) {
	l, err := d.PINLength(ctx)
	if err != nil {
		return nil, err
	}
	var out []TeamDue
	err = each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var t TeamDue
		err := r.Scan(&t.Team, &t.People, &t.Due)
		out = append(out, t)
		return err
	}, `SELECT p.team, COUNT(*), SUM(CASE WHEN `+due+` THEN 1 ELSE 0 END)
		FROM people p JOIN pins s ON s.kind = 'personal' AND s.subject = p.id
		WHERE p.active = 1 AND s.len > 0 GROUP BY p.team ORDER BY p.team = '', p.team`, l.Digits, l.Since)
	if err != nil {
		return nil, fmt.Errorf("count due pins: %w", err)
	}
	return out, nil
}

// PeopleDue gives up to limit people of a team whose PIN is due, by name.
func (t *Tx) PeopleDue(ctx context.Context, l PINLength, team string, limit int) ([]attendance.Person, error) {
	var out []attendance.Person
	err := each(ctx, t.tx, func(r *sql.Rows) error {
		p, err := scanPerson(r)
		out = append(out, p)
		return err
	}, `SELECT `+personColumns+` FROM people p JOIN pins s ON s.kind = 'personal' AND s.subject = p.id
		WHERE `+due+` AND p.active = 1 AND s.len > 0 AND p.team = $3 ORDER BY p.search, p.id LIMIT $4`, l.Digits, l.Since, team, limit)
	if err != nil {
		return nil, fmt.Errorf("read due pins: %w", err)
	}
	return out, nil
}

package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"github.com/timepost/timepost/attendance"
)

// TeamFilter chooses a page of people in name order. Empty fields choose
// everybody; Archived chooses those who were archived instead of those who clock in.
type TeamFilter struct {
	Search   string // as in PeopleFilter
	Team     string
	Role     attendance.Role
	Archived bool
	Offset   int
	Limit    int
}

// TeamLine is a person with what may be told of their PIN.
type TeamLine struct {
	attendance.Person
	PINLen       int   // digits; 0: there is no PIN
	PINChangedAt int64 // unix nanoseconds; 0: there has never been one
	Hashed       bool  // the PIN's hash is made, so kiosks can have it
}

const teamColumns = personColumns + `, COALESCE(n.len, 0), COALESCE(n.changed_at, 0), n.hash IS NOT NULL
	FROM people p LEFT JOIN pins n ON n.kind = 'personal' AND n.subject = p.id`

func scanTeamLine(r interface{ Scan(...any) error }) (TeamLine, error) {
	var l TeamLine
	err := r.Scan(&l.ID, &l.StaffNo, &l.Name, &l.Team, &l.Role, &l.Lang, &l.Zone, &l.Active, &l.PINLen, &l.PINChangedAt, &l.Hashed)
	return l, err
}

// TeamPage reads a page of people and how many the filter chooses in all.
func (d *DB) TeamPage(ctx context.Context, f TeamFilter) (page []TeamLine, total int, err error) {
	var w where
	w.add("p.active = ", flag(!f.Archived))
	if f.Team != "" {
		w.add("p.team = ", f.Team)
	}
	if f.Role != "" {
		w.add("p.role = ", string(f.Role))
	}
	w.search(f.Search)
	total, err = count(ctx, d.db.Reader(), `SELECT count(*) FROM people p WHERE `+w.text(), w.args...)
	if err != nil {
		return nil, 0, fmt.Errorf("count team: %w", err)
	}
	err = each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		l, err := scanTeamLine(r)
		page = append(page, l)
		return err
	}, `SELECT `+teamColumns+` WHERE `+w.text()+` ORDER BY p.search, p.id LIMIT `+strconv.Itoa(f.Limit)+
		` OFFSET `+strconv.Itoa(f.Offset), w.args...)
	if err != nil {
		return nil, 0, fmt.Errorf("read team: %w", err)
	}
	return page, total, nil
}

// TeamMember reads one person as TeamPage does; problem.NotFound.
func (d *DB) TeamMember(ctx context.Context, id string) (TeamLine, error) {
	l, err := scanTeamLine(d.db.Reader().QueryRowContext(ctx, `SELECT `+teamColumns+` WHERE p.id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return l, notFound("person")
	}
	if err != nil {
		return l, fmt.Errorf("read team member: %w", err)
	}
	return l, nil
}

// Unlock counts a person's unlocks up: kiosks that get the new number forget the
// failed attempts at the person's PIN. problem.NotFound.
func (t *Tx) Unlock(ctx context.Context, person string) error {
	err := exec(ctx, t.tx, notFound("person"), `UPDATE people SET unlock_version = unlock_version + 1 WHERE id = $1`, person)
	if err != nil {
		return fmt.Errorf("unlock person: %w", err)
	}
	return nil
}

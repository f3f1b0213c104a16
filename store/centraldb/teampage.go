package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"github.com/timepost/timepost/attendance"
)

// TeamFilter chooses a page of people. Empty fields choose everybody, by name;
// Archived chooses those who were archived instead of those who clock in.
type TeamFilter struct {
	Search   string // as in PeopleFilter
	Team     string
	Role     attendance.Role
	PIN      PINState
	Archived bool
	Sort     TeamSort
	Down     bool // the other way round
	Offset   int
	Limit    int
}

// PINState is what people's PINs can be chosen by.
type PINState string

// The states of a PIN that somebody may have to do something about.
const (
	PINAsked  PINState = "asked"  // they ask for a new one
	PINLocked PINState = "locked" // a kiosk takes it no more
	PINUnused PINState = "unused" // never used since it was made
	PINMaking PINState = "making" // kiosks cannot have it yet
)

// TeamSort is what people are listed by; those who are equal in it are by name.
type TeamSort string

// The columns that people are listed by.
const (
	ByName    TeamSort = ""
	ByStaffNo TeamSort = "staff_no"
	ByTeam    TeamSort = "team"
	ByRole    TeamSort = "role" // owners first
	ByPIN     TeamSort = "pin"  // by when it was changed
)

// TeamLine is a person with what may be told of their PIN.
type TeamLine struct {
	attendance.Person
	PINLen       int   // digits; 0: there is no PIN
	PINChangedAt int64 // unix nanoseconds; 0: there has never been one
	Hashed       bool  // the PIN's hash is made, so kiosks can have it
	Used         bool  // they have punched with it
	Locked       bool  // a kiosk has reported that it takes it no more
	Asked        bool  // they ask for a new one
}

// What is said about the PIN n of a person p, each found by an index.
const (
	pinUsed = `EXISTS (SELECT 1 FROM punches u WHERE u.person = p.id AND u.at >= n.changed_at AND u.auth = 'personal')`
	pinLock = `EXISTS (SELECT 1 FROM pin_locks l WHERE l.person = p.id AND l.locked = 1
		AND l.pin_version = n.version AND l.unlock_version = p.unlock_version)`
	pinAsk  = `EXISTS (SELECT 1 FROM pin_requests r WHERE r.person = p.id AND r.done_at = 0)`
	ownPINs = ` LEFT JOIN pins n ON n.kind = 'personal' AND n.subject = p.id`

	teamColumns = personColumns + `, COALESCE(n.len, 0), COALESCE(n.changed_at, 0), n.hash IS NOT NULL, ` +
		pinUsed + `, ` + pinLock + `, ` + pinAsk + ` FROM people p` + ownPINs
)

func scanTeamLine(r interface{ Scan(...any) error }) (TeamLine, error) {
	var l TeamLine
	err := r.Scan(&l.ID, &l.StaffNo, &l.Name, &l.Team, &l.Role, &l.Lang, &l.Zone, &l.Active, &l.PINLen, &l.PINChangedAt, &l.Hashed,
		&l.Used, &l.Locked, &l.Asked)
	return l, err
}

// TeamPage reads a page of people and how many the filter chooses in all. What is
// said about PINs is looked up for those on the page alone.
func (d *DB) TeamPage(ctx context.Context, f TeamFilter) (page []TeamLine, total int, err error) {
	w, from := f.chosen()
	total, err = count(ctx, d.db.Reader(), `SELECT count(*) FROM people p`+from+` WHERE `+w.text(), w.args...)
	if err != nil {
		return nil, 0, fmt.Errorf("count team: %w", err)
	}
	query, args := f.query()
	err = each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		l, err := scanTeamLine(r)
		page = append(page, l)
		return err
	}, query, args...)
	if err != nil {
		return nil, 0, fmt.Errorf("read team: %w", err)
	}
	return page, total, nil
}

func (f TeamFilter) query() (string, []any) {
	w, from := f.chosen()
	if f.Sort == ByPIN {
		from = ownPINs
	}
	ids := `SELECT p.id FROM people p` + from + ` WHERE ` + w.text() + f.order() + ` LIMIT ` + strconv.Itoa(f.Limit) + ` OFFSET ` + strconv.Itoa(f.Offset)
	return `SELECT ` + teamColumns + ` WHERE p.id IN (` + ids + `)` + f.order(), w.args
}

// chosen gives the conditions and the join that they need.
func (f TeamFilter) chosen() (w where, from string) {
	w.add("p.active = ", flag(!f.Archived))
	if f.Team != "" {
		w.add("p.team = ", f.Team)
	}
	if f.Role != "" {
		w.add("p.role = ", string(f.Role))
	}
	if f.PIN != "" {
		from = ownPINs
	}
	switch f.PIN {
	case PINAsked:
		w.add(pinAsk)
	case PINLocked:
		w.add(pinLock)
	case PINUnused:
		w.add("n.len > 0 AND NOT " + pinUsed)
	case PINMaking:
		w.add("n.len > 0 AND n.hash IS NULL")
	}
	w.search(f.Search)
	return w, from
}

// order is the same within the page as for choosing it; the id makes it total.
func (f TeamFilter) order() string {
	by := map[TeamSort]string{
		ByStaffNo: "p.staff_no", ByTeam: "p.team", ByPIN: "COALESCE(n.changed_at, 0)",
		ByRole: "CASE p.role WHEN 'owner' THEN 0 WHEN 'admin' THEN 1 WHEN 'manager' THEN 2 ELSE 3 END",
	}[f.Sort]
	way := ""
	if f.Down {
		way = " DESC"
	}
	if by != "" {
		by += way + ", "
	}
	return " ORDER BY " + by + "p.search" + way + ", p.id" + way
}

// AskingForPINs counts the active people who ask for a new PIN.
func (d *DB) AskingForPINs(ctx context.Context) (int, error) {
	n, err := count(ctx, d.db.Reader(), `SELECT COUNT(DISTINCT r.person) FROM pin_requests r JOIN people p ON p.id = r.person
		WHERE r.done_at = 0 AND p.active = 1`)
	if err != nil {
		return 0, fmt.Errorf("count who asks for a pin: %w", err)
	}
	return n, nil
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

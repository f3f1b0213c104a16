package centraldb

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"time"

	"github.com/timepost/timepost/attendance"
)

// PersonLine is a person as lists show them.
type PersonLine struct {
	attendance.Person
	Hashed bool // the PIN's hash is made, so kiosks have it
}

// PeopleFilter chooses a page of active people in name order.
type PeopleFilter struct {
	Search string // matches like attendance.MatchSearch, or is an id or a staff number
	Team   string
	Offset int
	Limit  int
}

// PeoplePage reads a page of people and how many there are in all.
func (d *DB) PeoplePage(ctx context.Context, f PeopleFilter) (page []PersonLine, total int, err error) {
	var w where
	w.add("p.active = 1")
	if f.Team != "" {
		w.add("p.team = ", f.Team)
	}
	w.search(f.Search)
	total, err = count(ctx, d.db.Reader(), `SELECT count(*) FROM people p WHERE `+w.text(), w.args...)
	if err != nil {
		return nil, 0, fmt.Errorf("count people: %w", err)
	}
	query := `SELECT p.id, p.staff_no, p.name, p.team, p.role, p.lang, p.zone, n.hash IS NOT NULL
		FROM people p LEFT JOIN pins n ON n.kind = 'personal' AND n.subject = p.id
		WHERE ` + w.text() + ` ORDER BY p.search, p.id LIMIT ` + strconv.Itoa(f.Limit) + ` OFFSET ` + strconv.Itoa(f.Offset)
	err = each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		l := PersonLine{Person: attendance.Person{Active: true}}
		if err := r.Scan(&l.ID, &l.StaffNo, &l.Name, &l.Team, &l.Role, &l.Lang, &l.Zone, &l.Hashed); err != nil {
			return err
		}
		page = append(page, l)
		return nil
	}, query, w.args...)
	if err != nil {
		return nil, 0, fmt.Errorf("read people: %w", err)
	}
	return page, total, nil
}

// PunchLine is a punch as lists show it. Instants are unix nanoseconds.
type PunchLine struct {
	ID         int64
	Person     string
	PersonName string
	StaffNo    string
	Team       string
	Kiosk      string
	KioskName  string
	Journal    []byte
	Seq        uint64
	Action     attendance.Action
	At         int64
	Zone       string
	Project    string // its id
	Note       string
	Auth       attendance.Auth

	ProjectName string // what stands as the project where nobody knows its name
}

// Punch gives the line as the punch it tells of.
func (l PunchLine) Punch() attendance.Punch {
	return attendance.Punch{
		Person: l.Person, Kiosk: l.Kiosk, Action: l.Action, At: time.Unix(0, l.At).UTC(),
		Project: l.Project, Note: l.Note, Auth: l.Auth,
	}
}

// PunchFilter chooses punches; zero fields choose everything. From is inclusive,
// To exclusive. The order is that of arrival, ByTime that of the punches' own
// time; Newest turns it round.
type PunchFilter struct {
	Person string
	People []string // ids; any of them
	Search string   // people, as in PeopleFilter
	Team   string
	Kiosk  string
	Reach  Reach
	From   int64
	To     int64
	After  int64 // punch id
	ByTime bool
	Newest bool
	Offset int
	Limit  int
}

// PunchLines reads punches in the filter's order.
func (d *DB) PunchLines(ctx context.Context, f PunchFilter) ([]PunchLine, error) {
	w := f.where()
	var out []PunchLine
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var l PunchLine
		err := r.Scan(&l.ID, &l.Person, &l.PersonName, &l.StaffNo, &l.Team, &l.Kiosk, &l.KioskName, &l.Journal, &l.Seq,
			&l.Action, &l.At, &l.Zone, &l.Project, &l.Note, &l.Auth, &l.ProjectName)
		out = append(out, l)
		return err
	}, `SELECT u.id, u.person, COALESCE(p.name, u.person), COALESCE(p.staff_no, ''), COALESCE(p.team, ''), u.kiosk,
		COALESCE(k.name, u.kiosk), u.journal, u.seq, u.action, u.at, u.zone, u.project, u.note, u.auth, COALESCE(j.name, u.project)
		FROM punches u LEFT JOIN people p ON p.id = u.person LEFT JOIN kiosks k ON k.id = u.kiosk LEFT JOIN projects j ON j.id = u.project
		WHERE `+w.text()+` ORDER BY `+f.order()+` LIMIT `+strconv.Itoa(f.Limit)+` OFFSET `+strconv.Itoa(f.Offset), w.args...)
	if err != nil {
		return nil, fmt.Errorf("read punches: %w", err)
	}
	return out, nil
}

func (f PunchFilter) where() *where {
	w := f.chosen()
	w.add("u.id > ", f.After)
	return w
}

func (f PunchFilter) chosen() *where {
	w := &where{}
	w.add("1 = 1")
	w.reach(f.Reach)
	if f.Person != "" {
		w.add("u.person = ", f.Person)
	}
	if len(f.People) > 0 {
		w.among("u.person", f.People)
	}
	w.search(f.Search)
	if f.Team != "" {
		w.add("p.team = ", f.Team)
	}
	if f.Kiosk != "" {
		w.add("u.kiosk = ", f.Kiosk)
	}
	if f.From != 0 {
		w.add("u.at >= ", f.From)
	}
	if f.To != 0 {
		w.add("u.at < ", f.To)
	}
	return w
}

func (f PunchFilter) order() string {
	switch {
	case f.ByTime && f.Newest:
		return "u.at DESC, u.id DESC"
	case f.ByTime:
		return "u.at, u.id"
	case f.Newest:
		return "u.id DESC"
	}
	return "u.id"
}

// NowLine is where an active person stands.
type NowLine struct {
	Person    string
	Name      string
	Team      string
	State     attendance.State
	Since     int64 // unix nanoseconds; 0: never punched
	Kiosk     string
	KioskName string
	Auth      attendance.Auth // of the last punch; "" where a correction has the last word. NowPage alone reads it
	Project   string          // the name of what they work on, "" for nothing. NowPage alone reads it
}

// NowLines reads where everybody stands, by name.
func (d *DB) NowLines(ctx context.Context) ([]NowLine, error) {
	var out []NowLine
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var l NowLine
		err := r.Scan(&l.Person, &l.Name, &l.Team, &l.State, &l.Since, &l.Kiosk, &l.KioskName)
		out = append(out, l)
		return err
	}, `SELECT p.id, p.name, p.team, COALESCE(s.state, 'out'), COALESCE(s.since, 0), COALESCE(s.kiosk, ''),
		COALESCE(k.name, s.kiosk, '')
		FROM people p LEFT JOIN presence s ON s.person = p.id LEFT JOIN kiosks k ON k.id = s.kiosk
		WHERE p.active = 1 ORDER BY p.search, p.id`)
	if err != nil {
		return nil, fmt.Errorf("read presence: %w", err)
	}
	return out, nil
}

// Teams reads the names of all teams that are not archived.
func (d *DB) Teams(ctx context.Context) ([]string, error) {
	out, err := strs(ctx, d.db.Reader(), `SELECT name FROM teams WHERE archived_at = 0 ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("read teams: %w", err)
	}
	return out, nil
}

// AssigneeCounts reads how many active people each kiosk lists, each once. It
// counts a team once however many kiosks list it.
func (d *DB) AssigneeCounts(ctx context.Context) (map[string]int, error) {
	out := map[string]int{}
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var kiosk string
		var n int
		err := r.Scan(&kiosk, &n)
		out[kiosk] = n
		return err
	}, assigneeCounts)
	if err != nil {
		return nil, fmt.Errorf("count assignees: %w", err)
	}
	return out, nil
}

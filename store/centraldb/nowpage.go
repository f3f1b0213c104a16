package centraldb

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"

	"github.com/timepost/timepost/attendance"
)

// NowFilter chooses active people by where they stand; zero fields choose
// everybody. Offset and Limit cut a page, by team and then by name.
type NowFilter struct {
	States []attendance.State
	Search string // as in PeopleFilter
	Team   string
	Kiosk  string // where their last punch was made
	Reach  Reach
	Offset int
	Limit  int
}

func (f NowFilter) where() *where {
	w := &where{}
	w.add("p.active = 1")
	w.search(f.Search)
	w.reach(f.Reach)
	if f.Team != "" {
		w.add("p.team = ", f.Team)
	}
	if f.Kiosk != "" {
		w.add("s.kiosk = ", f.Kiosk)
	}
	if len(f.States) > 0 {
		states := make([]string, len(f.States))
		for i, s := range f.States {
			states[i] = string(s)
		}
		w.among("COALESCE(s.state, 'out')", states)
	}
	return w
}

// NowPage reads one page of where people stand.
func (d *DB) NowPage(ctx context.Context, f NowFilter) ([]NowLine, error) {
	w := f.where()
	var out []NowLine
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var l NowLine
		err := r.Scan(&l.Person, &l.Name, &l.Team, &l.State, &l.Since, &l.Kiosk, &l.KioskName, &l.Auth, &l.Project)
		out = append(out, l)
		return err
	}, `SELECT p.id, p.name, p.team, COALESCE(s.state, 'out'), COALESCE(s.since, 0), COALESCE(s.kiosk, ''),
		COALESCE(k.name, s.kiosk, ''), COALESCE((SELECT u.auth FROM punches u WHERE u.person = s.person AND u.at = s.at ORDER BY u.id DESC LIMIT 1), ''),
		CASE WHEN COALESCE(s.state, 'out') <> 'out' THEN COALESCE(j.name, s.project) ELSE '' END
		FROM people p LEFT JOIN presence s ON s.person = p.id LEFT JOIN kiosks k ON k.id = s.kiosk LEFT JOIN projects j ON j.id = s.project
		WHERE `+w.text()+` ORDER BY p.team, p.search, p.id LIMIT `+strconv.Itoa(f.Limit)+` OFFSET `+strconv.Itoa(f.Offset), w.args...)
	if err != nil {
		return nil, fmt.Errorf("read presence page: %w", err)
	}
	return out, nil
}

// NowCount is how many active people of a team are in a state.
type NowCount struct {
	Team  string
	State attendance.State
	N     int
}

// NowCounts counts who f chooses, by team and state; f's page does not matter.
func (d *DB) NowCounts(ctx context.Context, f NowFilter) ([]NowCount, error) {
	w := f.where()
	var out []NowCount
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var c NowCount
		err := r.Scan(&c.Team, &c.State, &c.N)
		out = append(out, c)
		return err
	}, `SELECT p.team, COALESCE(s.state, 'out'), count(*)
		FROM people p LEFT JOIN presence s ON s.person = p.id
		WHERE `+w.text()+` GROUP BY 1, 2 ORDER BY 1, 2`, w.args...)
	if err != nil {
		return nil, fmt.Errorf("count presence: %w", err)
	}
	return out, nil
}

// PunchedFilter chooses people, active or not, with a punch in [From, To), in
// name order.
type PunchedFilter struct {
	Search string // as in PeopleFilter
	Team   string
	Kiosk  string // with a punch at this kiosk
	Reach  Reach
	From   int64
	To     int64
	Offset int
	Limit  int
}

// within is what is asked of a punch, in the table u, or of what holds of a
// corrected one, in the table c.
func (f PunchedFilter) within(w *where, table string) *where {
	in := &where{args: w.args, parts: []string{table + ".person = p.id"}}
	in.add(table+".at >= ", f.From)
	in.add(table+".at < ", f.To)
	if f.Kiosk != "" {
		in.add(table+".kiosk = ", f.Kiosk)
	}
	return in
}

// Punched reads a page of people who have punched. It looks at one person after
// the other and stops when the page is full, so it does not slow down with the
// number of punches.
func (d *DB) Punched(ctx context.Context, f PunchedFilter) ([]attendance.Person, error) {
	w := &where{}
	w.search(f.Search)
	if f.Team != "" {
		w.add("p.team = ", f.Team)
	}
	w.reach(f.Reach)
	in := f.within(w, "u")
	w.args = in.args
	fixed := f.within(w, "c")
	w.args = fixed.args
	w.add("(EXISTS (SELECT 1 FROM punches u WHERE " + in.text() + ") OR EXISTS (SELECT 1 FROM corrected c WHERE " + fixed.text() + "))")
	var out []attendance.Person
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var p attendance.Person
		err := r.Scan(&p.ID, &p.StaffNo, &p.Name, &p.Team, &p.Role, &p.Active)
		out = append(out, p)
		return err
	}, `SELECT p.id, p.staff_no, p.name, p.team, p.role, p.active FROM people p
		WHERE `+w.text()+` ORDER BY p.search, p.id LIMIT `+strconv.Itoa(f.Limit)+` OFFSET `+strconv.Itoa(f.Offset), w.args...)
	if err != nil {
		return nil, fmt.Errorf("read people with punches: %w", err)
	}
	return out, nil
}

package centraldb

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"

	"github.com/timepost/timepost/attendance"
)

// Entry is a punch with what was put right about it: the embedded line is what
// holds. ID is the punch's, or that of an added entry, which is negative. An added
// entry has no Auth, Journal and Seq.
type Entry struct {
	PunchLine
	Raw   RawEntry
	Fix   Fix
	Moved bool // listed at its own time only: what holds is at another
	Place Place
}

// Place is where an entry stands in the order of their time.
type Place struct{ At, Turn int64 }

// RawEntry is what the kiosk recorded; zero for an added entry.
type RawEntry struct {
	Action  attendance.Action
	At      int64
	Zone    string
	Project string
	Note    string
}

// Fix is who put an entry right last; ID 0: nobody did.
type Fix struct {
	ID     int64
	Kind   string // FixAdd, FixCorrect or FixVoid
	MadeAt int64
	MadeBy string
	Reason string
}

// Added says that no kiosk recorded the entry.
func (e Entry) Added() bool { return e.ID < 0 }

// Void says that the entry does not count.
func (e Entry) Void() bool { return e.Fix.Kind == FixVoid }

// EntryFilter chooses entries by what holds of them; zero fields choose everything.
// From is inclusive, To exclusive. The order is that of their time.
type EntryFilter struct {
	People    []string // ids; any of them
	Search    string   // people, as in PeopleFilter
	Team      string
	Kiosk     string
	Auth      attendance.Auth
	Reach     Reach
	From      int64
	To        int64
	Corrected bool // only those that somebody put right
	Counted   bool // not those that are void
	Unsure    bool // only those whose time somebody has to confirm
	Moved     bool // also those whose own time is in the range, and what holds is not
	Newest    bool
	After     Place // the zero Place is before all; not with Newest
	Offset    int
	Limit     int
}

// Reach is whose data may be read. The zero Reach is everybody's.
type Reach struct {
	Manager string // only people in a team that this person manages, a people.id
	Person  string // only this person
}

// reach is the one place where a reach becomes a condition; p is the table people.
func (w *where) reach(s Reach) {
	if s.Person != "" {
		w.add("p.id = ", s.Person)
	}
	if s.Manager != "" {
		w.args = append(w.args, s.Manager)
		w.add("p.team IN (SELECT name FROM teams WHERE archived_at = 0 AND manager = $" + strconv.Itoa(len(w.args)) + ")")
	}
}

// Entries reads entries in the filter's order.
func (d *DB) Entries(ctx context.Context, f EntryFilter) ([]Entry, error) {
	query, args := f.query()
	var out []Entry
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var e Entry
		err := r.Scan(&e.ID, &e.Person, &e.Kiosk, &e.Journal, &e.Seq, &e.Action, &e.At, &e.Zone, &e.Project, &e.Note, &e.Auth,
			&e.Raw.Action, &e.Raw.At, &e.Raw.Zone, &e.Raw.Project, &e.Raw.Note,
			&e.Fix.ID, &e.Fix.Kind, &e.Fix.MadeAt, &e.Fix.MadeBy, &e.Fix.Reason, &e.Moved, &e.Place.At, &e.Place.Turn, &e.PersonName, &e.StaffNo, &e.Team, &e.KioskName, &e.ProjectName)
		out = append(out, e)
		return err
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read entries: %w", err)
	}
	return out, nil
}

const (
	punchEntry = `SELECT u.id, u.person, u.kiosk, u.journal, u.seq, u.action, u.at, u.zone, u.project, u.note, u.auth,
		u.action AS raw_action, u.at AS raw_at, u.zone AS raw_zone, u.project AS raw_project, u.note AS raw_note,
		0 AS fix, '' AS kind, 0 AS made_at, '' AS made_by, '' AS reason, 0 AS moved, u.at AS place, u.id AS turn
		FROM punches u LEFT JOIN people p ON p.id = u.person WHERE `
	fixedEntry = `SELECT c.entry, c.person, c.kiosk, COALESCE(u.journal, x''), COALESCE(u.seq, 0), c.action, c.at, c.zone, c.project, c.note, COALESCE(u.auth, ''),
		COALESCE(u.action, ''), COALESCE(u.at, 0), COALESCE(u.zone, ''), COALESCE(u.project, ''), COALESCE(u.note, ''),
		x.id, x.kind, x.made_at, x.made_by, x.reason, `
	fixedFrom = ` AS turn
		FROM corrected c JOIN corrections x ON x.id = c.correction LEFT JOIN punches u ON u.id = c.entry LEFT JOIN people p ON p.id = c.person WHERE `
)

// query merges what nobody touched with what somebody did; each part comes by an
// index in the order asked for, so a page costs what is on it.
func (f EntryFilter) query() (string, []any) {
	w := &where{}
	text := ""
	if !f.Corrected {
		f.common(w, "u", "u.at", "u.id")
		if f.Auth != "" {
			w.add("u.auth = ", string(f.Auth))
		}
		if f.Unsure {
			w.add(unsure + "u.id)")
		}
		w.add("NOT EXISTS (SELECT 1 FROM corrected c WHERE c.entry = u.id)")
		text = punchEntry + w.text() + " UNION ALL "
	}
	w = &where{args: w.args}
	f.common(w, "c", "c.at", turnOf)
	f.fixed(w)
	text += fixedEntry + "0 AS moved, c.at AS place, " + turnOf + fixedFrom + w.text()
	if f.Moved && (f.From != 0 || f.To != 0) {
		w = &where{args: w.args}
		f.common(w, "c", "c.raw_at", turnOf)
		f.fixed(w)
		w.add("NOT (c.at >= ", f.From)
		w.parts[len(w.parts)-1] += " AND c.at < $" + strconv.Itoa(len(w.args)+1) + ")"
		to := f.To
		if to == 0 {
			to = 1<<63 - 1
		}
		w.args = append(w.args, to)
		text += " UNION ALL " + fixedEntry + "1 AS moved, c.raw_at AS place, " + turnOf + fixedFrom + w.text()
	}
	order := " ORDER BY place, turn"
	if f.Newest {
		order = " ORDER BY place DESC, turn DESC"
	}
	return `SELECT e.id, e.person, e.kiosk, e.journal, e.seq, e.action, e.at, e.zone, e.project, e.note, e.auth,
		e.raw_action, e.raw_at, e.raw_zone, e.raw_project, e.raw_note, e.fix, e.kind, e.made_at, e.made_by, e.reason, e.moved, e.place, e.turn,
		COALESCE(p.name, e.person), COALESCE(p.staff_no, ''), COALESCE(p.team, ''), COALESCE(k.name, e.kiosk), COALESCE(j.name, e.project)
		FROM (` + f.named(text) + order + " LIMIT " + strconv.Itoa(f.Limit) + " OFFSET " + strconv.Itoa(f.Offset) + `) e
		LEFT JOIN people p ON p.id = e.person LEFT JOIN kiosks k ON k.id = e.kiosk LEFT JOIN projects j ON j.id = e.project` + order, w.args
}

// named gives the columns their names where the part that does is left out.
func (f EntryFilter) named(text string) string {
	if !f.Corrected {
		return text
	}
	return punchEntry + "0 = 1 UNION ALL " + text
}

// common takes what is asked of every part: table is u or c, at its time, turn what
// orders those of the same time.
func (f EntryFilter) common(w *where, table, at, turn string) {
	w.add("1 = 1")
	if len(f.People) > 0 {
		w.among(table+".person", f.People)
	}
	w.search(f.Search)
	w.reach(f.Reach)
	if f.Team != "" {
		w.add("p.team = ", f.Team)
	}
	if f.Kiosk != "" {
		w.add(table+".kiosk = ", f.Kiosk)
	}
	if f.From != 0 {
		w.add(at+" >= ", f.From)
	}
	if f.To != 0 {
		w.add(at+" < ", f.To)
	}
	if f.After != (Place{}) {
		w.add(at+" >= ", f.After.At)
		w.add("("+at+", "+turn+") > ($"+strconv.Itoa(len(w.args))+", ", f.After.Turn)
		w.parts[len(w.parts)-1] += ")"
	}
}

func (f EntryFilter) fixed(w *where) {
	if f.Auth != "" {
		w.add("u.auth = ", string(f.Auth))
	}
	if f.Counted {
		w.add("c.kind <> 'void'")
	}
	if f.Unsure {
		w.add("x.made_by = '" + ByClock + "' AND " + unsure + "c.entry)")
	}
}

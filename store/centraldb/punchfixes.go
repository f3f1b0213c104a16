package centraldb

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"

	"github.com/timepost/timepost/attendance"
)

// PunchFix is a punch with what was put right about it. The line is what the kiosk
// recorded; of an added entry, whose ID is negative and which has no Auth, Journal and
// Seq, what was said first.
type PunchFix struct {
	PunchLine
	Holds Holds // as of the newest correction; zero where Fix.ID is 0
	Fix   Fix
}

// Holds is what can be put right about a punch.
type Holds struct {
	Action  attendance.Action
	At      int64 // unix nanoseconds
	Project string
	Note    string
}

const (
	fixOf = ` COALESCE(c.action, ''), COALESCE(c.at, 0), COALESCE(c.project, ''), COALESCE(c.note, ''),
		COALESCE(x.id, 0), COALESCE(x.kind, ''), COALESCE(x.made_at, 0), COALESCE(x.made_by, ''), COALESCE(x.reason, ''),
		COALESCE((SELECT j.name FROM projects j WHERE j.id = u.project), u.project)`
	punchFixes = `SELECT u.id, u.person, COALESCE(p.name, u.person), COALESCE(p.staff_no, ''), COALESCE(p.team, ''), u.kiosk,
		COALESCE(k.name, u.kiosk), u.journal, u.seq, u.action, u.at, u.zone, u.project, u.note, u.auth,` + fixOf + `
		FROM punches u LEFT JOIN corrected c ON c.entry = u.id LEFT JOIN corrections x ON x.id = c.correction
		LEFT JOIN people p ON p.id = u.person LEFT JOIN kiosks k ON k.id = u.kiosk WHERE `
	addedFixes = `SELECT u.entry, u.person, COALESCE(p.name, u.person), COALESCE(p.staff_no, ''), COALESCE(p.team, ''), u.kiosk,
		COALESCE(k.name, u.kiosk), x'', 0, u.action, u.at, u.zone, u.project, u.note, '',` + fixOf + `
		FROM corrected c JOIN corrections u ON u.id = -c.entry JOIN corrections x ON x.id = c.correction
		LEFT JOIN people p ON p.id = c.person LEFT JOIN kiosks k ON k.id = c.kiosk WHERE `
)

// PunchFixes reads punches in order of arrival with what was put right about them;
// with added, the entries that somebody added instead, the oldest first, where
// f.After is the id of the last. It heeds f.Person, Kiosk, From, To, Reach, After and
// Limit; From and To choose by the line's own time.
func (d *DB) PunchFixes(ctx context.Context, f PunchFilter, added bool) ([]PunchFix, error) {
	f = PunchFilter{Person: f.Person, Kiosk: f.Kiosk, From: f.From, To: f.To, Reach: f.Reach, After: f.After, Limit: f.Limit}
	query, w := punchFixes, f.where()
	order := " ORDER BY u.id"
	if added {
		query, order = addedFixes, " ORDER BY c.entry DESC"
		w = f.chosen()
		w.add("c.entry < ", f.After)
	}
	var out []PunchFix
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var l PunchFix
		err := r.Scan(&l.ID, &l.Person, &l.PersonName, &l.StaffNo, &l.Team, &l.Kiosk, &l.KioskName, &l.Journal, &l.Seq,
			&l.Action, &l.At, &l.Zone, &l.Project, &l.Note, &l.Auth,
			&l.Holds.Action, &l.Holds.At, &l.Holds.Project, &l.Holds.Note, &l.Fix.ID, &l.Fix.Kind, &l.Fix.MadeAt, &l.Fix.MadeBy, &l.Fix.Reason, &l.ProjectName)
		out = append(out, l)
		return err
	}, query+w.text()+order+` LIMIT `+strconv.Itoa(f.Limit), w.args...)
	if err != nil {
		return nil, fmt.Errorf("read punches and corrections: %w", err)
	}
	return out, nil
}

package team

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Imported is a person that an import made, with the PIN, shown this once.
type Imported struct {
	attendance.Person
	PIN pin.PIN // zero in a dry run
}

// ImportResult is what an import did. Where there are Errors it did nothing.
type ImportResult struct {
	ID     int64 // for UndoImport; 0 where nobody was imported
	People []Imported
	Errors []RowError
	Issued []Issued // forced by the growth of kiosks, beside People's PINs
}

// Import makes everybody in a CSV file, or nobody: with any error in any row
// nothing is written, and the result has all of them in the order of the file.
// A dry run checks the same and writes nothing. The error is for failures that
// are not the file's. 50,000 people take seconds; their hashes follow in the
// background.
func (t *Team) Import(ctx context.Context, actor string, file []byte, dryRun bool) (ImportResult, error) {
	rows, errs := parseCSV(file)
	if len(rows) == 0 {
		return ImportResult{Errors: errs}, nil
	}
	people, err := t.named(rows)
	if err != nil {
		return ImportResult{}, err
	}
	var result ImportResult
	issued, err := t.update(ctx, func(tx *centraldb.Tx, digits int, c *change) error {
		taken, err := tx.StaffNumbers(ctx)
		if err != nil {
			return err
		}
		result = ImportResult{Errors: append(slices.Clone(errs), inUse(rows, taken)...)}
		usual, missing, err := projectsOf(ctx, tx, rows)
		if err != nil {
			return err
		}
		others, err := badgesTaken(ctx, tx, rows)
		if err != nil {
			return err
		}
		result.Errors = append(append(result.Errors, missing...), others...)
		if len(result.Errors) > 0 || dryRun {
			result.People = nil
			return nil
		}
		result.People, err = t.insertAll(ctx, tx, c, people, digits)
		if err == nil {
			err = bookOn(ctx, tx, people, usual)
		}
		if err == nil {
			err = handOut(ctx, tx, actor, t.now().UnixNano(), people, rows)
		}
		if err != nil {
			return err
		}
		return t.imported(ctx, tx, actor, people, &result)
	})
	if err != nil {
		return ImportResult{}, err
	}
	if dryRun && len(result.Errors) == 0 {
		for _, p := range people {
			p.ID = ""
			result.People = append(result.People, Imported{Person: p})
		}
	}
	slices.SortStableFunc(result.Errors, func(a, b RowError) int { return a.Row - b.Row })
	result.Issued = issued
	return result, nil
}

// imported keeps who was imported, for the way back, and for the audit log.
func (t *Team) imported(ctx context.Context, tx *centraldb.Tx, actor string, people []attendance.Person, r *ImportResult) error {
	ids := make([]string, len(people))
	for i, p := range people {
		ids[i] = p.ID
	}
	var err error
	if r.ID, err = tx.AddImport(ctx, actor, t.now().UnixNano(), ids); err != nil {
		return err
	}
	return t.audit.Record(ctx, tx, actor, "people.import", "", map[string]any{"people": len(people)})
}

// named gives everybody an id. The ids ascend with the rows: lists keep the file's
// order, and rows inserted in the order of their key touch each page of it once.
func (t *Team) named(rows []row) ([]attendance.Person, error) {
	ids := make([]string, len(rows))
	for i := range ids {
		var err error
		if ids[i], err = t.newPersonID(); err != nil {
			return nil, err
		}
	}
	slices.Sort(ids)
	people := make([]attendance.Person, len(rows))
	for i, r := range rows {
		people[i] = r.person
		people[i].ID = ids[i]
	}
	return people, nil
}

// inUse finds staff numbers that somebody in the database has: a file that is
// imported a second time has one of these errors in every row.
func inUse(rows []row, taken map[string]string) []RowError {
	var errs []RowError
	for _, r := range rows {
		if _, ok := taken[r.person.StaffNo]; ok && r.person.StaffNo != "" {
			errs = append(errs, RowError{
				r.line, "staff_no",
				fmt.Sprintf("Somebody has the staff number “%s” already. Remove the row if this person was imported before.", clip(r.person.StaffNo)),
			})
		}
	}
	return errs
}

// insertAll writes all people and their PINs. The sets of PINs that the rules
// forbid are read once and kept in step here.
func (t *Team) insertAll(ctx context.Context, tx *centraldb.Tx, c *change, people []attendance.Person, digits int) ([]Imported, error) {
	before, err := tx.Loads(ctx)
	if err != nil {
		return nil, err
	}
	now := t.now().UnixNano()
	if err := tx.AddPeople(ctx, people, now); err != nil {
		return nil, err
	}
	pins, err := t.drawAll(ctx, tx, people, digits)
	if err != nil {
		return nil, err
	}
	out := make([]Imported, len(people))
	rows := make([]centraldb.PIN, len(people))
	for i, p := range people {
		out[i] = Imported{Person: p, PIN: pins[i]}
		if rows[i], err = t.book.Row(t.random, pin.Personal, p.ID, 1, pins[i], now); err != nil {
			return nil, err
		}
	}
	if err := tx.AddPINs(ctx, rows); err != nil {
		return nil, err
	}
	c.later = true
	return out, t.grownAll(ctx, tx, c, before, digits)
}

// drawAll draws a PIN for each new person: owners and admins first, whose PINs
// must be unlike everybody's, then the others, who only avoid theirs and the
// Universal PINs of their kiosks.
func (t *Team) drawAll(ctx context.Context, tx *centraldb.Tx, people []attendance.Person, digits int) ([]pin.PIN, error) {
	pins := make([]pin.PIN, len(people))
	strict := &drawer{team: t, digits: digits, sets: map[int]map[string]bool{}, scopes: personalScopes(true)}
	for i, p := range people {
		if !p.Role.Privileged() {
			continue
		}
		var err error
		if pins[i], err = strict.draw(ctx, tx); err != nil {
			return nil, err
		}
	}
	return pins, t.drawRegular(ctx, tx, people, pins, digits, strict.drawn)
}

// drawRegular draws for everybody who is neither owner nor admin; drawn are the
// PINs that new owners and admins have just got.
func (t *Team) drawRegular(ctx context.Context, tx *centraldb.Tx, people []attendance.Person, pins []pin.PIN, digits int, drawn map[string]bool) error {
	privileged, err := t.taken(ctx, tx, "", digits, []centraldb.Scope{centraldb.ScopePrivileged})
	if err != nil {
		return err
	}
	maps.Copy(privileged, drawn)
	byTeam := map[string]map[string]bool{}
	for i, p := range people {
		if p.Role.Privileged() {
			continue
		}
		if byTeam[p.Team] == nil {
			// New people of one team have the same kiosks: the team's and everyone's.
			set, err := t.taken(ctx, tx, p.ID, digits, []centraldb.Scope{centraldb.ScopeUniversalAssigned})
			if err != nil {
				return err
			}
			maps.Copy(set, privileged)
			byTeam[p.Team] = set
		}
		if pins[i], err = t.draw(digits, byTeam[p.Team]); err != nil {
			return err
		}
	}
	return nil
}

// drawer draws PINs that nobody has, for owners and admins, two digits longer
// where too few are left.
type drawer struct {
	team   *Team
	digits int
	scopes []centraldb.Scope
	sets   map[int]map[string]bool // taken, by length
	drawn  map[string]bool
}

func (d *drawer) draw(ctx context.Context, tx *centraldb.Tx) (pin.PIN, error) {
	for n := d.digits; ; n += 2 {
		if d.sets[n] == nil {
			set, err := d.team.taken(ctx, tx, "", n, d.scopes)
			if err != nil {
				return pin.PIN{}, err
			}
			d.sets[n] = set
		}
		p, err := d.team.draw(n, d.sets[n])
		if problem.Is(err, problem.Conflict) && n == d.digits && n+2 <= pin.MaxLen {
			continue
		}
		if err != nil {
			return pin.PIN{}, err
		}
		if d.drawn == nil {
			d.drawn = map[string]bool{}
		}
		tag := string(d.team.book.Tag(p))
		d.sets[n][tag], d.drawn[tag] = true, true
		return p, nil
	}
}

// grownAll gives every kiosk that the import made a large one a longer Universal PIN.
func (t *Team) grownAll(ctx context.Context, tx *centraldb.Tx, c *change, before []centraldb.Load, digits int) error {
	after, err := tx.Loads(ctx)
	if err != nil {
		return err
	}
	for i, l := range after {
		if l.Assignees == before[i].Assignees {
			continue
		}
		if err := t.grown(ctx, tx, c, l.Kiosk, before[i].Assignees, l.Assignees, len(after), digits); err != nil {
			return err
		}
	}
	return nil
}

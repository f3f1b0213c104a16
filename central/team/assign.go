package team

import (
	"context"
	"slices"
	"strings"

	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Assign replaces who may use a kiosk. Rule P10 holds afterwards: where the
// kiosk has become a large one it gets a longer Universal PIN, and where a new
// assignee's PIN equals the kiosk's, the assignee gets another one; both are in
// the issued. Errors: problem.NotFound (kiosk), problem.Invalid (people or teams
// that are not there).
func (t *Team) Assign(ctx context.Context, actor, kiosk string, a centraldb.Assignments) ([]Issued, error) {
	return t.assign(ctx, actor, kiosk, func(centraldb.Assignments) centraldb.Assignments { return a })
}

// Reassign is Assign for a change of what is assigned now: f is given that, in
// the transaction that stores what it returns, and must not block. People who
// were assigned and have been archived since are left out by it.
func (t *Team) Reassign(ctx context.Context, actor, kiosk string, f func(now centraldb.Assignments) centraldb.Assignments) ([]Issued, error) {
	return t.assign(ctx, actor, kiosk, f)
}

func (t *Team) assign(ctx context.Context, actor, kiosk string, f func(centraldb.Assignments) centraldb.Assignments) ([]Issued, error) {
	return t.update(ctx, func(tx *centraldb.Tx, digits int, c *change) error {
		if _, err := tx.Kiosk(ctx, kiosk); err != nil {
			return err
		}
		a, err := wanted(ctx, tx, kiosk, f)
		if err != nil {
			return err
		}
		before, err := tx.CountAssignees(ctx, kiosk)
		if err != nil {
			return err
		}
		for _, name := range a.Teams {
			if err := tx.EnsureTeam(ctx, name, t.now().UnixNano()); err != nil {
				return err
			}
		}
		if err := tx.SetAssignments(ctx, kiosk, a); err != nil {
			return err
		}
		if err := t.settle(ctx, tx, c, kiosk, before, digits); err != nil {
			return err
		}
		c.kiosks = append(c.kiosks, kiosk)
		return t.audit.Record(ctx, tx, actor, "kiosk.assign", kiosk,
			map[string]any{"people": len(a.People), "teams": a.Teams, "everyone": a.Everyone})
	})
}

// wanted gives what f makes of a kiosk's assignments, tidy, without those who
// were assigned before and are archived now. Others who are not there are an error.
func wanted(ctx context.Context, tx *centraldb.Tx, kiosk string, f func(centraldb.Assignments) centraldb.Assignments) (centraldb.Assignments, error) {
	now, err := tx.Assignments(ctx, kiosk)
	if err != nil {
		return now, err
	}
	had := slices.Clone(now.People)
	a, err := tidyAssignments(f(now))
	if err != nil {
		return a, err
	}
	gone, err := tx.UnknownPeople(ctx, a.People)
	if err != nil {
		return a, err
	}
	var unknown []string
	for _, id := range gone {
		if !slices.Contains(had, id) {
			unknown = append(unknown, id)
		}
	}
	if len(unknown) > 0 {
		return a, problem.New(problem.Invalid, "There is no such person: "+strings.Join(unknown[:min(5, len(unknown))], ", ")+".",
			"Look at the list of people again.").With("unknown", unknown)
	}
	a.People = slices.DeleteFunc(a.People, func(id string) bool { return slices.Contains(gone, id) })
	return a, nil
}

// settle makes P10 true for a kiosk whose assignees have just changed.
func (t *Team) settle(ctx context.Context, tx *centraldb.Tx, c *change, kiosk string, before, digits int) error {
	after, err := tx.CountAssignees(ctx, kiosk)
	if err != nil {
		return err
	}
	kiosks, err := tx.CountKiosks(ctx)
	if err != nil {
		return err
	}
	if err := t.grown(ctx, tx, c, kiosk, before, after, kiosks, digits); err != nil {
		return err
	}
	universal, err := tx.PIN(ctx, pin.Universal, kiosk)
	if err != nil {
		return err
	}
	clashing, err := tx.ClashingAssignees(ctx, kiosk, universal.Tag)
	if err != nil {
		return err
	}
	for _, id := range clashing {
		who, err := tx.Person(ctx, id)
		if err != nil {
			return err
		}
		if err := t.issuePersonal(ctx, tx, c, who, digits, true); err != nil {
			return err
		}
	}
	return nil
}

func tidyAssignments(a centraldb.Assignments) (centraldb.Assignments, error) {
	out := centraldb.Assignments{Everyone: a.Everyone}
	for _, name := range a.Teams {
		name = tidy(name)
		if name == "" || len(name) > maxTeam {
			return out, problem.New(problem.Invalid, "A team's name is missing or too long.", "Look at the teams of your people.")
		}
		out.Teams = append(out.Teams, name)
	}
	out.People = append(out.People, a.People...)
	slices.Sort(out.People)
	slices.Sort(out.Teams)
	out.People, out.Teams = slices.Compact(out.People), slices.Compact(out.Teams)
	return out, nil
}

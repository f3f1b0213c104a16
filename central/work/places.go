package work

import (
	"context"
	"slices"
	"strings"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// SetKiosk replaces what can be booked on at a kiosk. problem.NotFound,
// problem.Invalid with the detail "field" (projects, project). Projects that were
// offered and have gone out of use since stay.
func (w *Work) SetKiosk(ctx context.Context, actor, kiosk string, k centraldb.KioskWork) error {
	return w.update(ctx, func(tx *centraldb.Tx) ([]string, error) {
		before, err := tx.KioskWork(ctx, kiosk)
		if err != nil {
			return nil, err
		}
		k.Projects = sorted(k.Projects)
		if err := check(ctx, tx, k.Projects, before.Projects); err != nil {
			return nil, err
		}
		if k.Project != "" && !slices.Contains(k.Projects, k.Project) {
			return nil, invalid("project", "This project is not offered here.", "Choose one of those that are ticked, or none.")
		}
		if slices.Equal(before.Projects, k.Projects) && before.Project == k.Project {
			return nil, nil
		}
		if err := tx.SetKioskWork(ctx, kiosk, k); err != nil {
			return nil, err
		}
		name, err := nameOf(ctx, tx, k.Project)
		if err != nil {
			return nil, err
		}
		return []string{kiosk}, w.Audit.Record(ctx, tx, actor, "kiosk.projects", kiosk, map[string]any{"projects": len(k.Projects), "default": name})
	})
}

// SetKiosks replaces the kiosks that offer a project. problem.NotFound,
// problem.Invalid with the detail "field" (kiosks).
func (w *Work) SetKiosks(ctx context.Context, actor, project string, kiosks []string) error {
	return w.update(ctx, func(tx *centraldb.Tx) ([]string, error) {
		row, err := tx.ProjectRow(ctx, project)
		if err != nil {
			return nil, err
		}
		if row.ArchivedAt != 0 {
			return nil, errArchived()
		}
		before, err := tx.ProjectKiosks(ctx, project)
		if err != nil {
			return nil, err
		}
		kiosks := sorted(kiosks)
		for _, id := range kiosks {
			if _, err := tx.Kiosk(ctx, id); problem.Is(err, problem.NotFound) {
				return nil, invalid("kiosks", "There is no such kiosk.", "Look at the list again.")
			} else if err != nil {
				return nil, err
			}
		}
		if slices.Equal(before, kiosks) {
			return nil, nil
		}
		if err := tx.SetProjectKiosks(ctx, project, kiosks); err != nil {
			return nil, err
		}
		return either(before, kiosks), w.Audit.Record(ctx, tx, actor, "project.kiosks", row.Name, map[string]any{"kiosks": len(kiosks)})
	})
}

// SetPerson replaces what one person may book on, and their break rule.
// problem.NotFound, problem.Conflict where they are archived, problem.Invalid with
// the detail "field" (projects, project, break_least, break_due).
func (w *Work) SetPerson(ctx context.Context, actor, person string, p centraldb.PersonWork) error {
	return w.update(ctx, func(tx *centraldb.Tx) ([]string, error) {
		if err := active(ctx, tx, person); err != nil {
			return nil, err
		}
		before, err := tx.PersonWork(ctx, person)
		if err != nil {
			return nil, err
		}
		if err := checkPerson(ctx, tx, &p, before); err != nil {
			return nil, err
		}
		if samePerson(before, p) {
			return nil, nil
		}
		if err := tx.SetPersonWork(ctx, person, p); err != nil {
			return nil, err
		}
		name, err := nameOf(ctx, tx, p.Project)
		if err != nil {
			return nil, err
		}
		detail := map[string]any{"projects": len(p.Projects), "default": name}
		if p.Break != nil {
			detail["break_least"], detail["break_due"] = p.Break.Least, p.Break.Due
		}
		if err := w.Audit.Record(ctx, tx, actor, "person.work", person, detail); err != nil {
			return nil, err
		}
		return tx.KiosksOf(ctx, person)
	})
}

func checkPerson(ctx context.Context, tx *centraldb.Tx, p *centraldb.PersonWork, before centraldb.PersonWork) error {
	p.Projects = sorted(p.Projects)
	if err := check(ctx, tx, p.Projects, before.Projects); err != nil {
		return err
	}
	if p.Project != "" && len(p.Projects) > 0 && !slices.Contains(p.Projects, p.Project) {
		return invalid("project", "This project is not on the person's list.", "Choose one of those that are ticked, or none.")
	}
	if p.Project != "" && p.Project != before.Project {
		unknown, err := tx.UnknownProjects(ctx, []string{p.Project})
		if err != nil {
			return err
		}
		if len(unknown) > 0 {
			return invalid("project", "There is no such project.", "Look at the list of projects again.")
		}
	}
	if p.Break == nil {
		return nil
	}
	return p.Break.Validate()
}

func samePerson(a, b centraldb.PersonWork) bool {
	same := a.Break == b.Break || a.Break != nil && b.Break != nil && *a.Break == *b.Break
	return same && a.Project == b.Project && slices.Equal(a.Projects, b.Projects)
}

// Add puts a project on the own lists of one person, or of everybody who is in a
// team now. Who had no list may from then on book on nothing else.
// problem.NotFound, problem.Conflict where the project or the person is archived.
func (w *Work) Add(ctx context.Context, actor, project, person, team string) error {
	return w.update(ctx, func(tx *centraldb.Tx) ([]string, error) {
		row, err := tx.ProjectRow(ctx, project)
		if err != nil {
			return nil, err
		}
		if row.ArchivedAt != 0 {
			return nil, errArchived()
		}
		people := []string{person}
		if person == "" {
			if _, err := tx.TeamRow(ctx, team); err != nil {
				return nil, err
			}
			if people, err = tx.TeamMembers(ctx, team); err != nil || len(people) == 0 {
				return nil, err
			}
		} else if err := active(ctx, tx, person); err != nil {
			return nil, err
		}
		if err := tx.ListProject(ctx, project, people); err != nil {
			return nil, err
		}
		return w.listed(ctx, tx, actor, row, people, map[string]any{"person": person, "team": team, "people": len(people)})
	})
}

// Remove takes a project off the own list of one person. Who has an empty list then
// may book on whatever a kiosk offers. problem.NotFound.
func (w *Work) Remove(ctx context.Context, actor, project, person string) error {
	return w.update(ctx, func(tx *centraldb.Tx) ([]string, error) {
		row, err := tx.ProjectRow(ctx, project)
		if err != nil {
			return nil, err
		}
		if _, err := tx.Person(ctx, person); err != nil {
			return nil, err
		}
		if err := tx.UnlistProject(ctx, project, []string{person}); err != nil {
			return nil, err
		}
		return w.listed(ctx, tx, actor, row, []string{person}, map[string]any{"person": person, "removed": true})
	})
}

// listed tells the audit log and gives the kiosks that have to hear of it.
func (w *Work) listed(ctx context.Context, tx *centraldb.Tx, actor string, p centraldb.ProjectRow, people []string, detail map[string]any) ([]string, error) {
	if err := w.Audit.Record(ctx, tx, actor, "project.people", p.Name, detail); err != nil {
		return nil, err
	}
	return tx.KiosksOf(ctx, people...)
}

// nameOf gives a project's name for the audit log, "" for none.
func nameOf(ctx context.Context, tx *centraldb.Tx, id string) (string, error) {
	if id == "" {
		return "", nil
	}
	row, err := tx.ProjectRow(ctx, id)
	return row.Name, err
}

// active refuses people who are not there or archived.
func active(ctx context.Context, tx *centraldb.Tx, person string) error {
	who, err := tx.Person(ctx, person)
	if err != nil {
		return err
	}
	if !who.Active {
		return problem.New(problem.Conflict, "This person is archived.", "Bring the person back first.")
	}
	return nil
}

// check refuses projects that are not in use, unless they stood there before.
func check(ctx context.Context, tx *centraldb.Tx, ids, before []string) error {
	unknown, err := tx.UnknownProjects(ctx, ids)
	if err != nil {
		return err
	}
	unknown = slices.DeleteFunc(unknown, func(id string) bool { return slices.Contains(before, id) })
	if len(unknown) > 0 {
		return invalid("projects", "There is no such project: "+strings.Join(unknown[:min(5, len(unknown))], ", ")+".", "Look at the list of projects again.")
	}
	return nil
}

func sorted(ids []string) []string {
	out := slices.Clone(ids)
	slices.Sort(out)
	return slices.Compact(out)
}

// either gives what is in one of two sorted lists and not in the other.
func either(a, b []string) []string {
	var out []string
	for _, id := range a {
		if _, both := slices.BinarySearch(b, id); !both {
			out = append(out, id)
		}
	}
	for _, id := range b {
		if _, both := slices.BinarySearch(a, id); !both {
			out = append(out, id)
		}
	}
	return out
}

func errArchived() error {
	return problem.New(problem.Conflict, "This project is out of use.", "Bring it back first.")
}

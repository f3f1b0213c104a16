package device

import (
	"cmp"
	"context"
	"slices"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/wire"
)

// bookable gives the projects that a person may book on here: those of their own
// list that this kiosk knows; all it knows for somebody without a list. Those they
// have lately booked on come first, the others by name.
func (t *Terminal) bookable(ctx context.Context, person wire.PersonRow, history []devicedb.Punch) ([]local.Project, error) {
	var out []local.Project
	all := t.c.Roster.Projects()
	for _, row := range all {
		if len(person.Projects) == 0 || slices.Contains(person.Projects, row.ID) {
			out = append(out, local.Project{ID: row.ID, Name: row.Name})
		}
	}
	lately := map[string]int{} // the later, the higher
	for i, u := range history {
		if u.Project != "" {
			lately[u.Project] = i + 1
		}
	}
	slices.SortStableFunc(out, func(a, b local.Project) int { return cmp.Compare(lately[b.ID], lately[a.ID]) })
	return out, ctx.Err()
}

// defaultOf gives the project that an In books on where none is named: the person's
// own, else the kiosk's, if they may book on it here.
func defaultOf(person wire.PersonRow, settings wire.SettingsRow, projects []local.Project) string {
	for _, id := range []string{person.Default, settings.Project} {
		if id != "" && nameOf(projects, id) != "" {
			return id
		}
	}
	return ""
}

// booked completes a request with the default project, and refuses a project that
// the person may not book on.
func (t *Terminal) booked(ctx context.Context, person wire.PersonRow, a attendance.Action, project string) (string, error) {
	if project == "" && a == attendance.Switch {
		return "", problem.New(problem.Invalid, "The project is missing.", "Choose a project.")
	}
	if project == "" && a != attendance.In {
		return "", nil
	}
	known, err := t.bookable(ctx, person, nil)
	if err != nil {
		return "", err
	}
	if project != "" {
		if nameOf(known, project) == "" {
			return "", problem.New(problem.NotFound, "This project is not on your list.", "Choose another project.")
		}
		return project, nil
	}
	settings, err := t.settings(ctx)
	return defaultOf(person, settings, known), err
}

// others says whether there is a project to switch to.
func others(projects []local.Project, open string) bool {
	return slices.ContainsFunc(projects, func(p local.Project) bool { return p.ID != open })
}

// projectName gives the name of any project this kiosk knows, "" for others.
func (t *Terminal) projectName(ctx context.Context, id string) (string, error) {
	if id == "" {
		return "", nil
	}
	row, err := t.c.Roster.Project(ctx, id)
	if problem.Is(err, problem.NotFound) {
		return "", nil
	}
	return row.Name, err
}

func nameOf(projects []local.Project, id string) string {
	for _, p := range projects {
		if p.ID == id {
			return p.Name
		}
	}
	return ""
}

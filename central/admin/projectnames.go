package admin

import (
	"context"

	"github.com/timepost/timepost/store/centraldb"
)

// projectNames are the names of all projects, by id.
type projectNames map[string]string

func (p *pages) projectNames(ctx context.Context) (projectNames, error) {
	all, err := p.ProjectLists.Projects(ctx)
	if err != nil {
		return nil, err
	}
	out := make(projectNames, len(all))
	for _, x := range all {
		out[x.ID] = x.Name
	}
	return out, nil
}

// of gives a project's name, or what stands in its place where nobody knows it.
func (n projectNames) of(id string) string {
	if name, ok := n[id]; ok {
		return name
	}
	return id
}

// bookable gives the projects that a punch can be booked on by hand: those in use,
// and the one that it is booked on, whether or not it is.
func (p *pages) bookable(ctx context.Context, now string) ([]centraldb.Project, error) {
	all, err := p.ProjectLists.Projects(ctx)
	if err != nil {
		return nil, err
	}
	var out []centraldb.Project
	known := now == ""
	for _, x := range all {
		if x.ArchivedAt == 0 || x.ID == now {
			out = append(out, x)
		}
		known = known || x.ID == now
	}
	if !known {
		out = append(out, centraldb.Project{ID: now, Name: now})
	}
	return out, nil
}

package admin

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/store/centraldb"
)

// Projects administers projects. See package work for the errors.
type Projects interface {
	CreateProject(ctx context.Context, actor, name string) (centraldb.Project, error)
	RenameProject(ctx context.Context, actor, id, name string) error
	ArchiveProject(ctx context.Context, actor, id string) error
	RestoreProject(ctx context.Context, actor, id string) error
	ProjectPlaces
}

// ProjectPlaces says where and by whom projects can be booked on. See package work.
type ProjectPlaces interface {
	SetKiosk(ctx context.Context, actor, kiosk string, k centraldb.KioskWork) error
	SetKiosks(ctx context.Context, actor, project string, kiosks []string) error
	SetPerson(ctx context.Context, actor, person string, p centraldb.PersonWork) error
	Add(ctx context.Context, actor, project, person, team string) error
	Remove(ctx context.Context, actor, project, person string) error
}

// ProjectLists reads projects; a project, kiosk or person who is not there is
// problem.NotFound.
type ProjectLists interface {
	Projects(ctx context.Context) ([]centraldb.Project, error)
	ProjectPage(ctx context.Context, f centraldb.ProjectFilter) ([]centraldb.ProjectRow, int, error)
	ProjectRow(ctx context.Context, id string) (centraldb.ProjectRow, error)
	ProjectKiosks(ctx context.Context, project string) ([]string, error)
	WorkLists
}

// WorkLists reads who may book on what.
type WorkLists interface {
	ProjectPeople(ctx context.Context, project string, offset, limit int) ([]attendance.Person, error)
	KioskWork(ctx context.Context, kiosk string) (centraldb.KioskWork, error)
	PersonWork(ctx context.Context, person string) (centraldb.PersonWork, error)
}

// projectsPage is how many projects are shown at once.
const projectsPage = 100

// projectsView is the list of projects, with the form for one more.
type projectsView struct {
	page
	Projects []projectLine
	Total    int
	First    int
	Last     int
	Search   string
	Archived bool
	Current  choice
	Past     choice
	Name     string // as typed
	Wrong    wrong
	May      bool
	Prev     string
	Next     string
}

// projectLine is a project as lists show it.
type projectLine struct{ centraldb.ProjectRow }

// Link leads to the project.
func (l projectLine) Link() string { return projectPath(l.ID) }

func projectPath(id string) string { return "/projects/" + url.PathEscape(id) }

func (p *pages) projectRoutes() []route {
	return []route{
		{"GET", "/projects", access.PeopleRead, p.projects},
		{"POST", "/projects", access.PeopleWrite, p.createProject},
		{"GET", "/projects/{id}", access.PeopleRead, p.oneProject},
		{"POST", "/projects/{id}", access.PeopleWrite, p.renameProject},
		{"POST", "/projects/{id}/kiosks", access.KiosksWrite, p.setProjectKiosks},
		{"POST", "/projects/{id}/add", access.PeopleWrite, p.addToProject},
		{"POST", "/projects/{id}/remove", access.PeopleWrite, p.removeFromProject},
		{"POST", "/projects/{id}/archive", access.PeopleWrite, p.archiveProject},
		{"POST", "/projects/{id}/restore", access.PeopleWrite, p.restoreProject},
		{"GET", "/kiosks/{id}/projects", access.KiosksRead, p.kioskProjects},
		{"POST", "/kiosks/{id}/projects", access.KiosksWrite, p.setKioskProjects},
		{"GET", "/team/{id}/work", access.PeopleRead, p.personWork},
		{"POST", "/team/{id}/work", access.PeopleWrite, p.setPersonWork},
	}
}

func (p *pages) projects(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	return p.showProjects(w, r, who, http.StatusOK, "", nil)
}

func (p *pages) showProjects(w http.ResponseWriter, r *http.Request, who access.Identity, status int, typed string, bad wrong) error {
	q := r.URL.Query()
	v := projectsView{
		page: p.page("Projects", "team", who), Name: typed, Wrong: bad, May: access.Allowed(who.Role, access.PeopleWrite),
		Search: strings.TrimSpace(q.Get("search")), Archived: q.Get("show") == "archived",
	}
	v.Current = choice{"In use", "/projects", !v.Archived}
	v.Past = choice{"Out of use", "/projects?show=archived", v.Archived}
	at := pageOf(q)
	rows, total, err := p.ProjectLists.ProjectPage(r.Context(), centraldb.ProjectFilter{
		Search: v.Search, Archived: v.Archived, Offset: at * projectsPage, Limit: projectsPage,
	})
	if err != nil {
		return err
	}
	for _, row := range rows {
		v.Projects = append(v.Projects, projectLine{row})
	}
	v.Total, v.First, v.Last = total, at*projectsPage+1, at*projectsPage+len(rows)
	keep := url.Values{}
	set(keep, "search", v.Search)
	if v.Archived {
		keep.Set("show", "archived")
	}
	v.Prev, v.Next = turn("/projects", keep, at, v.Last < total)
	return p.show(w, status, "projects", v)
}

func (p *pages) createProject(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	typed := r.PostForm.Get("name")
	made, err := p.Projects.CreateProject(r.Context(), who.Email, typed)
	if err == nil {
		return p.after(w, r, projectPath(made.ID), "Made. Now choose the kiosks that offer it.")
	}
	bad, status, err := wrongOf(err, "name")
	if err != nil {
		return err
	}
	return p.showProjects(w, r, who, status, typed, bad)
}

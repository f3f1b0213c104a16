package api

import (
	"context"
	"net/http"
	"strconv"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
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

// ProjectLists reads projects; what is not there is problem.NotFound.
type ProjectLists interface {
	ProjectPage(ctx context.Context, f centraldb.ProjectFilter) ([]centraldb.ProjectRow, int, error)
	ProjectRow(ctx context.Context, id string) (centraldb.ProjectRow, error)
	ProjectKiosks(ctx context.Context, project string) ([]string, error)
	KioskWork(ctx context.Context, kiosk string) (centraldb.KioskWork, error)
	PersonWork(ctx context.Context, person string) (centraldb.PersonWork, error)
}

func (a *API) projectRoutes() []route {
	return []route{
		{"GET", "/projects", access.PeopleRead, a.projects},
		{"POST", "/projects", access.PeopleWrite, a.createProject},
		{"PATCH", "/projects/{id}", access.PeopleWrite, a.renameProject},
		{"POST", "/projects/{id}/archive", access.PeopleWrite, a.onProject(func(ctx context.Context, who, id string) error { return a.Projects.ArchiveProject(ctx, who, id) })},
		{"POST", "/projects/{id}/restore", access.PeopleWrite, a.onProject(func(ctx context.Context, who, id string) error { return a.Projects.RestoreProject(ctx, who, id) })},
		{"GET", "/projects/{id}/kiosks", access.KiosksRead, a.projectKiosks},
		{"PUT", "/projects/{id}/kiosks", access.KiosksWrite, a.setProjectKiosks},
		{"POST", "/projects/{id}/people", access.PeopleWrite, a.addToProject},
		{"DELETE", "/projects/{id}/people/{person}", access.PeopleWrite, a.removeFromProject},
		{"GET", "/kiosks/{id}/projects", access.KiosksRead, a.kioskWork},
		{"PUT", "/kiosks/{id}/projects", access.KiosksWrite, a.setKioskWork},
		{"GET", "/people/{id}/work", access.PeopleRead, a.personWork},
		{"PUT", "/people/{id}/work", access.PeopleWrite, a.setPersonWork},
	}
}

func (a *API) projects(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	limit, err := number(r, "limit", 200, 1, 1000)
	if err != nil {
		return err
	}
	offset, err := number(r, "offset", 0, 0, 1<<30)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	archived, err := strconv.ParseBool(q.Get("archived"))
	if err != nil && q.Has("archived") {
		return problem.New(problem.Invalid, "The value of archived must be true or false.", "")
	}
	page, total, err := a.ProjectLists.ProjectPage(r.Context(), centraldb.ProjectFilter{Search: q.Get("search"), Archived: archived, Offset: offset, Limit: limit})
	if err != nil {
		return err
	}
	out := client.Projects{Projects: make([]client.Project, len(page)), Total: total}
	for i, p := range page {
		out.Projects[i] = projectOf(p)
	}
	return answer(w, http.StatusOK, out)
}

func (a *API) createProject(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.NewProject
	if err := read(w, r, &in); err != nil {
		return err
	}
	made, err := a.Projects.CreateProject(r.Context(), who.Email, in.Name)
	if err != nil {
		return err
	}
	return a.answerProject(w, r, http.StatusCreated, made.ID)
}

func (a *API) renameProject(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.NewProject
	if err := read(w, r, &in); err != nil {
		return err
	}
	if err := a.Projects.RenameProject(r.Context(), who.Email, r.PathValue("id"), in.Name); err != nil {
		return err
	}
	return a.answerProject(w, r, http.StatusOK, r.PathValue("id"))
}

// onProject does one thing to the project of the path and answers with it.
func (a *API) onProject(do func(ctx context.Context, actor, id string) error) func(http.ResponseWriter, *http.Request, access.Identity) error {
	return func(w http.ResponseWriter, r *http.Request, who access.Identity) error {
		if err := do(r.Context(), who.Email, r.PathValue("id")); err != nil {
			return err
		}
		return a.answerProject(w, r, http.StatusOK, r.PathValue("id"))
	}
}

func (a *API) projectKiosks(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	if _, err := a.ProjectLists.ProjectRow(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	ids, err := a.ProjectLists.ProjectKiosks(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, client.ProjectKiosks{Kiosks: some(ids)})
}

func (a *API) setProjectKiosks(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.ProjectKiosks
	if err := read(w, r, &in); err != nil {
		return err
	}
	if err := a.Projects.SetKiosks(r.Context(), who.Email, r.PathValue("id"), in.Kiosks); err != nil {
		return err
	}
	return a.projectKiosks(w, r, who)
}

func (a *API) addToProject(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.ProjectPeople
	if err := read(w, r, &in); err != nil {
		return err
	}
	if (in.Person == "") == (in.Team == "") {
		return problem.New(problem.Invalid, "The body names nobody, or a person and a team.", "Give one of both: person or team.").With("field", "person")
	}
	if err := a.Projects.Add(r.Context(), who.Email, r.PathValue("id"), in.Person, in.Team); err != nil {
		return err
	}
	return a.answerProject(w, r, http.StatusOK, r.PathValue("id"))
}

func (a *API) removeFromProject(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	if err := a.Projects.Remove(r.Context(), who.Email, r.PathValue("id"), r.PathValue("person")); err != nil {
		return err
	}
	return a.answerProject(w, r, http.StatusOK, r.PathValue("id"))
}

func (a *API) answerProject(w http.ResponseWriter, r *http.Request, status int, id string) error {
	row, err := a.ProjectLists.ProjectRow(r.Context(), id)
	if err != nil {
		return err
	}
	return answer(w, status, projectOf(row))
}

func (a *API) kioskWork(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	have, err := a.ProjectLists.KioskWork(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, client.KioskWork{Projects: some(have.Projects), Default: have.Project})
}

func (a *API) setKioskWork(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.KioskWork
	if err := read(w, r, &in); err != nil {
		return err
	}
	if err := a.Projects.SetKiosk(r.Context(), who.Email, r.PathValue("id"), centraldb.KioskWork{Projects: in.Projects, Project: in.Default}); err != nil {
		return err
	}
	return a.kioskWork(w, r, who)
}

func (a *API) personWork(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	have, err := a.ProjectLists.PersonWork(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	out := client.PersonWork{Projects: some(have.Projects), Default: have.Project}
	if have.Break != nil {
		out.Break = &client.BreakRule{Least: have.Break.Least, Due: have.Break.Due}
	}
	return answer(w, http.StatusOK, out)
}

func (a *API) setPersonWork(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.PersonWork
	if err := read(w, r, &in); err != nil {
		return err
	}
	p := centraldb.PersonWork{Projects: in.Projects, Project: in.Default}
	if in.Break != nil {
		p.Break = &wire.BreakRule{Least: in.Break.Least, Due: in.Break.Due}
	}
	if err := a.Projects.SetPerson(r.Context(), who.Email, r.PathValue("id"), p); err != nil {
		return err
	}
	return a.personWork(w, r, who)
}

func projectOf(p centraldb.ProjectRow) client.Project {
	return client.Project{ID: p.ID, Name: p.Name, Kiosks: p.Kiosks, People: p.People, Archived: p.ArchivedAt != 0}
}

// some makes nothing an empty list, which JSON has.
func some(ids []string) []string {
	if ids == nil {
		return []string{}
	}
	return ids
}

package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Teams administers teams, and takes imports back. See package team for the errors.
type Teams interface {
	CreateTeam(ctx context.Context, actor, name string) (string, error)
	RenameTeam(ctx context.Context, actor, from, to string) (string, error)
	SetManager(ctx context.Context, actor, name, person string) error
	TeamLife
}

// TeamLife takes teams out of use and back, and imports back.
type TeamLife interface {
	ArchiveTeam(ctx context.Context, actor, name string) error
	RestoreTeam(ctx context.Context, actor, name string) error
	UndoImport(ctx context.Context, actor string, id int64) error
}

// TeamLists reads teams and imports; TeamRow answers problem.NotFound.
type TeamLists interface {
	TeamRows(ctx context.Context) ([]centraldb.TeamRow, error)
	TeamRow(ctx context.Context, name string) (centraldb.TeamRow, error)
	Imports(ctx context.Context, limit int) ([]centraldb.ImportRow, error)
}

// importsListed is how many imports are listed.
const importsListed = 100

func (a *API) teamsRoutes() []route {
	return []route{
		{"GET", "/teams", access.PeopleRead, a.teams},
		{"POST", "/teams", access.PeopleWrite, a.createTeam},
		{"PATCH", "/teams/{name}", access.PeopleWrite, a.editTeam},
		{"POST", "/teams/{name}/archive", access.PeopleWrite, a.archiveTeam},
		{"POST", "/teams/{name}/restore", access.PeopleWrite, a.restoreTeam},
		{"GET", "/imports", access.PeopleWrite, a.imports},
		{"POST", "/imports/{id}/undo", access.PeopleWrite, a.undoImport},
	}
}

func (a *API) teams(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	rows, err := a.TeamLists.TeamRows(r.Context())
	if err != nil {
		return err
	}
	out := client.Teams{Teams: make([]client.Team, len(rows))}
	for i, t := range rows {
		out.Teams[i] = teamOf(t)
	}
	return answer(w, http.StatusOK, out)
}

func (a *API) createTeam(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.NewTeam
	if err := read(w, r, &in); err != nil {
		return err
	}
	name, err := a.Teams.CreateTeam(r.Context(), who.Email, in.Name)
	if err != nil {
		return err
	}
	return a.answerTeam(w, r, http.StatusCreated, name)
}

// editTeam changes what the body names.
func (a *API) editTeam(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.TeamEdit
	if err := read(w, r, &in); err != nil {
		return err
	}
	name := r.PathValue("name")
	if in.Manager != nil {
		if err := a.Teams.SetManager(r.Context(), who.Email, name, *in.Manager); err != nil {
			return err
		}
	}
	if in.Name != nil {
		var err error
		if name, err = a.Teams.RenameTeam(r.Context(), who.Email, name, *in.Name); err != nil {
			return err
		}
	}
	return a.answerTeam(w, r, http.StatusOK, name)
}

func (a *API) archiveTeam(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	if err := a.Teams.ArchiveTeam(r.Context(), who.Email, r.PathValue("name")); err != nil {
		return err
	}
	return a.answerTeam(w, r, http.StatusOK, r.PathValue("name"))
}

func (a *API) restoreTeam(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	if err := a.Teams.RestoreTeam(r.Context(), who.Email, r.PathValue("name")); err != nil {
		return err
	}
	return a.answerTeam(w, r, http.StatusOK, r.PathValue("name"))
}

func (a *API) answerTeam(w http.ResponseWriter, r *http.Request, status int, name string) error {
	row, err := a.TeamLists.TeamRow(r.Context(), name)
	if err != nil {
		return err
	}
	return answer(w, status, teamOf(row))
}

func (a *API) imports(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	rows, err := a.TeamLists.Imports(r.Context(), importsListed)
	if err != nil {
		return err
	}
	out := client.Imports{Imports: make([]client.Import, len(rows))}
	for i, x := range rows {
		out.Imports[i] = client.Import{ID: x.ID, At: time.Unix(0, x.At).UTC(), By: x.Actor, People: x.People, Undone: x.UndoneAt != 0, Touched: x.Kept}
	}
	return answer(w, http.StatusOK, out)
}

// undoImport takes an import back and answers with the list.
func (a *API) undoImport(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return problem.New(problem.NotFound, "There is no such import.", "Look at the list of imports.").Because(err)
	}
	if err := a.Teams.UndoImport(r.Context(), who.Email, id); err != nil {
		return err
	}
	return a.imports(w, r, who)
}

func teamOf(t centraldb.TeamRow) client.Team {
	return client.Team{Name: t.Name, Manager: t.Manager, ManagerName: t.ManagerName, People: t.Members, Kiosks: t.Kiosks, Archived: t.ArchivedAt != 0}
}

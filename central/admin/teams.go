package admin

import (
	"context"
	"net/http"
	"net/url"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Teams administers teams. See package team for the errors.
type Teams interface {
	CreateTeam(ctx context.Context, actor, name string) (string, error)
	RenameTeam(ctx context.Context, actor, from, to string) (string, error)
	SetManager(ctx context.Context, actor, name, person string) error
	TeamLife
}

// TeamLife takes teams out of use and people into them. See package team.
type TeamLife interface {
	ArchiveTeam(ctx context.Context, actor, name string) error
	RestoreTeam(ctx context.Context, actor, name string) error
	Move(ctx context.Context, actor, person, name string) ([]team.Issued, error)
}

// TeamLists reads teams; TeamRow answers problem.NotFound.
type TeamLists interface {
	TeamRows(ctx context.Context) ([]centraldb.TeamRow, error)
	TeamRow(ctx context.Context, name string) (centraldb.TeamRow, error)
}

// teamsView is the list of teams, with the form for one more.
type teamsView struct {
	page
	Teams    []teamLine
	Archived []teamLine
	Name     string // as typed
	Wrong    *problem.Error
	May      bool
}

// teamLine is a team as lists show it.
type teamLine struct{ centraldb.TeamRow }

// Link leads to the team.
func (t teamLine) Link() string { return teamLink(t.Name) }

func teamLink(name string) string { return "/teams/" + url.PathEscape(name) }

func (p *pages) teamsRoutes() []route {
	return []route{
		{"GET", "/teams", access.PeopleRead, p.teams},
		{"POST", "/teams", access.PeopleWrite, p.createTeam},
		{"GET", "/teams/{name}", access.PeopleRead, p.oneTeam},
		{"POST", "/teams/{name}", access.PeopleWrite, p.editTeam},
		{"POST", "/teams/{name}/add", access.PeopleWrite, p.joinTeam},
		{"POST", "/teams/{name}/remove", access.PeopleWrite, p.leaveTeam},
		{"POST", "/teams/{name}/archive", access.PeopleWrite, p.archiveTeam},
		{"POST", "/teams/{name}/restore", access.PeopleWrite, p.restoreTeam},
	}
}

func (p *pages) teams(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	return p.showTeams(w, r, who, http.StatusOK, "", nil)
}

func (p *pages) showTeams(w http.ResponseWriter, r *http.Request, who access.Identity, status int, typed string, wrong *problem.Error) error {
	v := teamsView{page: p.page("Teams", "team", who), Name: typed, Wrong: wrong, May: access.Allowed(who.Role, access.PeopleWrite)}
	rows, err := p.TeamLists.TeamRows(r.Context())
	if err != nil {
		return err
	}
	for _, t := range rows {
		if t.ArchivedAt == 0 {
			v.Teams = append(v.Teams, teamLine{t})
		} else {
			v.Archived = append(v.Archived, teamLine{t})
		}
	}
	return p.show(w, status, "teams", v)
}

func (p *pages) createTeam(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	typed := r.PostForm.Get("name")
	_, err := p.Teams.CreateTeam(r.Context(), who.Email, typed)
	if err == nil {
		http.Redirect(w, r, "/teams", http.StatusSeeOther)
		return nil
	}
	e := problem.From(err)
	if e.Code != problem.Invalid && e.Code != problem.Conflict {
		return err
	}
	return p.showTeams(w, r, who, e.Code.HTTPStatus(), typed, e)
}

func (p *pages) archiveTeam(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	err := p.Teams.ArchiveTeam(r.Context(), who.Email, r.PathValue("name"))
	return p.afterTeam(w, r, who, "archived", err)
}

func (p *pages) restoreTeam(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	err := p.Teams.RestoreTeam(r.Context(), who.Email, r.PathValue("name"))
	return p.afterTeam(w, r, who, "restored", err)
}

// afterTeam goes back to the team's page, which says what was done or what was wrong.
func (p *pages) afterTeam(w http.ResponseWriter, r *http.Request, who access.Identity, done string, err error) error {
	if err == nil {
		http.Redirect(w, r, teamLink(r.PathValue("name"))+"?done="+done, http.StatusSeeOther)
		return nil
	}
	if e := problem.From(err); e.Code == problem.Conflict {
		return p.teamAgain(w, r, who, teamForm{}, e)
	}
	return err
}

package admin

import (
	"net/http"
	"strconv"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// teamForm is what was typed on a team's page, and what is wrong with it.
type teamForm struct {
	Name    string
	Manager string // an id, a staff number, a name
	Person  string // to add
}

// oneTeamView is the page of a team.
type oneTeamView struct {
	page
	Team    teamLine
	Form    teamForm
	Wrong   *problem.Error
	Field   string // that is wrong; "" for the whole
	Members []member
	Total   int
	First   int
	Last    int
	Prev    string
	Next    string
	May     bool
	Done    string
}

func (p *pages) oneTeam(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	v, err := p.teamView(r, who)
	if err != nil {
		return err
	}
	switch r.URL.Query().Get("done") {
	case "saved":
		v.Done = "Saved."
	case "added":
		v.Done = "Added. Kiosks that are connected know it in a moment."
	case "removed":
		v.Done = "Taken out of the team."
	case "archived":
		v.Done = "Archived. It is on no kiosk any more."
	case "restored":
		v.Done = "Back in use. Choose its kiosks on their own pages."
	}
	return p.show(w, http.StatusOK, "team_one", v)
}

func (p *pages) teamView(r *http.Request, who access.Identity) (oneTeamView, error) {
	row, err := p.TeamLists.TeamRow(r.Context(), r.PathValue("name"))
	if err != nil {
		return oneTeamView{}, err
	}
	v := oneTeamView{
		page: p.page(row.Name, "team", who), Team: teamLine{row}, May: access.Allowed(who.Role, access.PeopleWrite),
		Form: teamForm{Name: row.Name, Manager: row.ManagerName},
	}
	number := pageOf(r.URL.Query())
	lines, total, err := p.Roll.TeamPage(r.Context(), centraldb.TeamFilter{Team: row.Name, Offset: number * teamPage, Limit: teamPage})
	if err != nil {
		return v, err
	}
	for _, l := range lines {
		v.Members = append(v.Members, p.member(l))
	}
	v.Total, v.First, v.Last = total, number*teamPage+1, number*teamPage+len(lines)
	if number > 0 {
		v.Prev = v.Team.Link() + "?page=" + strconv.Itoa(number-1)
	}
	if v.Last < total {
		v.Next = v.Team.Link() + "?page=" + strconv.Itoa(number+1)
	}
	return v, nil
}

// teamAgain shows the page as it was sent, with what is wrong at its field.
func (p *pages) teamAgain(w http.ResponseWriter, r *http.Request, who access.Identity, f teamForm, e *problem.Error) error {
	v, err := p.teamView(r, who)
	if err != nil {
		return err
	}
	v.Wrong = e
	v.Field, _ = e.Detail["field"].(string)
	if f.Name != "" || v.Field == "name" {
		v.Form.Name, v.Form.Manager = f.Name, f.Manager
	}
	v.Form.Person = f.Person
	v.Title = "Not saved: " + v.Title
	return p.show(w, e.Code.HTTPStatus(), "team_one", v)
}

// editTeam renames a team and says who manages it.
func (p *pages) editTeam(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	from := r.PathValue("name")
	f := teamForm{Name: r.PostForm.Get("name"), Manager: r.PostForm.Get("manager")}
	row, err := p.TeamLists.TeamRow(r.Context(), from)
	if err != nil {
		return err
	}
	manager := row.Manager
	if f.Manager != row.ManagerName {
		manager, err = p.meant(r.Context(), "manager", f.Manager)
	}
	if err == nil {
		err = p.Teams.SetManager(r.Context(), who.Email, from, manager)
	}
	name := from
	if err == nil {
		name, err = p.Teams.RenameTeam(r.Context(), who.Email, from, f.Name)
	}
	if err == nil {
		http.Redirect(w, r, teamLink(name)+"?done=saved", http.StatusSeeOther)
		return nil
	}
	e := problem.From(err)
	if e.Code != problem.Invalid && e.Code != problem.Conflict {
		return err
	}
	return p.teamAgain(w, r, who, f, e)
}

func (p *pages) joinTeam(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	f := teamForm{Person: r.PostForm.Get("person")}
	person, err := p.meant(r.Context(), "person", f.Person)
	if err == nil && person == "" {
		err = problem.New(problem.Invalid, "Nobody was named.", "Write a name or a staff number.").With("field", "person")
	}
	if err != nil {
		if e := problem.From(err); e.Code == problem.Invalid {
			return p.teamAgain(w, r, who, f, e)
		}
		return err
	}
	return p.move(w, r, who, person, r.PathValue("name"), "added")
}

func (p *pages) leaveTeam(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	l, err := p.Roll.TeamMember(r.Context(), r.PostForm.Get("person"))
	if err != nil {
		return err
	}
	if l.Team != r.PathValue("name") {
		return problem.New(problem.Conflict, l.Name+" is not in this team any more.", "Look at the team again.")
	}
	return p.move(w, r, who, l.ID, "", "removed")
}

// move changes somebody's team; PINs that the rules have replaced are shown once.
func (p *pages) move(w http.ResponseWriter, r *http.Request, who access.Identity, person, to, done string) error {
	l, err := p.Roll.TeamMember(r.Context(), person)
	if err == nil && !mayWrite(who, l.Role) {
		err = errOwners()
	}
	if err != nil {
		return err
	}
	issued, err := p.Teams.Move(r.Context(), who.Email, person, to)
	if err != nil {
		return p.afterTeam(w, r, who, done, err)
	}
	if len(issued) > 0 {
		return p.showOnce(w, r, onceView{
			Title: "Moved, and the PIN rules required new PINs", Back: teamLink(r.PathValue("name")), Lines: issuedLines(l.Person, issued),
			Why: "After this change an old PIN could not be told from another one on a kiosk.",
		})
	}
	return p.afterTeam(w, r, who, done, nil)
}

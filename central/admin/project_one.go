package admin

import (
	"net/http"
	"slices"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// projectPeople is how many people are shown at once on a project's page.
const projectPeople = 50

// projectForm is what was typed on a project's page.
type projectForm struct {
	Name   string
	Person string // a name, a staff number or an id
	Team   string
}

// kioskTick is a kiosk that can be ticked.
type kioskTick struct {
	ID, Name string
	Chose    bool
}

// projectView is the page of one project.
type projectView struct {
	page
	Project projectLine
	Done    string
	Form    projectForm
	Wrong   wrong
	Kiosks  []kioskTick
	People  []attendance.Person
	Teams   []string
	Prev    string
	Next    string
	May     bool
}

func (p *pages) oneProject(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	return p.showProject(w, r, who, http.StatusOK, func(v *projectView) { v.Done, _ = p.noted(r).(string) })
}

// showProject shows a project's page; more puts in what this request adds.
func (p *pages) showProject(w http.ResponseWriter, r *http.Request, who access.Identity, status int, more func(*projectView)) error {
	ctx := r.Context()
	row, err := p.ProjectLists.ProjectRow(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	v := projectView{
		page: p.page(row.Name, "team", who), Project: projectLine{row}, Form: projectForm{Name: row.Name},
		May: access.Allowed(who.Role, access.PeopleWrite),
	}
	if v.Teams, err = p.Lists.Teams(ctx); err != nil {
		return err
	}
	if v.Kiosks, err = p.kioskTicks(r, row.ID); err != nil {
		return err
	}
	at := pageOf(r.URL.Query())
	people, err := p.ProjectLists.ProjectPeople(ctx, row.ID, at*projectPeople, projectPeople+1)
	if err != nil {
		return err
	}
	v.People = people[:min(len(people), projectPeople)]
	v.Prev, v.Next = turn(v.Project.Link(), nil, at, len(people) > projectPeople)
	more(&v)
	return p.show(w, status, "project_one", v)
}

func (p *pages) kioskTicks(r *http.Request, project string) ([]kioskTick, error) {
	all, err := p.Fleet.Kiosks(r.Context())
	if err != nil {
		return nil, err
	}
	offering, err := p.ProjectLists.ProjectKiosks(r.Context(), project)
	if err != nil {
		return nil, err
	}
	var out []kioskTick
	for _, k := range all {
		chose := slices.Contains(offering, k.ID)
		if chose || k.Status != centraldb.KioskRevoked {
			out = append(out, kioskTick{k.ID, k.Name, chose})
		}
	}
	return out, nil
}

// projectAgain shows the page as it was sent, with what is wrong at its field.
func (p *pages) projectAgain(w http.ResponseWriter, r *http.Request, who access.Identity, field string, err error) error {
	bad, status, err := wrongOf(err, field)
	if err != nil {
		return err
	}
	typed := r.PostForm
	return p.showProject(w, r, who, status, func(v *projectView) {
		v.Wrong, v.Title = bad, "Not saved: "+v.Title
		v.Form.Person, v.Form.Team = typed.Get("person"), typed.Get("team")
		if typed.Has("name") {
			v.Form.Name = typed.Get("name")
		}
	})
}

func (p *pages) renameProject(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	id := r.PathValue("id")
	if err := p.Projects.RenameProject(r.Context(), who.Email, id, r.PostForm.Get("name")); err != nil {
		return p.projectAgain(w, r, who, "name", err)
	}
	return p.after(w, r, projectPath(id), "Saved.")
}

func (p *pages) setProjectKiosks(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	id := r.PathValue("id")
	if err := p.Projects.SetKiosks(r.Context(), who.Email, id, r.PostForm["kiosk"]); err != nil {
		return p.projectAgain(w, r, who, "kiosks", err)
	}
	return p.after(w, r, projectPath(id), "Its kiosks were saved.")
}

// addToProject puts the project on the list of one person, or of a team's people.
func (p *pages) addToProject(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	id, team := r.PathValue("id"), r.PostForm.Get("team")
	field, person := "team", ""
	var err error
	if r.PostForm.Get("how") != "team" {
		field, team = "person", ""
		person, err = p.meant(r.Context(), field, r.PostForm.Get("person"))
	}
	if err == nil && person == "" && team == "" {
		err = problem.New(problem.Invalid, "Nobody was named.", "Write a name or a staff number, or choose a team.").With("field", field)
	}
	if err == nil {
		err = p.Projects.Add(r.Context(), who.Email, id, person, team)
	}
	if err != nil {
		return p.projectAgain(w, r, who, field, err)
	}
	return p.after(w, r, projectPath(id), "Added.")
}

func (p *pages) removeFromProject(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	id := r.PathValue("id")
	if err := p.Projects.Remove(r.Context(), who.Email, id, r.PostForm.Get("person")); err != nil {
		return err
	}
	return p.after(w, r, projectPath(id), "Taken off the list.")
}

func (p *pages) archiveProject(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	id := r.PathValue("id")
	if err := p.Projects.ArchiveProject(r.Context(), who.Email, id); err != nil {
		return err
	}
	return p.after(w, r, projectPath(id), "Out of use. No kiosk offers it any more; what was booked on it stays.")
}

func (p *pages) restoreProject(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	id := r.PathValue("id")
	if err := p.Projects.RestoreProject(r.Context(), who.Email, id); err != nil {
		return p.projectAgain(w, r, who, "name", err)
	}
	return p.after(w, r, projectPath(id), "Back in use, at the kiosks it was offered at before.")
}

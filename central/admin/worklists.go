package admin

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// worksForm bounds a form that ticks hundreds of projects or kiosks.
const worksForm = 128 << 10

// projectTick is a project that can be ticked.
type projectTick struct {
	centraldb.Project
	Chose bool
}

// ticks gives the projects in use, and those out of use that are chosen.
func (p *pages) ticks(ctx context.Context, chosen []string) ([]projectTick, error) {
	all, err := p.ProjectLists.Projects(ctx)
	if err != nil {
		return nil, err
	}
	var out []projectTick
	for _, x := range all {
		chose := slices.Contains(chosen, x.ID)
		if chose || x.ArchivedAt == 0 {
			out = append(out, projectTick{x, chose})
		}
	}
	return out, nil
}

// kioskProjectsView is the page that says what can be booked on at a kiosk.
type kioskProjectsView struct {
	page
	Kiosk    centraldb.Kiosk
	Back     string
	Projects []projectTick
	Default  string
	Done     string
	Wrong    wrong
}

func (p *pages) kioskProjects(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	have, err := p.ProjectLists.KioskWork(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return p.showKioskProjects(w, r, who, http.StatusOK, have, nil)
}

func (p *pages) showKioskProjects(w http.ResponseWriter, r *http.Request, who access.Identity, status int, have centraldb.KioskWork, bad wrong) error {
	k, err := p.Fleet.Kiosk(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	v := kioskProjectsView{page: p.page("Projects at "+k.Name, "kiosks", who), Kiosk: k, Back: kioskPath(k.ID), Default: have.Project, Wrong: bad}
	v.Done, _ = p.noted(r).(string)
	if v.Projects, err = p.ticks(r.Context(), have.Projects); err != nil {
		return err
	}
	return p.show(w, status, "kioskprojects", v)
}

func (p *pages) setKioskProjects(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	id := r.PathValue("id")
	typed := centraldb.KioskWork{Projects: r.PostForm["project"], Project: r.PostForm.Get("default")}
	err := p.Projects.SetKiosk(r.Context(), who.Email, id, typed)
	if err == nil {
		return p.after(w, r, kioskPath(id)+"/projects", "Saved. The kiosk knows it as soon as it is connected.")
	}
	bad, status, err := wrongOf(err, "projects")
	if err != nil {
		return err
	}
	return p.showKioskProjects(w, r, who, status, typed, bad)
}

// breakFields is a break rule as it is typed, in minutes.
type breakFields struct {
	Own   bool
	Least string
	Due   string
}

func breakFieldsOf(b *wire.BreakRule) breakFields {
	if b == nil {
		return breakFields{Least: "0", Due: "0"}
	}
	return breakFields{Own: true, Least: strconv.Itoa(b.Least), Due: strconv.Itoa(b.Due)}
}

func breakFieldsFrom(form url.Values) breakFields {
	return breakFields{Own: form.Get("break") == "own", Least: form.Get("break_least"), Due: form.Get("break_due")}
}

// rule reads the fields; empty ones are 0.
func (f breakFields) rule() (wire.BreakRule, error) {
	var b wire.BreakRule
	for _, x := range []struct {
		name, typed string
		into        *int
	}{{"break_least", f.Least, &b.Least}, {"break_due", f.Due, &b.Due}} {
		text := strings.TrimSpace(x.typed)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			return b, problem.New(problem.Invalid, "This is not a number of minutes.", "Write a whole number; 0 turns it off.").With("field", x.name).Because(err)
		}
		*x.into = n
	}
	return b, b.Validate()
}

// workView is the page of what one person may book on, and of their breaks.
type workView struct {
	page
	Member   member
	Projects []projectTick
	Default  string
	Break    breakFields
	Usual    wire.BreakRule // the organisation's
	Done     string
	Wrong    wrong
	May      bool
}

func (p *pages) personWork(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	have, err := p.ProjectLists.PersonWork(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return p.showPersonWork(w, r, who, http.StatusOK, have, breakFieldsOf(have.Break), nil)
}

func (p *pages) showPersonWork(w http.ResponseWriter, r *http.Request, who access.Identity, status int, have centraldb.PersonWork, rule breakFields, bad wrong) error {
	l, err := p.Roll.TeamMember(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	v := workView{
		page: p.page("Projects and breaks of "+l.Name, "team", who), Member: p.member(l), Default: have.Project, Break: rule, Wrong: bad,
		May: access.Allowed(who.Role, access.PeopleWrite) && l.Active,
	}
	v.Done, _ = p.noted(r).(string)
	s, err := p.Settings.Settings(r.Context())
	if err != nil {
		return err
	}
	v.Usual = s.Break
	if v.Projects, err = p.ticks(r.Context(), have.Projects); err != nil {
		return err
	}
	return p.show(w, status, "team_work", v)
}

func (p *pages) setPersonWork(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	id, rule := r.PathValue("id"), breakFieldsFrom(r.PostForm)
	typed := centraldb.PersonWork{Projects: r.PostForm["project"], Project: r.PostForm.Get("default")}
	var err error
	if rule.Own {
		var own wire.BreakRule
		own, err = rule.rule()
		typed.Break = &own
	}
	if err == nil {
		err = p.Projects.SetPerson(r.Context(), who.Email, id, typed)
	}
	if err == nil {
		return p.after(w, r, personLink(id)+"/work", "Saved. Kiosks that are connected know it in a moment.")
	}
	bad, status, err := wrongOf(err, "projects")
	if err != nil {
		return err
	}
	return p.showPersonWork(w, r, who, status, typed, rule, bad)
}

// fillWork says on a kiosk's page what can be booked on there.
func (p *pages) fillWork(ctx context.Context, v *kioskView, kiosk string) error {
	have, err := p.ProjectLists.KioskWork(ctx, kiosk)
	if err != nil {
		return err
	}
	chosen, err := p.ticks(ctx, have.Projects)
	if err != nil {
		return err
	}
	for _, x := range chosen {
		if x.Chose && x.ArchivedAt == 0 {
			v.Offered++
			if x.ID == have.Project {
				v.Default = x.Name
			}
		}
	}
	return nil
}

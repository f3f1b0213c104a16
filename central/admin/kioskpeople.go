package admin

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

const (
	pickPage  = 50        // people shown at once
	pickTeams = 40        // teams shown at once, beside the chosen ones
	teamsForm = 512 << 10 // a form that names thousands of teams
)

// kioskPeopleView is the page that says who is on a kiosk.
type kioskPeopleView struct {
	page
	Note     *kioskNote
	Kiosk    centraldb.Kiosk
	Back     string
	Self     string
	Count    int
	Everyone bool
	Teams    []teamChoice
	TeamsAll int
	Team     string                 // what was typed to find teams
	People   []centraldb.PersonLine // those assigned one by one
	Single   int                    // how many those are
	Prev     string
	Next     string
	Search   string
	Found    []pick
	FoundAll int
}

type teamChoice struct {
	centraldb.TeamSize
	Chose bool
}

// FewTeams says that all teams are shown, so that there is none to find.
func (v kioskPeopleView) FewTeams() bool { return v.TeamsAll <= pickTeams }

// pick is somebody who was found, and whether they are on the kiosk already.
type pick struct {
	centraldb.PersonLine
	How string // one by one: "single"; with their "team"; with "everyone"; "" is not on it
}

func (p *pages) kioskPeople(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	ctx, q := r.Context(), r.URL.Query()
	k, err := p.Fleet.Kiosk(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	a, err := p.Fleet.Assignments(ctx, k.ID)
	if err != nil {
		return err
	}
	counts, err := p.Fleet.AssigneeCounts(ctx)
	if err != nil {
		return err
	}
	v := kioskPeopleView{
		page: p.page("People at "+k.Name, "kiosks", who), Kiosk: k, Back: kioskPath(k.ID), Self: kioskPath(k.ID) + "/people",
		Count: counts[k.ID], Everyone: a.Everyone, Single: len(a.People), Search: strings.TrimSpace(q.Get("search")),
		Team: strings.TrimSpace(q.Get("find_team")),
	}
	v.Note, _ = p.noted(r).(*kioskNote)
	if err := p.fillTeams(r, &v, a); err != nil {
		return err
	}
	at := pageOf(q)
	people, err := p.KioskLists.AssignedPeople(ctx, k.ID, at*pickPage, pickPage+1)
	if err != nil {
		return err
	}
	v.People = people[:min(len(people), pickPage)]
	keep := url.Values{}
	set(keep, "search", v.Search)
	set(keep, "find_team", v.Team)
	v.Prev, v.Next = turn(v.Self, keep, at, len(people) > pickPage)
	if err := p.findPeople(r, &v, a); err != nil {
		return err
	}
	return p.show(w, http.StatusOK, "kioskpeople", v)
}

// fillTeams lists the teams that are on the kiosk, whether or not anybody is in
// them any more, and those that were searched for; without a search the first.
func (p *pages) fillTeams(r *http.Request, v *kioskPeopleView, a centraldb.Assignments) error {
	all, err := p.KioskLists.TeamSizes(r.Context())
	if err != nil {
		return err
	}
	for _, name := range a.Teams {
		if !slices.ContainsFunc(all, func(t centraldb.TeamSize) bool { return t.Name == name }) {
			all = append(all, centraldb.TeamSize{Name: name})
		}
	}
	v.TeamsAll = len(all)
	others := 0
	for _, t := range all {
		c := teamChoice{t, slices.Contains(a.Teams, t.Name)}
		fits := v.Team == "" || attendance.MatchSearch(attendance.SearchKey(t.Name), v.Team)
		if !c.Chose && (!fits || others == pickTeams) {
			continue
		}
		if !c.Chose {
			others++
		}
		v.Teams = append(v.Teams, c)
	}
	return nil
}

func (p *pages) findPeople(r *http.Request, v *kioskPeopleView, a centraldb.Assignments) error {
	if v.Search == "" {
		return nil
	}
	found, all, err := p.PeopleLists.PeoplePage(r.Context(), centraldb.PeopleFilter{Search: v.Search, Limit: pickPage})
	if err != nil {
		return err
	}
	v.FoundAll = all
	for _, l := range found {
		x := pick{PersonLine: l}
		switch {
		case slices.Contains(a.People, l.ID):
			x.How = "single"
		case a.Everyone:
			x.How = "everyone"
		case l.Team != "" && slices.Contains(a.Teams, l.Team):
			x.How = "team"
		}
		v.Found = append(v.Found, x)
	}
	return nil
}

// setKioskPeople changes who is on a kiosk: everyone and teams together, or one
// person more or less.
func (p *pages) setKioskPeople(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	id, form := r.PathValue("id"), r.PostForm
	change, done := peopleChange(form)
	if change == nil {
		return problem.New(problem.Invalid, "The form does not say what to change.", "Go back and try again.")
	}
	issued, err := p.Listings.Reassign(r.Context(), who.Email, id, change)
	if err != nil {
		return err
	}
	note := &kioskNote{Done: done}
	if note.Forced, err = p.forced(r, issued); err != nil {
		return err
	}
	to := kioskPath(id) + "/people"
	p.once.keep(keyOf(r, to), note, p.Now())
	keep := url.Values{}
	set(keep, "search", form.Get("search"))
	set(keep, "find_team", form.Get("find_team"))
	if len(keep) > 0 {
		to += "?" + keep.Encode()
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// peopleChange reads what a form asks for; nil where it asks for nothing.
func peopleChange(form url.Values) (f func(centraldb.Assignments) centraldb.Assignments, done string) {
	switch {
	case form.Get("add") != "":
		return func(a centraldb.Assignments) centraldb.Assignments {
			a.People = append(a.People, form.Get("add"))
			return a
		}, "One person was added."
	case form.Get("remove") != "":
		return func(a centraldb.Assignments) centraldb.Assignments {
			a.People = slices.DeleteFunc(a.People, func(id string) bool { return id == form.Get("remove") })
			return a
		}, "One person was removed."
	case form.Get("groups") != "":
		return func(a centraldb.Assignments) centraldb.Assignments {
			a.Everyone, a.Teams = form.Get("everyone") != "", form["team"]
			return a
		}, "Who is on the kiosk was saved."
	}
	return nil, ""
}

package admin

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// personForm is what is typed about a person, and what is wrong with it.
type personForm struct {
	Name    string
	StaffNo string
	Team    string
	Role    attendance.Role
	Lang    string
	Wrong   map[string]string // by field; "" is the form as a whole
}

// personView is the page of one person, or of a new one.
type personView struct {
	page
	Erase    bool // whoever looks may erase who has left
	Form     personForm
	Member   member // zero: a new person
	Teams    []string
	Roles    []attendance.Role
	Langs    []lang
	Open     bool   // may be changed by who is here
	PINs     bool   // so may the PIN
	Typed    string // the PIN that was refused
	PINWrong *problem.Error
	Until    string            // when PINs may be typed again
	Done     string            // what has just been done
	Kiosks   []centraldb.Kiosk // that they can use
	Missed   []requestLine     // punches that they asked for
	Work     centraldb.PersonWork
	Badges   int                   // how many they have
	Accounts []centraldb.LoginLine // theirs
	Invites  bool                  // whoever looks may open accounts and make them
}

// lang is a language that kiosks speak.
type lang struct{ Code, Name string }

func langs() []lang {
	return []lang{
		{"de", "Deutsch"},
		{"en", "English"},
		{"es", "Español"},
		{"fr", "Français"},
		{"it", "Italiano"},
		{"nl", "Nederlands"},
		{"pl", "Polski"},
		{"pt", "Português"},
		{"tr", "Türkçe"},
		{"uk", "Українська"},
	}
}

// mayWrite says whether somebody may change a person of a role.
func mayWrite(who access.Identity, role attendance.Role) bool {
	return access.Allowed(who.Role, access.PeopleWrite) && (role != attendance.Owner || access.Allowed(who.Role, access.OwnersWrite))
}

func errOwners() error {
	return problem.New(problem.Forbidden, "Only an owner changes an owner.", "Ask an owner.")
}

// someone reads the person of the address, whom the caller wants to change. What is
// written afterwards is written only if the caller may still change them then: they may
// have become an owner meanwhile.
func (p *pages) someone(r *http.Request, who access.Identity) (centraldb.TeamLine, error) {
	l, err := p.Roll.TeamMember(r.Context(), r.PathValue("id"))
	if err != nil {
		return l, err
	}
	if !mayWrite(who, l.Role) {
		return l, errOwners()
	}
	centraldb.Require(r.Context(), func(ctx context.Context, tx *centraldb.Tx) error {
		now, err := tx.Person(ctx, l.ID)
		if err == nil && !mayWrite(who, now.Role) {
			err = errOwners()
		}
		return err
	})
	return l, nil
}

func (p *pages) personView(r *http.Request, who access.Identity, l centraldb.TeamLine) (personView, error) {
	title := l.Name
	if l.ID == "" {
		title = "Add a person"
	}
	v := personView{
		page: p.page(title, "team", who), Member: p.member(l), Langs: langs(),
		Form:  personForm{Name: l.Name, StaffNo: l.StaffNo, Team: l.Team, Role: l.Role, Lang: l.Lang},
		Erase: access.Allowed(who.Role, access.OwnersWrite),
		Open:  mayWrite(who, l.Role), PINs: mayWrite(who, l.Role) && access.Allowed(who.Role, access.PINsWrite),
	}
	for _, role := range roles() {
		if role == l.Role || mayWrite(who, role) {
			v.Roles = append(v.Roles, role)
		}
	}
	known := l.Lang == ""
	for _, x := range v.Langs {
		known = known || x.Code == l.Lang
	}
	if !known {
		v.Langs = append(v.Langs, lang{l.Lang, l.Lang})
	}
	var err error
	if v.Teams, err = p.Lists.Teams(r.Context()); err != nil {
		return v, err
	}
	if v.Kiosks, err = p.kiosksOf(r.Context(), l); err != nil || l.ID == "" {
		return v, err
	}
	if v.Missed, err = p.requestsFor(r.Context(), l.ID, access.Allowed(who.Role, access.PunchesFix)); err != nil {
		return v, err
	}
	if v.Work, err = p.ProjectLists.PersonWork(r.Context(), l.ID); err != nil {
		return v, err
	}
	have, err := p.BadgeLists.BadgesOf(r.Context(), l.ID)
	if err != nil {
		return v, err
	}
	v.Badges = len(have)
	v.Invites = access.Allowed(who.Role, access.AccountsEdit)
	v.Accounts, err = p.Roll.AccountsOf(r.Context(), l.ID)
	return v, err
}

// kiosksOf gives the kiosks that somebody can use; two queries, however many.
func (p *pages) kiosksOf(ctx context.Context, l centraldb.TeamLine) ([]centraldb.Kiosk, error) {
	if !l.Active {
		return nil, nil
	}
	ids, err := p.Roll.KiosksOf(ctx, l.ID)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	all, err := p.Fleet.Kiosks(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(k centraldb.Kiosk) bool { return !slices.Contains(ids, k.ID) }), nil
}

func (p *pages) person(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	l, err := p.Roll.TeamMember(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if again, ok := p.noted(r).(refusedPIN); ok {
		return p.pinAgain(w, r, who, l, "", again.why)
	}
	v, err := p.personView(r, who, l)
	if err != nil {
		return err
	}
	switch r.URL.Query().Get("done") {
	case "saved":
		v.Done = "Saved."
	case "unlocked":
		v.Done = "Unlocked. Kiosks that are connected know it in a moment."
	case "archived":
		v.Done = "Archived. " + l.Name + " is off every kiosk as soon as it connects."
	}
	return p.show(w, http.StatusOK, "team_person", v)
}

func (p *pages) newPerson(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	v, err := p.personView(r, who, centraldb.TeamLine{Person: attendance.Person{Role: attendance.Regular}})
	if err != nil {
		return err
	}
	return p.show(w, http.StatusOK, "team_person", v)
}

func (p *pages) createPerson(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	f := personFormOf(r)
	if !mayWrite(who, f.Role) {
		return errOwners()
	}
	made, issued, err := p.People.Create(r.Context(), who.Email, team.NewPerson{Name: f.Name, StaffNo: f.StaffNo, Team: f.Team, Role: f.Role, Lang: f.Lang})
	if err != nil {
		return p.personAgain(w, r, who, centraldb.TeamLine{Person: attendance.Person{Role: f.Role}}, f, err)
	}
	return p.showOnce(w, r, onceView{Title: made.Name + " is on the team", Back: "/team", More: "/team/new", Lines: issuedLines(made, issued)})
}

func (p *pages) editPerson(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	f := personFormOf(r)
	l, err := p.someone(r, who)
	if err != nil {
		return err
	}
	if !mayWrite(who, f.Role) {
		return errOwners()
	}
	changed := l.Person
	issued, err := p.People.Edit(r.Context(), who.Email, l.ID, func(now *attendance.Person) error {
		now.Name, now.StaffNo, now.Team, now.Role, now.Lang = f.Name, f.StaffNo, f.Team, f.Role, f.Lang
		changed = *now
		return nil
	})
	if err != nil {
		return p.personAgain(w, r, who, l, f, err)
	}
	if len(issued) > 0 {
		return p.showOnce(w, r, onceView{
			Title: "Saved, and the PIN rules required a new PIN", Back: personLink(l.ID), Lines: issuedLines(changed, issued),
			Why: "After this change the old PIN could not be told from somebody else's.",
		})
	}
	http.Redirect(w, r, personLink(l.ID)+"?done=saved", http.StatusSeeOther)
	return nil
}

func personFormOf(r *http.Request) personForm {
	role := attendance.Role(r.PostForm.Get("role"))
	if role == "" {
		role = attendance.Regular
	}
	return personForm{
		Name: r.PostForm.Get("name"), StaffNo: r.PostForm.Get("staff_no"), Team: r.PostForm.Get("team"),
		Role: role, Lang: r.PostForm.Get("lang"),
	}
}

// personAgain shows the form as it was sent with each error next to its field.
func (p *pages) personAgain(w http.ResponseWriter, r *http.Request, who access.Identity, l centraldb.TeamLine, f personForm, err error) error {
	e := problem.From(err)
	if e.Code != problem.Invalid && e.Code != problem.Conflict {
		return err
	}
	v, verr := p.personView(r, who, l)
	if verr != nil {
		return verr
	}
	f.Wrong, _ = e.Detail["fields"].(map[string]string)
	if f.Wrong == nil {
		field, _ := e.Detail["field"].(string)
		f.Wrong = map[string]string{field: e.Message + " " + e.Hint}
	}
	v.Form = f
	v.Title = "Not saved: " + v.Title
	return p.show(w, e.Code.HTTPStatus(), "team_person", v)
}

func (p *pages) generatePIN(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	l, err := p.someone(r, who)
	if err != nil {
		return err
	}
	made, err := p.PINs.GeneratePIN(r.Context(), who.Email, l.ID)
	if err != nil {
		return p.pinAgain(w, r, who, l, "", err)
	}
	return p.showOnce(w, r, newPINOf(l.Person, made))
}

func (p *pages) setPIN(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	l, err := p.someone(r, who)
	if err != nil {
		return err
	}
	text := r.PostForm.Get("pin")
	typed, err := pin.Parse(text)
	if err != nil {
		return p.pinAgain(w, r, who, l, text, err)
	}
	if err := p.PINs.SetPIN(r.Context(), who.Email, l.ID, typed); err != nil {
		return p.pinRefused(w, r, personLink(l.ID), err)
	}
	return p.showOnce(w, r, newPINOf(l.Person, typed))
}

func newPINOf(who attendance.Person, made pin.PIN) onceView {
	return onceView{
		Title: "New PIN", Back: personLink(who.ID),
		Lines: issuedLines(who, []team.Issued{{Kind: pin.Personal, Subject: who.ID, PIN: made}}),
	}
}

// pinAgain shows the person's page with what is wrong next to the PIN.
func (p *pages) pinAgain(w http.ResponseWriter, r *http.Request, who access.Identity, l centraldb.TeamLine, typed string, err error) error {
	e := problem.From(err)
	if e.Code != problem.Invalid && e.Code != problem.Conflict && e.Code != problem.Limited {
		return err
	}
	v, verr := p.personView(r, who, l)
	if verr != nil {
		return verr
	}
	v.PINWrong, v.Typed, v.Title = e, typed, "Not saved: "+v.Title
	if at, ok := e.Detail["retry_at"].(string); ok {
		if until, perr := time.Parse(time.RFC3339, at); perr == nil {
			v.Until = until.In(p.zone).Format("15:04")
		}
	}
	return p.show(w, e.Code.HTTPStatus(), "team_person", v)
}

func (p *pages) unlockPerson(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	l, err := p.someone(r, who)
	if err == nil {
		err = p.PINs.Unlock(r.Context(), who.Email, l.ID)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, personLink(l.ID)+"?done=unlocked", http.StatusSeeOther)
	return nil
}

func (p *pages) archiveForm(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	l, err := p.someone(r, who)
	if err != nil {
		return err
	}
	return p.show(w, http.StatusOK, "team_archive", personView{page: p.page("Archive "+l.Name, "team", who), Member: p.member(l)})
}

func (p *pages) archivePerson(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	l, err := p.someone(r, who)
	if err == nil {
		err = p.People.Archive(r.Context(), who.Email, l.ID)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, personLink(l.ID)+"?done=archived", http.StatusSeeOther)
	return nil
}

func (p *pages) restorePerson(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	l, err := p.someone(r, who)
	if err != nil {
		return err
	}
	issued, err := p.People.Restore(r.Context(), who.Email, l.ID)
	if err != nil {
		return err
	}
	return p.showOnce(w, r, onceView{Title: l.Name + " is back", Back: personLink(l.ID), Lines: issuedLines(l.Person, issued)})
}

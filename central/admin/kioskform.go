package admin

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// kioskNote is what a change leaves for the page that follows it.
type kioskNote struct {
	Done   string // what was done, one sentence
	PIN    string // a Universal PIN, shown this once
	Code   *codeNote
	Forced []forcedPIN // PINs that the rules have replaced
}

// forcedPIN is somebody's new PIN that another change required.
type forcedPIN struct {
	Whose     string
	Universal bool
	PIN       string
}

// kioskFields is what the form of settings holds: typed, or stored.
type kioskFields struct {
	Name        string
	Zone        string
	RequiresPIN bool
	Schedule    string
	Mode        string
	Lang        string
	// Reason: a punch with the Universal PIN needs one.
	Reason bool
}

// Languages gives the languages to choose from.
func (kioskFields) Languages() []fleet.Language { return fleet.Languages() }

func fieldsOf(k centraldb.Kiosk) kioskFields {
	return kioskFields{Name: k.Name, Zone: k.Zone, RequiresPIN: k.RequiresPIN, Schedule: k.Schedule, Mode: k.Mode, Lang: k.Lang, Reason: k.UniversalReason}
}

func fieldsFrom(form url.Values) kioskFields {
	return kioskFields{
		Name: form.Get("name"), Zone: form.Get("zone"), RequiresPIN: form.Get("requires_pin") != "",
		Schedule: form.Get("schedule"), Mode: form.Get("mode"), Lang: form.Get("lang"), Reason: form.Get("universal_reason") != "",
	}
}

// wrong is what is the matter with a form: a field's name and its problem.
type wrong map[string]*problem.Error

// wrongOf takes an error as one of the form's. What is no answer to what was
// typed is not: the caller passes it on.
func wrongOf(err error, field string) (wrong, int, error) {
	e := problem.From(err)
	switch e.Code {
	case problem.Invalid, problem.Conflict, problem.Limited:
	default:
		return nil, 0, err
	}
	if name, ok := e.Detail["field"].(string); ok {
		field = name
	}
	return wrong{field: e}, e.Code.HTTPStatus(), nil
}

// newKioskView is the page that makes a kiosk.
type newKioskView struct {
	page
	Form  kioskFields
	Zones []string
	Wrong wrong
}

func (p *pages) newKiosk(w http.ResponseWriter, _ *http.Request, who access.Identity) error {
	return p.showNewKiosk(w, http.StatusOK, who, kioskFields{Zone: p.zone.String(), RequiresPIN: true}, nil)
}

func (p *pages) showNewKiosk(w http.ResponseWriter, status int, who access.Identity, form kioskFields, bad wrong) error {
	return p.show(w, status, "kiosknew", newKioskView{
		page: p.page("New kiosk", "kiosks", who), Form: form, Zones: strings.Fields(kioskZones), Wrong: bad,
	})
}

func (p *pages) createKiosk(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	form := fieldsFrom(r.PostForm)
	k, universal, err := p.Kiosks.Create(r.Context(), who.Email, fleet.NewKiosk{
		Name: form.Name, Zone: form.Zone, RequiresPIN: form.RequiresPIN, Lang: form.Lang, UniversalReason: form.Reason,
	})
	if err != nil {
		bad, status, err := wrongOf(err, "name")
		if err != nil {
			return err
		}
		return p.showNewKiosk(w, status, who, form, bad)
	}
	return p.after(w, r, kioskPath(k.ID), &kioskNote{Done: k.Name + " was created.", PIN: universal.Reveal()}) // shown once
}

func (p *pages) editKiosk(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	id, form := r.PathValue("id"), fieldsFrom(r.PostForm)
	err := p.Kiosks.Edit(r.Context(), who.Email, id, fleet.Edit{
		Name: &form.Name, Zone: &form.Zone, RequiresPIN: &form.RequiresPIN, Schedule: &form.Schedule, Mode: &form.Mode,
		Lang: &form.Lang, UniversalReason: &form.Reason,
	})
	if err == nil {
		return p.after(w, r, kioskPath(id), &kioskNote{Done: "The settings were saved."})
	}
	bad, status, err := wrongOf(err, "name")
	if err != nil {
		return err
	}
	return p.showKiosk(w, r, who, status, func(v *kioskView) { v.Form, v.Wrong = form, bad })
}

// universalPIN generates a kiosk's Universal PIN, or takes a typed one.
func (p *pages) universalPIN(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	id := r.PathValue("id")
	var made pin.PIN
	var err error
	if r.PostForm.Get("how") == "generate" {
		made, err = p.Listings.GenerateUniversal(r.Context(), who.Email, id)
	} else {
		if made, err = pin.Parse(strings.TrimSpace(r.PostForm.Get("pin"))); err != nil {
			return p.universalAgain(w, r, who, err)
		}
		err = p.Listings.SetUniversal(r.Context(), who.Email, id, made)
	}
	if err != nil {
		return p.pinRefused(w, r, kioskPath(id), err)
	}
	return p.after(w, r, kioskPath(id), &kioskNote{Done: "The Universal PIN was changed.", PIN: made.Reveal()}) // shown once
}

// universalAgain shows the kiosk's page with what is wrong next to the PIN.
func (p *pages) universalAgain(w http.ResponseWriter, r *http.Request, who access.Identity, err error) error {
	bad, status, err := wrongOf(err, "pin")
	if err != nil {
		return err
	}
	return p.showKiosk(w, r, who, status, func(v *kioskView) { v.Wrong = bad })
}

func (p *pages) kioskCode(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	id := r.PathValue("id")
	made, err := p.Kiosks.Code(r.Context(), who.Email, id, 0)
	if err != nil {
		return err
	}
	note, err := p.codeNote(made, r.Host)
	if err != nil {
		return err
	}
	return p.after(w, r, kioskPath(id), &kioskNote{Code: note})
}

// revokeKiosk takes a kiosk's identity away once its name was typed.
func (p *pages) revokeKiosk(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	id := r.PathValue("id")
	k, err := p.Fleet.Kiosk(r.Context(), id)
	if err != nil {
		return err
	}
	if typed := r.PostForm.Get("confirm"); !strings.EqualFold(strings.TrimSpace(typed), k.Name) {
		e := problem.New(problem.Invalid, "This is not the kiosk's name.", "Type “"+k.Name+"” if you mean it.")
		return p.showKiosk(w, r, who, http.StatusBadRequest, func(v *kioskView) { v.Wrong, v.Confirm = wrong{"confirm": e}, typed })
	}
	if err := p.Kiosks.Revoke(r.Context(), who.Email, id); err != nil {
		return err
	}
	return p.after(w, r, kioskPath(id), &kioskNote{Done: "The kiosk was revoked. Its connections are cut."})
}

// forced names whose PINs a change has replaced.
func (p *pages) forced(r *http.Request, issued []team.Issued) ([]forcedPIN, error) {
	var out []forcedPIN
	for _, i := range issued {
		f := forcedPIN{Universal: i.Kind == pin.Universal, PIN: i.PIN.Reveal()} // shown once
		if f.Universal {
			k, err := p.Fleet.Kiosk(r.Context(), i.Subject)
			if err != nil {
				return nil, err
			}
			f.Whose = k.Name
		} else {
			who, err := p.PeopleLists.Person(r.Context(), i.Subject)
			if err != nil {
				return nil, err
			}
			f.Whose = who.Name
		}
		out = append(out, f)
	}
	return out, nil
}

func setPage(q url.Values, n int) {
	if n > 0 {
		q.Set("page", strconv.Itoa(n))
	}
}

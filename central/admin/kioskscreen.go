package admin

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// screenFields is what the form of a kiosk's touchscreen holds: typed, or stored.
type screenFields struct {
	Theme string
	Text  string
	wire.Habits
	Double string // seconds, 0 for never
}

func screenFieldsOf(k centraldb.Kiosk) screenFields {
	f := screenFields{Theme: k.Theme, Text: k.Text, Habits: k.Habits, Double: strconv.Itoa(k.Habits.Double)}
	switch k.Habits.Double {
	case 0:
		f.Double = strconv.Itoa(wire.DoubleWithin)
	case -1:
		f.Double = "0"
	}
	return f
}

func screenFieldsFrom(form url.Values) screenFields {
	return screenFields{Theme: form.Get("theme"), Text: form.Get("text"), Double: form.Get("double"), Habits: wire.Habits{
		HideRoster: form.Get("hide_roster") != "", HideStatus: form.Get("hide_status") != "", NotListed: form.Get("not_listed") != "",
		TeamFilter: form.Get("team_filter") != "", BadgeFirst: form.Get("badge_first") != "", Badges: wire.BadgePolicy(form.Get("badges")),
	}}
}

// edit gives the change that the fields ask for; every field is named.
func (f screenFields) edit() (fleet.Edit, error) {
	double, err := strconv.Atoi(strings.TrimSpace(f.Double))
	if err != nil || double < 0 {
		return fleet.Edit{}, problem.New(problem.Invalid, "This is not a number of seconds.", "Write a whole number; 0 never asks.").With("field", "double").Because(err)
	}
	switch double {
	case 0:
		double = -1
	case wire.DoubleWithin:
		double = 0
	}
	badges := string(f.Badges)
	return fleet.Edit{
		Theme: &f.Theme, Text: &f.Text, HideRoster: &f.HideRoster, HideStatus: &f.HideStatus, NotListed: &f.NotListed,
		TeamFilter: &f.TeamFilter, BadgeFirst: &f.BadgeFirst, Badges: &badges, Double: &double,
	}, nil
}

// screenView is the page of a kiosk's touchscreen.
type screenView struct {
	page
	Kiosk centraldb.Kiosk
	Back  string
	Form  screenFields
	Usual wire.Look // the organisation's
	Theme string    // its theme, in words
	Wrong wrong
	Done  string
}

func (p *pages) kioskScreen(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	return p.showKioskScreen(w, r, who, http.StatusOK, nil, nil)
}

// showKioskScreen shows the page; typed nil is what is stored.
func (p *pages) showKioskScreen(w http.ResponseWriter, r *http.Request, who access.Identity, status int, typed *screenFields, bad wrong) error {
	k, err := p.Fleet.Kiosk(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	s, err := p.Settings.Settings(r.Context())
	if err != nil {
		return err
	}
	v := screenView{
		page: p.page("Touchscreen of "+k.Name, "kiosks", who), Kiosk: k, Back: kioskPath(k.ID), Form: screenFieldsOf(k),
		Usual: s.Look, Theme: themeWord(s.Look.Theme), Wrong: bad,
	}
	if typed != nil {
		v.Form = *typed
	}
	v.Done, _ = p.noted(r).(string)
	return p.show(w, status, "kioskscreen", v)
}

func (p *pages) setKioskScreen(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	id, typed := r.PathValue("id"), screenFieldsFrom(r.PostForm)
	edit, err := typed.edit()
	if err == nil {
		err = p.Kiosks.Edit(r.Context(), who.Email, id, edit)
	}
	if err == nil {
		return p.after(w, r, kioskPath(id)+"/screen", "Saved. The kiosk changes as soon as it is connected.")
	}
	bad, status, err := wrongOf(err, "theme")
	if err != nil {
		return err
	}
	return p.showKioskScreen(w, r, who, status, &typed, bad)
}

// screenWords says in a sentence how people find themselves at a kiosk.
func screenWords(k centraldb.Kiosk) string {
	h := k.Habits
	out := "People tap their name"
	switch {
	case h.BadgeFirst:
		out = "People hold their card to the reader"
	case h.HideRoster:
		out = "No names are shown: people search for theirs"
	case h.Badges != wire.BadgeOff:
		out = "People tap their name or use a card"
	}
	if h.HideStatus {
		out += "; nobody sees who is in"
	}
	if k.Theme != "" {
		out += ". " + themeWord(k.Theme) + " colours"
	}
	if k.Text == centraldb.TextLarge {
		out += ", large text"
	}
	return out + "."
}

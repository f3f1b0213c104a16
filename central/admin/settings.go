package admin

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/settings"
	"github.com/timepost/timepost/internal/problem"
)

// Decisions changes what holds for the whole organisation. See package settings
// for the errors.
type Decisions interface {
	Change(ctx context.Context, actor string, c settings.Change) error
	SetLogo(ctx context.Context, actor string, file []byte) error
}

// settingsPath is where what owners decide is.
const settingsPath = "/settings"

// settingsView is the page Settings.
type settingsView struct {
	page
	Form    settingsFields
	Zones   []string
	Wrong   wrong
	Reopens bool // the sealed date that was typed opens days again
	Sealed  string
	Digits  int
	MailOn  bool
	HookOn  bool
	Links   map[string]bool // pages that there are
	Done    string
	Break   breakFields
	Look    string // how touchscreens look, in a few words
}

// settingsFields is what the forms hold: typed, or stored.
type settingsFields struct {
	Name      string
	Zone      string
	ExportOff bool
	Retain    string // months
	Sealed    string // day
	MailAsked bool
}

// settingsForms are the forms of the page: what each is called after a change.
func settingsForms() map[string]string {
	return map[string]string{
		"organisation": "The organisation’s settings are saved.",
		"export":       "The export of PINs is saved.",
		"retention":    "How long data is kept is saved.",
		"sealed":       "The sealed days are saved.",
		"breaks":       "The rule about breaks is saved.",
		"asked":        "Who is told of requests is saved.",
	}
}

func (p *pages) settings(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	v, err := p.settingsView(r.Context(), who)
	if err != nil {
		return err
	}
	v.Done = settingsForms()[r.URL.Query().Get("saved")]
	return p.show(w, http.StatusOK, "settings", v)
}

func (p *pages) settingsView(ctx context.Context, who access.Identity) (settingsView, error) {
	v := settingsView{page: p.page("Settings", "settings", who), Zones: strings.Fields(kioskZones), Links: map[string]bool{}}
	for _, path := range []string{pinsPath, lookPath, settingsPath + "/mail", webhookPath, "/accounts", "/account"} {
		v.Links[path] = p.opens(who.Role, path)
	}
	org, err := p.Settings.Organisation(ctx)
	if err != nil {
		return v, err
	}
	s, err := p.Settings.Settings(ctx)
	if err != nil {
		return v, err
	}
	v.Form = settingsFields{Name: org.Name, Zone: org.Zone, ExportOff: s.ExportOff, Retain: strconv.Itoa(s.RetainMonths), Sealed: s.SealedUntil, MailAsked: s.MailRequests}
	v.Break, v.Look = breakFieldsOf(&s.Break), themeWord(s.Look.Theme)
	v.Digits, v.MailOn, v.HookOn = org.PINLen, s.Mail.Host != "", s.Hook.URL != ""
	if day, err := time.Parse(time.DateOnly, s.SealedUntil); err == nil { // empty where nothing is sealed
		v.Sealed = day.Format("Monday 2 January 2006")
	}
	return v, nil
}

// changeSettings answers one of the page's forms.
func (p *pages) changeSettings(form string) func(http.ResponseWriter, *http.Request, access.Identity) error {
	return func(w http.ResponseWriter, r *http.Request, who access.Identity) error {
		c, err := settingsChange(form, r.PostForm)
		if err == nil {
			err = p.Decisions.Change(r.Context(), who.Email, c)
		}
		if err != nil {
			return p.settingsAgain(w, r, who, form, err)
		}
		http.Redirect(w, r, settingsPath+"?saved="+form, http.StatusSeeOther)
		return nil
	}
}

func settingsChange(form string, typed url.Values) (settings.Change, error) {
	var c settings.Change
	switch form {
	case "organisation":
		name, zone := typed.Get("name"), typed.Get("zone")
		c.Name, c.Zone = &name, &zone
	case "export":
		off := typed.Get("export") != "on"
		if typed.Get("export") != "on" && typed.Get("export") != "off" {
			return c, problem.New(problem.Invalid, "Choose whether PINs may be exported.", "").With("field", "export_off")
		}
		c.ExportOff = &off
	case "asked":
		on := typed.Get("asked") == "on"
		if !on && typed.Get("asked") != "off" {
			return c, problem.New(problem.Invalid, "Choose whether a mail is sent.", "").With("field", "mail_requests")
		}
		c.MailRequests = &on
	case "retention":
		months, err := strconv.Atoi(strings.TrimSpace(typed.Get("retain_months")))
		if err != nil {
			return c, problem.New(problem.Invalid, "This is not a number of months.", "Write a whole number; 0 keeps everything for ever.").
				With("field", "retain_months").Because(err)
		}
		c.RetainMonths = &months
	case "breaks":
		rule, err := breakFieldsFrom(typed).rule()
		if err != nil {
			return c, err
		}
		c.Break = &rule
	case "sealed":
		day := typed.Get("sealed_until")
		c.SealedUntil, c.Confirmed = &day, typed.Get("confirm") == "yes"
	}
	return c, nil
}

// settingsAgain shows the page with what was typed and what is the matter with it.
func (p *pages) settingsAgain(w http.ResponseWriter, r *http.Request, who access.Identity, form string, err error) error {
	bad, status, err := wrongOf(err, form)
	if err != nil {
		return err
	}
	v, err := p.settingsView(r.Context(), who)
	if err != nil {
		return err
	}
	switch typed := r.PostForm; form {
	case "organisation":
		v.Form.Name, v.Form.Zone = typed.Get("name"), typed.Get("zone")
	case "retention":
		v.Form.Retain = typed.Get("retain_months")
	case "breaks":
		v.Break = breakFieldsFrom(typed)
	case "sealed":
		v.Form.Sealed = typed.Get("sealed_until")
		if e := bad["sealed_until"]; e != nil {
			v.Reopens = e.Code == problem.Conflict
		}
	}
	v.Wrong = bad
	return p.show(w, status, "settings", v)
}

func (p *pages) settingsRoutes() []route {
	return []route{
		{"GET", settingsPath, access.SettingsEdit, p.settings},
		{"POST", settingsPath + "/organisation", access.SettingsEdit, p.changeSettings("organisation")},
		{"POST", settingsPath + "/export", access.SettingsEdit, p.changeSettings("export")},
		{"POST", settingsPath + "/retention", access.SettingsEdit, p.changeSettings("retention")},
		{"POST", settingsPath + "/sealed", access.SettingsEdit, p.changeSettings("sealed")},
		{"POST", settingsPath + "/asked", access.SettingsEdit, p.changeSettings("asked")},
		{"POST", settingsPath + "/breaks", access.SettingsEdit, p.changeSettings("breaks")},
	}
}

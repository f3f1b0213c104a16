package admin

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/settings"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// lookPath is where owners say how touchscreens look.
const lookPath = settingsPath + "/look"

// lookFields is what the form holds: typed, or stored.
type lookFields struct {
	wire.Look
	Own bool // an accent of their own
}

// ourAccent is the accent where an organisation has none.
const ourAccent = "#0a4f96"

func lookFieldsOf(l wire.Look) lookFields {
	f := lookFields{l, l.Accent != ""}
	if !f.Own {
		f.Accent = ourAccent
	}
	if f.Theme == "" {
		f.Theme = "light"
	}
	return f
}

func lookFieldsFrom(form url.Values) lookFields {
	return lookFields{wire.Look{
		Theme: form.Get("theme"), LargeText: form.Get("large_text") != "", Accent: form.Get("accent"),
		Sounds: form.Get("sounds") != "", Spoken: form.Get("spoken") != "",
		NightFrom: strings.TrimSpace(form.Get("night_from")), NightTo: strings.TrimSpace(form.Get("night_to")),
	}, form.Get("colour") == "own"}
}

// look gives what the fields say.
func (f lookFields) look() wire.Look {
	if !f.Own {
		f.Accent = ""
	}
	return f.Look
}

// lookView is the page.
type lookView struct {
	page
	Form    lookFields
	Wrong   wrong
	Done    string
	Logo    bool
	Version string // of the logo, so that browsers read a new one
	Shown   preview
	Moved   string // what becomes of the accent, in words; "" where it stays
}

// preview is a drawing of a touchscreen.
type preview struct{ Paper, Ink, Quiet, Accent, OnAccent string }

// previewOf gives the colours of a look: those of the touchscreen's own palettes.
func previewOf(l wire.Look) (p preview, moved string) {
	switch l.Theme {
	case "contrast":
		return preview{"#000000", "#ffffff", "#ffffff", "#ffffff", "#000000"}, ""
	case "dark":
		p = preview{"#121212", "#f3f0e9", "#b9bfc5", "#8fbff6", "#0a1622"}
	default:
		p = preview{"#f6f3ec", "#14202b", "#474d54", ourAccent, "#ffffff"}
	}
	ground, on, far := settings.Accent(l.Accent, l.Theme == "dark")
	if on == "" {
		return p, ""
	}
	p.Accent, p.OnAccent = ground, on
	if far && on == "#ffffff" {
		moved = "a little darker"
	} else if far {
		moved = "a little lighter"
	}
	return p, moved
}

func (p *pages) lookRoutes() []route {
	return []route{
		{"GET", lookPath, access.SettingsEdit, p.look},
		{"POST", lookPath, access.SettingsEdit, p.setLook},
		{"GET", lookPath + "/logo.png", access.SettingsEdit, p.logo},
		{"POST", lookPath + "/logo", access.SettingsEdit, p.setLogo},
		{"POST", lookPath + "/logo/remove", access.SettingsEdit, p.removeLogo},
		{"GET", "/kiosks/{id}/screen", access.KiosksRead, p.kioskScreen},
		{"POST", "/kiosks/{id}/screen", access.KiosksWrite, p.setKioskScreen},
	}
}

func (p *pages) look(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	return p.showLook(w, r, who, http.StatusOK, nil, nil)
}

// showLook shows the page; typed nil is what is stored.
func (p *pages) showLook(w http.ResponseWriter, r *http.Request, who access.Identity, status int, typed *lookFields, bad wrong) error {
	s, err := p.Settings.Settings(r.Context())
	if err != nil {
		return err
	}
	logo, at, err := p.Settings.Logo(r.Context())
	if err != nil {
		return err
	}
	v := lookView{page: p.page("Touchscreens", "settings", who), Form: lookFieldsOf(s.Look), Wrong: bad, Logo: logo != nil, Version: strconv.FormatInt(at, 36)}
	v.Shown, v.Moved = previewOf(s.Look)
	if typed != nil {
		v.Form = *typed
	}
	v.Done, _ = p.noted(r).(string)
	return p.show(w, status, "look", v)
}

func (p *pages) setLook(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	typed := lookFieldsFrom(r.PostForm)
	look := typed.look()
	err := p.Decisions.Change(r.Context(), who.Email, settings.Change{Look: &look})
	if err == nil {
		return p.after(w, r, lookPath, "Saved. Kiosks that are connected change in a moment.")
	}
	bad, status, err := wrongOf(err, "theme")
	if err != nil {
		return err
	}
	return p.showLook(w, r, who, status, &typed, bad)
}

// logo gives the picture as touchscreens have it.
func (p *pages) logo(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	png, _, err := p.Settings.Logo(r.Context())
	if err != nil {
		return err
	}
	if png == nil {
		return problem.New(problem.NotFound, "There is no logo.", "Choose one under Touchscreens.")
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Content-Length", strconv.Itoa(len(png)))
	if _, err := io.Copy(w, bytes.NewReader(png)); err != nil {
		p.Log.Debug("answer not taken", "err", err)
	}
	return nil
}

func (p *pages) setLogo(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	file, err := picture(w, r)
	if err == nil {
		err = p.Decisions.SetLogo(r.Context(), who.Email, file)
	}
	if err == nil {
		return p.after(w, r, lookPath, "The logo is saved. Kiosks that are connected show it in a moment.")
	}
	bad, status, err := wrongOf(err, "logo")
	if err != nil {
		return err
	}
	return p.showLook(w, r, who, status, nil, bad)
}

// picture reads the file of a form.
func picture(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	refuse := func(message, hint string, why error) error {
		return problem.New(problem.Invalid, message, hint).With("field", "logo").Because(why)
	}
	r.Body = http.MaxBytesReader(w, r.Body, settings.MaxLogoFile+maxForm)
	f, _, err := r.FormFile("logo")
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, refuse("The file is too large.", "Use a picture of at most 2 MiB.", err)
	}
	if err != nil {
		return nil, refuse("There is no picture.", "Choose a PNG or a JPEG file first.", err)
	}
	file, err := io.ReadAll(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, refuse("The picture did not arrive whole.", "Choose it again.", err)
	}
	if len(file) == 0 {
		return nil, refuse("The file is empty.", "Choose another one.", nil)
	}
	return file, nil
}

func (p *pages) removeLogo(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	if err := p.Decisions.SetLogo(r.Context(), who.Email, nil); err != nil {
		return err
	}
	return p.after(w, r, lookPath, "The logo is gone. Touchscreens show the organisation’s name.")
}

func themeWord(name string) string {
	switch name {
	case "dark":
		return "Dark"
	case "contrast":
		return "High contrast"
	}
	return "Light"
}

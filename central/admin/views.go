package admin

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/store/centraldb"
)

//go:embed templates
var templateFiles embed.FS

// views are the parsed templates, one set per page: a file of its own, with the
// frame and the pieces of all files that end in parts.html.
type views map[string]*template.Template

func loadViews(a assets) (views, error) {
	funcs := template.FuncMap{
		"static":    a.path,
		"initials":  attendance.Initials,
		"hm":        hoursMinutes,
		"state":     stateWord,
		"action":    actionWord,
		"authWord":  authWord,
		"fixWord":   fixWord,
		"byWord":    byWord,
		"plural":    plural,
		"side":      actionSide,
		"roleWord":  roleWord,
		"scopeWord": scopeWord,
		"day":       dayIn,
		"moment":    momentIn,
	}
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("list templates: %w", err)
	}
	v := views{}
	for _, file := range names {
		name := strings.TrimSuffix(path.Base(file), ".html")
		if name == "layout" || strings.HasSuffix(name, "parts") {
			continue
		}
		t, err := template.New("layout.html").Funcs(funcs).ParseFS(templateFiles, "templates/layout.html", "templates/*parts.html", file)
		if err != nil {
			return nil, fmt.Errorf("parse template %s: %w", name, err)
		}
		v[name] = t
	}
	return v, nil
}

// page is what the frame around every page shows.
type page struct {
	Title   string
	Here    string // the page's name in the navigation, or ""
	Org     string
	Account string // e-mail address, "" while nobody is logged in
	Nav     []navItem
}

func (p *pages) page(title, here string, who access.Identity) page {
	return page{Title: title, Here: here, Org: p.Organisation.Name, Account: who.Email, Nav: p.nav(who)}
}

// show renders a page whole before the first byte is sent.
func (p *pages) show(w http.ResponseWriter, status int, name string, v any) error {
	return p.render(w, status, name, "layout.html", v)
}

func (p *pages) render(w http.ResponseWriter, status int, name, part string, v any) error {
	var b bytes.Buffer
	if err := p.views[name].ExecuteTemplate(&b, part, v); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	if _, err := w.Write(b.Bytes()); err != nil {
		p.Log.Debug("answer not taken", "err", err)
	}
	return nil
}

// zones loads each time zone once; an unknown one is UTC, as its offset says.
type zones map[string]*time.Location

func (z zones) load(name string) *time.Location {
	if l, ok := z[name]; ok {
		return l
	}
	l, err := time.LoadLocation(name)
	if err != nil {
		l = time.UTC
	}
	z[name] = l
	return l
}

// hoursMinutes writes a length the way people say it: 3 h 05 min.
func hoursMinutes(d time.Duration) string {
	m := int(d / time.Minute)
	if m < 60 {
		return fmt.Sprintf("%d min", m)
	}
	return fmt.Sprintf("%d h %02d min", m/60, m%60)
}

func stateWord(s attendance.State) string {
	switch s {
	case attendance.StateIn:
		return "In"
	case attendance.StateBreak:
		return "On break"
	}
	return "Out"
}

func actionWord(a attendance.Action) string {
	switch a {
	case attendance.In:
		return "In"
	case attendance.Out:
		return "Out"
	case attendance.BreakStart:
		return "Break"
	case attendance.BreakEnd:
		return "Back"
	case attendance.Switch:
		return "Switch"
	case attendance.Unresolved:
		return "Unresolved"
	}
	return string(a)
}

// auths are the ways to be identified.
func auths() []attendance.Auth {
	return []attendance.Auth{attendance.AuthPersonal, attendance.AuthUniversal, attendance.AuthNone, attendance.AuthBadge, attendance.AuthBadgePIN}
}

func authWord(a attendance.Auth) string {
	switch a {
	case attendance.AuthPersonal:
		return "Own PIN"
	case attendance.AuthUniversal:
		return "Universal PIN"
	case attendance.AuthNone:
		return "No PIN"
	case attendance.AuthBadge:
		return "Badge"
	case attendance.AuthBadgePIN:
		return "Badge and PIN"
	}
	return string(a)
}

// fixWord says what a correction did.
func fixWord(kind string) string {
	switch kind {
	case centraldb.FixAdd:
		return "Added"
	case centraldb.FixVoid:
		return "Void"
	}
	return "Corrected"
}

func roleWord(r attendance.Role) string {
	switch r {
	case attendance.Owner:
		return "Owner"
	case attendance.Admin:
		return "Admin"
	case attendance.Manager:
		return "Manager"
	case attendance.Regular:
		return "Regular"
	}
	return string(r)
}

// actionSide names the look of an action: that of the state it leads to.
func actionSide(a attendance.Action) string {
	switch a {
	case attendance.Out, attendance.Unresolved:
		return "out"
	case attendance.BreakStart:
		return "break"
	}
	return "in"
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

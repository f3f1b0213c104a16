package admin

import (
	"context"
	"net/http"
	"net/url"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/export"
	"github.com/timepost/timepost/central/sheet"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Exports hands out lists with PINs, and what is kept of one person. See package
// export for the errors.
type Exports interface {
	Assignees(ctx context.Context, o export.Order) (export.List, error)
	Person(ctx context.Context, actor, id string) (export.PersonFile, error)
}

// ExportLists reads what is said before PINs are exported.
type ExportLists interface {
	Settings(ctx context.Context) (centraldb.Settings, error)
	OwnerAddresses(ctx context.Context) ([]string, error)
}

// exportView is the page from which a kiosk's assignees are exported.
type exportView struct {
	page
	Kiosk  centraldb.Kiosk
	Back   string
	People int
	Off    bool     // the organisation exports no PINs
	Mail   bool     // it sends mail
	Owners []string // addresses
	SetUp  string   // the page of the settings, "" for who may not open it
	Cut    bool     // the PINs of owners are left out
	Format string
	Reason string
	Wrong  wrong
}

func (p *pages) exportForm(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	ok, err := p.fresh(w, r, who, r.URL.RequestURI())
	if !ok || err != nil {
		return err
	}
	return p.showExport(w, r, who, http.StatusOK, r.URL.Query(), nil)
}

func (p *pages) showExport(w http.ResponseWriter, r *http.Request, who access.Identity, status int, form url.Values, bad wrong) error {
	ctx := r.Context()
	k, err := p.Fleet.Kiosk(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	counts, err := p.Fleet.AssigneeCounts(ctx)
	if err != nil {
		return err
	}
	settings, err := p.ExportLists.Settings(ctx)
	if err != nil {
		return err
	}
	v := exportView{
		page: p.page("Export Assignees", "kiosks", who), Kiosk: k, Back: kioskPath(k.ID), People: counts[k.ID],
		Off: settings.ExportOff, Mail: settings.Mail.Host != "", Cut: who.Role != attendance.Owner,
		Format: form.Get("format"), Reason: form.Get("reason"), Wrong: bad,
	}
	if p.opens(who.Role, "/settings") {
		v.SetUp = "/settings"
	}
	if v.Format == "" {
		v.Format = string(export.CSV)
	}
	if v.Owners, err = p.ExportLists.OwnerAddresses(ctx); err != nil {
		return err
	}
	return p.show(w, status, "kioskexport", v)
}

// exportAssignees gives the file, or leads to the slips. What was typed comes back
// with the form where something is wrong, or where it took too long.
func (p *pages) exportAssignees(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	form := r.PostForm
	back := kioskPath(r.PathValue("id")) + "/export?" + url.Values{"format": form["format"], "reason": form["reason"]}.Encode()
	if ok, err := p.fresh(w, r, who, back); !ok || err != nil {
		return err
	}
	format := export.Format(form.Get("format"))
	list, err := p.Exports.Assignees(r.Context(), export.Order{
		Actor: who.Email, Role: who.Role, Kiosk: r.PathValue("id"), Reason: form.Get("reason"), Format: format,
	})
	if err != nil {
		bad, status, err := wrongOf(err, "reason")
		if err != nil {
			return err
		}
		return p.showExport(w, r, who, status, form, bad)
	}
	if format == export.Slips {
		return p.showSlips(w, r, slipsOf(list, kioskPath(r.PathValue("id"))))
	}
	return p.sendList(w, r, list, format)
}

func (p *pages) sendList(w http.ResponseWriter, r *http.Request, l export.List, f export.Format) error {
	var table sheet.Table = sheet.NewCSV(w)
	w.Header().Set("Content-Type", sheet.TypeCSV)
	if f == export.XLSX {
		table = sheet.NewSecretXLSX(w, l.Kiosk.Name)
		w.Header().Set("Content-Type", sheet.TypeXLSX)
	}
	w.Header().Set("Content-Disposition", `attachment; filename="`+l.FileName(f)+`"`)
	if err := l.Write(table, p.zone); err != nil && r.Context().Err() == nil {
		// The answer may have begun: cutting the connection is the only way to say so.
		p.Log.Error("export not finished", "err", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// slipsOf makes slips of a list; who has no PIN in it gets none.
func slipsOf(l export.List, back string) slipsView {
	v := slipsView{Where: l.Kiosk.Name, Back: back}
	for _, x := range l.Lines {
		if x.PIN.IsZero() {
			v.Without = append(v.Without, x.Name)
			continue
		}
		v.Slips = append(v.Slips, slip{Name: x.Name, StaffNo: x.StaffNo, Team: x.Team, PIN: x.PIN.Reveal()}) // shown once
	}
	return v
}

// errNoSlips is the answer where the slips were shown already.
func errNoSlips() error {
	return problem.New(problem.Expired, "These slips were shown already.", "Export them again, or generate new PINs.")
}

// Told names whom a mail goes to, the first few of many.
func (v exportView) Told() string { return someOf(v.Owners, 3) }

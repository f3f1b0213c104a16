package admin

import (
	"context"
	"net/http"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/store/centraldb"
)

// Forgets erases people who have left. See package team for the errors.
type Forgets interface {
	Forget(ctx context.Context, actor, id string) error
}

// LastPunches reads what erasing is measured by.
type LastPunches interface {
	LastPunch(ctx context.Context, person string) (int64, error)
}

// forgetView asks whether a person is to be erased.
type forgetView struct {
	page
	Member  member
	Done    bool   // they were erased already
	Active  bool   // they have to be archived first
	Forever bool   // the organisation keeps everything
	Until   string // their data is kept until then; "": no longer
}

func (p *pages) forgetForm(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	l, err := p.someone(r, who)
	if err != nil {
		return err
	}
	if ok, err := p.fresh(w, r, who, personLink(l.ID)+"/erase"); !ok || err != nil {
		return err
	}
	v, err := p.forgetView(r.Context(), who, l)
	if err != nil {
		return err
	}
	return p.show(w, http.StatusOK, "team_erase", v)
}

func (p *pages) forgetView(ctx context.Context, who access.Identity, l centraldb.TeamLine) (forgetView, error) {
	v := forgetView{page: p.page("Erase "+l.Name, "team", who), Member: p.member(l), Active: l.Active, Done: !l.Active && l.Name == team.Forgotten}
	s, err := p.Settings.Settings(ctx)
	if err != nil {
		return v, err
	}
	last, err := p.LastPunches.LastPunch(ctx, l.ID)
	if err != nil {
		return v, err
	}
	until, forever := team.KeptUntil(last, s.RetainMonths)
	v.Forever = forever
	if !forever && p.Now().Before(until) {
		v.Until = until.In(p.zone).Format("2 January 2006")
	}
	return v, nil
}

func (p *pages) forget(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	l, err := p.someone(r, who)
	if err != nil {
		return err
	}
	if ok, err := p.fresh(w, r, who, personLink(l.ID)+"/erase"); !ok || err != nil {
		return err
	}
	if err := p.Forgets.Forget(r.Context(), who.Email, l.ID); err != nil {
		return err
	}
	return seeOther(w, r, personLink(l.ID)+"/erase")
}

// personData gives a person's data as a file. That it was given out is in the log
// before the first byte.
func (p *pages) personData(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	l, err := p.someone(r, who)
	if err != nil {
		return err
	}
	file, err := p.Exports.Person(r.Context(), who.Email, l.ID)
	if err != nil {
		return err
	}
	attach(w, "application/json", file.FileName())
	return p.finish(r, file.Write(r.Context(), w))
}

func (p *pages) forgetRoutes() []route {
	return []route{
		{"POST", "/team/{id}/data", access.OwnersWrite, p.personData},
		{"GET", "/team/{id}/erase", access.OwnersWrite, p.forgetForm},
		{"POST", "/team/{id}/erase", access.OwnersWrite, p.forget},
	}
}

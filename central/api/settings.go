package api

import (
	"context"
	"net/http"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/central/settings"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// Settings reads what owners decide for the whole organisation.
type Settings interface {
	Organisation(ctx context.Context) (centraldb.Organisation, error)
	Settings(ctx context.Context) (centraldb.Settings, error)
	Logo(ctx context.Context) (png []byte, changedAt int64, err error)
}

// Decisions changes it. See package settings for the errors.
type Decisions interface {
	Change(ctx context.Context, actor string, c settings.Change) error
	SetLogo(ctx context.Context, actor string, file []byte) error
}

func (a *API) settings(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	org, err := a.Settings.Organisation(r.Context())
	if err != nil {
		return err
	}
	s, err := a.Settings.Settings(r.Context())
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, client.Settings{
		Name: org.Name, Zone: org.Zone, ExportOff: s.ExportOff, RetainMonths: s.RetainMonths, SealedUntil: s.SealedUntil, MailRequests: s.MailRequests,
		Break: client.BreakRule(s.Break), Look: client.Look(s.Look),
	})
}

// editSettings changes what the body names.
func (a *API) editSettings(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.SettingsEdit
	if err := read(w, r, &in); err != nil {
		return err
	}
	c := settings.Change{
		Name: in.Name, Zone: in.Zone, ExportOff: in.ExportOff, RetainMonths: in.RetainMonths, SealedUntil: in.SealedUntil, MailRequests: in.MailRequests, Confirmed: in.Confirm,
	}
	if in.Break != nil {
		rule := wire.BreakRule(*in.Break)
		c.Break = &rule
	}
	if in.Look != nil {
		look := wire.Look(*in.Look)
		c.Look = &look
	}
	err := a.Decisions.Change(r.Context(), who.Email, c)
	if err != nil {
		return err
	}
	return a.settings(w, r, who)
}

// Forgets erases people who have left. See package team for the errors.
type Forgets interface {
	Forget(ctx context.Context, actor, id string) error
}

// erasePerson erases for good.
func (a *API) erasePerson(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	p, err := a.someone(r, who)
	if err == nil {
		err = a.Forgets.Forget(r.Context(), who.Email, p.ID)
	}
	if err != nil {
		return err
	}
	return a.changed(w, r, nil)
}

// personData gives a person's data as a file. That it was given out is in the log
// before the first byte.
func (a *API) personData(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	p, err := a.someone(r, who)
	if err != nil {
		return err
	}
	file, err := a.Exports.Person(r.Context(), who.Email, p.ID)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Disposition", `attachment; filename="`+file.FileName()+`"`)
	if err := file.Write(r.Context(), w); err != nil && r.Context().Err() == nil {
		// The answer may have begun: cutting the connection is the only way to say so.
		a.Log.Error("person's data not finished", "err", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

func (a *API) settingsRoutes() []route {
	return []route{
		{"GET", "/people/{id}/data", access.OwnersWrite, a.personData},
		{"POST", "/people/{id}/erase", access.OwnersWrite, a.erasePerson},
		{"GET", "/settings", access.SettingsEdit, a.settings},
		{"PATCH", "/settings", access.SettingsEdit, a.editSettings},
		{"GET", "/settings/logo", access.SettingsEdit, a.logo},
		{"PUT", "/settings/logo", access.SettingsEdit, a.setLogo},
		{"DELETE", "/settings/logo", access.SettingsEdit, a.removeLogo},
	}
}

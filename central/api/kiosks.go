package api

import (
	"context"
	"net/http"
	"time"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/store/centraldb"
)

func (a *API) kiosks(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	all, err := a.Fleet.Kiosks(r.Context())
	if err != nil {
		return err
	}
	counts, err := a.Fleet.AssigneeCounts(r.Context())
	if err != nil {
		return err
	}
	problems, err := a.problemsOf(r.Context(), all...)
	if err != nil {
		return err
	}
	out := client.Kiosks{Kiosks: make([]client.Kiosk, len(all))}
	for i, k := range all {
		out.Kiosks[i] = kioskOf(k, counts[k.ID])
		out.Kiosks[i].Problems = problems[k.ID]
	}
	return answer(w, http.StatusOK, out)
}

func (a *API) kiosk(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	out, err := a.oneKiosk(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, out)
}

func (a *API) oneKiosk(ctx context.Context, id string) (client.Kiosk, error) {
	k, err := a.Fleet.Kiosk(ctx, id)
	if err != nil {
		return client.Kiosk{}, err
	}
	counts, err := a.Fleet.AssigneeCounts(ctx)
	if err != nil {
		return client.Kiosk{}, err
	}
	problems, err := a.problemsOf(ctx, k)
	if err != nil {
		return client.Kiosk{}, err
	}
	out := kioskOf(k, counts[id])
	out.Problems = problems[id]
	return out, nil
}

func (a *API) createKiosk(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.NewKiosk
	if err := read(w, r, &in); err != nil {
		return err
	}
	requires := in.RequiresPIN == nil || *in.RequiresPIN
	k, universal, err := a.Kiosks.Create(r.Context(), who.Email, fleet.NewKiosk{
		Name: in.Name, Zone: in.Zone, RequiresPIN: requires, Lang: in.Lang, UniversalReason: in.UniversalReason,
	})
	if err != nil {
		return err
	}
	out, err := a.oneKiosk(r.Context(), k.ID)
	if err != nil {
		return err
	}
	out.UniversalPIN = universal.Reveal() // shown once, to whoever made it
	return answer(w, http.StatusCreated, out)
}

func (a *API) assignments(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	if _, err := a.Fleet.Kiosk(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	got, err := a.Fleet.Assignments(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, client.Assignments{Everyone: got.Everyone, Teams: got.Teams, People: got.People})
}

func (a *API) assign(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.Assignments
	if err := read(w, r, &in); err != nil {
		return err
	}
	issued, err := a.People.Assign(r.Context(), who.Email, r.PathValue("id"),
		centraldb.Assignments{Everyone: in.Everyone, Teams: in.Teams, People: in.People})
	if err != nil {
		return err
	}
	out := client.Assigned{Assignments: in}
	for _, i := range issued {
		out.NewPINs = append(out.NewPINs, client.NewPIN{Kind: string(i.Kind), Subject: i.Subject, PIN: i.PIN.Reveal()})
	}
	return answer(w, http.StatusOK, out)
}

func (a *API) enrolmentCode(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	if r.URL.Query().Get("force") != "true" {
		k, err := a.Fleet.Kiosk(r.Context(), r.PathValue("id"))
		if err != nil {
			return err
		}
		if err := fleet.Owes(k, time.Now()); err != nil {
			return err
		}
	}
	lasts, err := number(r, "days", 0, 1, 90)
	if err != nil {
		return err
	}
	e, err := a.Kiosks.Code(r.Context(), who.Email, r.PathValue("id"), days(lasts))
	if err != nil {
		return err
	}
	return answer(w, http.StatusCreated, client.Code{Code: e.Text, URL: e.URL, Expires: e.ExpiresAt})
}

func kioskOf(k centraldb.Kiosk, people int) client.Kiosk {
	out := client.Kiosk{
		ID: k.ID, Name: k.Name, Zone: k.Zone, RequiresPIN: k.RequiresPIN, Status: k.Status,
		People: people, Queue: k.LastQueue, Software: k.Software, Schedule: k.Schedule, Mode: k.Mode,
		Lang: k.Lang, UniversalReason: k.UniversalReason, Theme: k.Theme, Text: k.Text,
	}
	h := k.Habits
	out.HideRoster, out.HideStatus, out.NotListed, out.TeamFilter = h.HideRoster, h.HideStatus, h.NotListed, h.TeamFilter
	out.BadgeFirst, out.Badges, out.Double = h.BadgeFirst, string(h.Badges), h.Double
	if k.LastSeen != 0 {
		out.LastSeen = time.Unix(0, k.LastSeen).UTC()
	}
	return out
}

func (a *API) kioskRoutes() []route {
	return []route{
		{"GET", "/kiosks", access.KiosksRead, a.kiosks},
		{"POST", "/kiosks", access.KiosksWrite, a.createKiosk},
		{"GET", "/kiosks/{id}", access.KiosksRead, a.kiosk},
		{"PATCH", "/kiosks/{id}", access.KiosksWrite, a.editKiosk},
		{"POST", "/kiosks/{id}/revoke", access.KiosksWrite, a.revokeKiosk},
		{"POST", "/kiosks/{id}/universal-pin", access.PINsWrite, a.universalPIN},
		{"GET", "/kiosks/{id}/assignments", access.KiosksRead, a.assignments},
		{"PUT", "/kiosks/{id}/assignments", access.KiosksWrite, a.assign},
		{"POST", "/kiosks/{id}/export", access.PINsExport, a.exportAssignees},
		{"POST", "/kiosks/{id}/code", access.KiosksWrite, a.enrolmentCode},
	}
}

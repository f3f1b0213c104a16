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

// Doorkeeper lets machines in that ask, or turns them away. See package fleet for the
// errors.
type Doorkeeper interface {
	Waiting(ctx context.Context) ([]centraldb.Waiting, error)
	Accept(ctx context.Context, actor, check string, a fleet.Accept) (string, error)
	Reject(ctx context.Context, actor, check string) error
}

func (a *API) waitingRoutes() []route {
	return []route{
		{"GET", "/waiting-kiosks", access.KiosksWrite, a.waiting},
		{"POST", "/waiting-kiosks/{check}/accept", access.KiosksWrite, a.acceptKiosk},
		{"POST", "/waiting-kiosks/{check}/reject", access.KiosksWrite, a.rejectKiosk},
	}
}

func (a *API) waiting(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	all, err := a.Doorkeeper.Waiting(r.Context())
	if err != nil {
		return err
	}
	out := client.WaitingKiosks{Waiting: make([]client.WaitingKiosk, len(all))}
	for i, m := range all {
		out.Waiting[i] = client.WaitingKiosk{
			Check: m.Check, Address: m.Address, Hardware: m.Hardware, Software: m.Software,
			AskedAt: time.Unix(0, m.AskedAt).UTC(), SeenAt: time.Unix(0, m.SeenAt).UTC(),
		}
	}
	return answer(w, http.StatusOK, out)
}

func (a *API) acceptKiosk(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.AcceptKiosk
	if err := read(w, r, &in); err != nil {
		return err
	}
	to := fleet.Accept{Kiosk: in.Kiosk, Force: in.Force, New: fleet.NewKiosk{Name: in.Name, Zone: in.Zone, RequiresPIN: in.RequiresPIN == nil || *in.RequiresPIN}}
	kiosk, err := a.Doorkeeper.Accept(r.Context(), who.Email, r.PathValue("check"), to)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, client.AcceptedKiosk{Kiosk: kiosk})
}

func (a *API) rejectKiosk(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	if err := a.Doorkeeper.Reject(r.Context(), who.Email, r.PathValue("check")); err != nil {
		return err
	}
	return answer(w, http.StatusOK, struct{}{})
}

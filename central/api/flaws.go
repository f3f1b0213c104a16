package api

import (
	"context"
	"net/http"
	"time"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/central/health"
	"github.com/timepost/timepost/store/centraldb"
)

// Flaws notes that somebody has looked into the flaws of a kiosk's journals: see
// package fleet for the errors.
type Flaws interface {
	SeeFlaws(ctx context.Context, actor, kiosk string) error
}

// FlawLists reads the flaws of one kiosk, open ones first.
type FlawLists interface {
	KioskFlaws(ctx context.Context, kiosk string) ([]centraldb.Flaw, error)
}

func (a *API) flawRoutes() []route {
	return []route{
		{"GET", "/kiosks/{id}/flaws", access.KiosksRead, a.flaws},
		{"POST", "/kiosks/{id}/flaws/seen", access.KiosksWrite, a.seeFlaws},
	}
}

func (a *API) flaws(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	k, err := a.Fleet.Kiosk(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	all, err := a.FlawLists.KioskFlaws(r.Context(), k.ID)
	if err != nil {
		return err
	}
	out := client.FlawList{Flaws: make([]client.Flaw, len(all))}
	for i, f := range all {
		out.Flaws[i] = flawOf(f)
	}
	return answer(w, http.StatusOK, out)
}

func (a *API) seeFlaws(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	if err := a.Flaws.SeeFlaws(r.Context(), who.Email, r.PathValue("id")); err != nil {
		return err
	}
	return a.flaws(w, r, who)
}

func flawOf(f centraldb.Flaw) client.Flaw {
	said := health.FlawWords(f)
	out := client.Flaw{
		Kind: f.Kind, Severity: string(said.Severity), Journal: f.Journal.String(), From: f.From, To: f.To,
		Words: said.Words, Next: said.Next,
		FirstAt: time.Unix(0, f.FirstAt).UTC(), LastAt: time.Unix(0, f.LastAt).UTC(), SeenBy: f.SeenBy,
	}
	if f.SeenAt != 0 {
		out.SeenAt = time.Unix(0, f.SeenAt).UTC()
	}
	return out
}

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

// FleetTokens makes and ends the tokens by which many machines become kiosks. See
// package fleet for the errors.
type FleetTokens interface {
	MakeToken(ctx context.Context, actor string, n fleet.NewToken) (fleet.Token, error)
	RevokeToken(ctx context.Context, actor, id string) error
}

// FleetTokenLists reads them.
type FleetTokenLists interface {
	FleetTokens(ctx context.Context) ([]centraldb.FleetToken, error)
}

func (a *API) fleetTokenRoutes() []route {
	return []route{
		{"GET", "/fleet-tokens", access.KiosksWrite, a.fleetTokens},
		{"POST", "/fleet-tokens", access.KiosksWrite, a.makeFleetToken},
		{"POST", "/fleet-tokens/{id}/revoke", access.KiosksWrite, a.revokeFleetToken},
	}
}

func (a *API) fleetTokens(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	all, err := a.FleetTokenLists.FleetTokens(r.Context())
	if err != nil {
		return err
	}
	out := client.FleetTokens{Tokens: make([]client.FleetToken, len(all))}
	for i, t := range all {
		out.Tokens[i] = fleetTokenOf(t)
	}
	return answer(w, http.StatusOK, out)
}

func (a *API) makeFleetToken(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.NewFleetToken
	if err := read(w, r, &in); err != nil {
		return err
	}
	n := fleet.NewToken{Uses: in.Uses, Life: days(in.Days), NewKiosk: fleet.NewKiosk{Name: in.Names, Zone: in.Zone, RequiresPIN: true, Lang: in.Lang}}
	if in.RequiresPIN != nil {
		n.RequiresPIN = *in.RequiresPIN
	}
	t, err := a.FleetTokens.MakeToken(r.Context(), who.Email, n)
	if err != nil {
		return err
	}
	out := fleetTokenOf(t.FleetToken)
	out.Token, out.URL = t.Text, t.URL
	return answer(w, http.StatusCreated, out)
}

func (a *API) revokeFleetToken(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	if err := a.FleetTokens.RevokeToken(r.Context(), who.Email, r.PathValue("id")); err != nil {
		return err
	}
	return answer(w, http.StatusOK, struct{}{})
}

func fleetTokenOf(t centraldb.FleetToken) client.FleetToken {
	out := client.FleetToken{
		ID: t.ID, Names: t.Names, Zone: t.Zone, RequiresPIN: t.RequiresPIN, Lang: t.Lang, Uses: t.Uses, Used: t.Used,
		Created: time.Unix(0, t.CreatedAt).UTC(), CreatedBy: t.CreatedBy, Expires: time.Unix(0, t.ExpiresAt).UTC(),
	}
	if t.RevokedAt != 0 {
		out.Revoked = time.Unix(0, t.RevokedAt).UTC()
	}
	return out
}

// days reads how long a secret lasts; what no limit allows stays too long.
func days(n int) time.Duration {
	return time.Duration(min(max(n, -1), 10_000)) * 24 * time.Hour
}

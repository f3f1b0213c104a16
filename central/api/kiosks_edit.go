package api

import (
	"net/http"

	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/central/fleet"
)

// editKiosk changes the settings that the body names.
func (a *API) editKiosk(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.KioskEdit
	if err := read(w, r, &in); err != nil {
		return err
	}
	if err := a.Kiosks.Edit(r.Context(), who.Email, r.PathValue("id"), fleet.Edit(in)); err != nil {
		return err
	}
	return a.kiosk(w, r, who)
}

// revokeKiosk takes a kiosk's identity away; doing it twice is no error.
// Without force a kiosk that may hold punches keeps it.
func (a *API) revokeKiosk(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	revoke := a.Kiosks.RevokeSettled
	if r.URL.Query().Get("force") == "true" {
		revoke = a.Kiosks.Revoke
	}
	if err := revoke(r.Context(), who.Email, r.PathValue("id")); err != nil {
		return err
	}
	return a.kiosk(w, r, who)
}

// universalPIN gives a kiosk the Universal PIN of the body, or a new one.
func (a *API) universalPIN(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.SetUniversal
	if err := read(w, r, &in); err != nil {
		return err
	}
	id := r.PathValue("id")
	if in.PIN == "" {
		made, err := a.Universals.GenerateUniversal(r.Context(), who.Email, id)
		if err != nil {
			return err
		}
		return answer(w, http.StatusCreated, client.NewPIN{Kind: string(pin.Universal), Subject: id, PIN: made.Reveal()}) // shown once
	}
	typed, err := pin.Parse(in.PIN)
	if err != nil {
		return err
	}
	if err := a.Universals.SetUniversal(r.Context(), who.Email, id, typed); err != nil {
		return err
	}
	return answer(w, http.StatusCreated, client.NewPIN{Kind: string(pin.Universal), Subject: id, PIN: typed.Reveal()})
}

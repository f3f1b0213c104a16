package api

import (
	"context"
	"io"
	"net/http"
	"strconv"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/central/diagnostics"
)

// Diagnostics lists and opens what kiosks handed in of their state. See package
// diagnostics for the errors.
type Diagnostics interface {
	List(kiosk string) ([]diagnostics.Archive, error)
	Open(ctx context.Context, actor, kiosk, id string) (diagnostics.Archive, io.ReadCloser, error)
}

func (a *API) diagnosticsRoutes() []route {
	return []route{
		{"GET", "/kiosks/{id}/diagnostics", access.KiosksWrite, a.diagnostics},
		{"GET", "/kiosks/{id}/diagnostics/{archive}", access.KiosksWrite, a.openDiagnostics},
	}
}

func (a *API) diagnostics(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	k, err := a.Fleet.Kiosk(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	all, err := a.Diagnostics.List(k.ID)
	if err != nil {
		return err
	}
	out := client.DiagnosticsList{Archives: make([]client.Diagnostics, len(all))}
	for n, d := range all {
		out.Archives[n] = client.Diagnostics{ID: d.ID, At: d.At, Size: d.Size}
	}
	return answer(w, http.StatusOK, out)
}

func (a *API) openDiagnostics(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	k, err := a.Fleet.Kiosk(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	d, body, err := a.Diagnostics.Open(r.Context(), who.Email, k.ID, r.PathValue("archive"))
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }() // only read from
	w.Header().Set("Content-Type", diagnostics.Type)
	w.Header().Set("Content-Length", strconv.FormatInt(d.Size, 10))
	w.Header().Set("Content-Disposition", `attachment; filename="`+d.FileName(k.ID)+`"`)
	if _, err := io.Copy(w, body); err != nil && r.Context().Err() == nil {
		// The answer has begun: cutting the connection is the only way to say so.
		a.Log.Error("diagnostics not sent as a whole", "err", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

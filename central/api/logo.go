package api

import (
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/settings"
	"github.com/timepost/timepost/internal/problem"
)

func (a *API) logo(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	png, _, err := a.Settings.Logo(r.Context())
	if err != nil {
		return err
	}
	if png == nil {
		return problem.New(problem.NotFound, "There is no logo.", "Touchscreens show the organisation's name.")
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Content-Length", strconv.Itoa(len(png)))
	if _, err := w.Write(png); err != nil {
		a.Log.Debug("answer not taken", "err", err)
	}
	return nil
}

// setLogo takes the body, a picture.
func (a *API) setLogo(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	file, err := io.ReadAll(http.MaxBytesReader(w, r.Body, settings.MaxLogoFile))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return problem.New(problem.Invalid, "The file is too large.", "Use a picture of at most 2 MiB.").With("field", "logo").Because(err)
	case err != nil:
		return problem.New(problem.Invalid, "The picture did not arrive whole.", "Send it again.").With("field", "logo").Because(err)
	case len(file) == 0:
		return problem.New(problem.Invalid, "There is no picture in the body.", "Send a PNG or a JPEG file; DELETE takes the logo away.").With("field", "logo")
	}
	if err := a.Decisions.SetLogo(r.Context(), who.Email, file); err != nil {
		return err
	}
	return a.settings(w, r, who)
}

func (a *API) removeLogo(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	if err := a.Decisions.SetLogo(r.Context(), who.Email, nil); err != nil {
		return err
	}
	return a.settings(w, r, who)
}

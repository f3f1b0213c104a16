package api

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"

	"github.com/timepost/timepost/internal/problem"
)

// strayed answers what is no route: 405 where the path is one of another method,
// which Allow then names, and 404 elsewhere. routes is the table's mux, in which
// whatever is no route has the pattern Base+"/".
func (a *API) strayed(routes *http.ServeMux) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		allowed := methodsOf(routes, r)
		if len(allowed) == 0 {
			a.fail(w, nil, noRoute())
			return
		}
		d := problem.DetailsOf(problem.New(problem.Invalid, "This call has another method.", "Use "+strings.Join(allowed, " or ")+".").
			With("allow", allowed))
		d.Status = http.StatusMethodNotAllowed
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(d.Status)
		if err := json.NewEncoder(w).Encode(d); err != nil {
			a.Log.Debug("answer not taken", slog.Any("err", err))
		}
	}
}

// methodsOf gives the methods that the path of a request has.
func methodsOf(routes *http.ServeMux, r *http.Request) []string {
	var out []string
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = m
		if _, pattern := routes.Handler(other); strings.HasPrefix(pattern, m+" ") {
			out = append(out, m)
		}
	}
	return out
}

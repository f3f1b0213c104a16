package api

import (
	"net/http"

	"github.com/timepost/timepost/central/access"
)

// Route is a line of the route table, for tests.
type Route struct {
	Method string
	Path   string
	Needs  string
}

// Routes gives the route table.
func Routes() []Route {
	var out []Route
	for _, r := range (&API{}).routes() {
		out = append(out, Route{r.method, r.path, string(r.needs)})
	}
	return out
}

// Someone is what every change of a person begins with.
func Someone(lists Lists, r *http.Request, who access.Identity) error {
	_, err := (&API{Config: Config{Lists: lists}}).someone(r, who)
	return err
}

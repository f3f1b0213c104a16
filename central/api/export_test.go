package api

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

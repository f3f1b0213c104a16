package admin

import "time"

// Route is a line of the route table, for tests.
type Route struct{ Method, Path, Needs string }

// Routes gives the route table.
func Routes() []Route {
	var out []Route
	for _, r := range (&pages{}).routes() {
		out = append(out, Route{r.method, r.path, string(r.needs)})
	}
	return out
}

// LocalPath gives where the login leads.
func LocalPath(next string) string { return localPath(next) }

// HoursMinutes writes a length.
func HoursMinutes(d time.Duration) string { return hoursMinutes(d) }

// LongOpen is how long a shift may be open.
const LongOpen time.Duration = longOpen

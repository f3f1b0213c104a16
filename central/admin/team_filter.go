package admin

import (
	"net/url"
	"strconv"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
)

// teamFilter is what the address of Team chooses.
type teamFilter struct {
	Search   string
	Team     string
	Role     attendance.Role
	PIN      centraldb.PINState
	Archived bool
	Sort     centraldb.TeamSort
	Down     bool
	Page     int
}

// pinChoice is a state of PINs that people can be chosen by.
type pinChoice struct {
	State centraldb.PINState
	Text  string
}

func pinChoices() []pinChoice {
	return []pinChoice{
		{centraldb.PINAsked, "Asks for a new one"},
		{centraldb.PINLocked, "Locked"},
		{centraldb.PINUnused, "Never used"},
		{centraldb.PINMaking, "Being made ready"},
	}
}

// column is a heading that sorts the list.
type column struct {
	Text  string
	Link  string
	Order string // of aria-sort; "" where the list is not sorted by it
}

func sortedColumns() []struct {
	Sort centraldb.TeamSort
	Text string
} {
	return []struct {
		Sort centraldb.TeamSort
		Text string
	}{
		{centraldb.ByName, "Person"}, {centraldb.ByStaffNo, "Number"}, {centraldb.ByTeam, "Team"}, {centraldb.ByRole, "Role"}, {centraldb.ByPIN, "PIN"},
	}
}

// columns gives the headings; the one that the list is sorted by turns it round.
func (f teamFilter) columns() []column {
	var out []column
	for _, c := range sortedColumns() {
		to := f
		to.Page, to.Sort, to.Down = 0, c.Sort, c.Sort == f.Sort && !f.Down
		col := column{Text: c.Text, Link: to.Link()}
		switch {
		case c.Sort == f.Sort && f.Down:
			col.Order = "descending"
		case c.Sort == f.Sort:
			col.Order = "ascending"
		}
		out = append(out, col)
	}
	return out
}

func teamFilterOf(q url.Values) teamFilter {
	f := teamFilter{
		Search: q.Get("search"), Team: q.Get("team"), Role: attendance.Role(q.Get("role")), Archived: q.Get("show") == "archived",
		Down: q.Get("order") == "down", Page: pageOf(q),
	}
	if !f.Role.Valid() {
		f.Role = ""
	}
	for _, c := range pinChoices() {
		if string(c.State) == q.Get("pin") {
			f.PIN = c.State
		}
	}
	for _, c := range sortedColumns() {
		if string(c.Sort) == q.Get("sort") {
			f.Sort = c.Sort
		}
	}
	return f
}

// Narrow says whether the filter leaves anybody out.
func (f teamFilter) Narrow() bool {
	return f.Search != "" || f.Team != "" || f.Role != "" || f.PIN != ""
}

// Link gives the address of the filter.
func (f teamFilter) Link() string {
	v := url.Values{}
	for _, kv := range [][2]string{
		{"search", f.Search}, {"team", f.Team}, {"role", string(f.Role)}, {"pin", string(f.PIN)}, {"sort", string(f.Sort)},
	} {
		if kv[1] != "" {
			v.Set(kv[0], kv[1])
		}
	}
	if f.Down {
		v.Set("order", "down")
	}
	if f.Archived {
		v.Set("show", "archived")
	}
	if f.Page > 0 {
		v.Set("page", strconv.Itoa(f.Page))
	}
	if len(v) == 0 {
		return "/team"
	}
	return "/team?" + v.Encode()
}

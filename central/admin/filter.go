package admin

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
)

// maxDays bounds the days a page shows; a CSV has no bound.
const maxDays = 93

// punchFilter is what the address of Punches chooses. From and To are days, both
// inclusive.
type punchFilter struct {
	List   bool // single punches instead of hours
	Booked bool // hours by project instead of by day
	Person string
	Team   string
	Kiosk  string
	From   civil
	To     civil
	Page   int

	Auth      attendance.Auth // single punches only, "" is any
	Corrected bool            // single punches only: those that somebody put right
	Unsure    bool            // and those whose time somebody has to confirm
}

// civil is a day of a calendar, whatever the zone.
type civil struct {
	Year  int
	Month time.Month
	Day   int
}

func civilOf(t time.Time) civil {
	y, m, d := t.Date()
	return civil{y, m, d}
}

// In gives the instant at which the day begins in a zone.
func (c civil) In(zone *time.Location) time.Time {
	return attendance.DayStart(c.Year, c.Month, c.Day, zone)
}

// Plus gives the day n days later.
func (c civil) Plus(n int) civil { return civilOf(c.In(time.UTC).AddDate(0, 0, n)) }

// Days counts the days until other, exclusive.
func (c civil) Days(other civil) int {
	return int(other.In(time.UTC).Sub(c.In(time.UTC)) / (24 * time.Hour))
}

// String writes the day as an address and a date field do.
func (c civil) String() string { return c.In(time.UTC).Format(time.DateOnly) }

// punchFilterOf reads the filter. Without days it is today.
func punchFilterOf(q url.Values, today civil) (punchFilter, error) {
	f := punchFilter{
		List: q.Get("view") == "list", Booked: q.Get("view") == "projects", Person: q.Get("person"), Team: q.Get("team"), Kiosk: q.Get("kiosk"),
		From: today, To: today, Page: pageOf(q), Corrected: q.Get("corrected") != "", Unsure: q.Get("unsure") != "",
	}
	if auth := attendance.Auth(q.Get("auth")); slices.Contains(auths(), auth) {
		f.Auth = auth
	}
	given := map[string]bool{}
	for name, into := range map[string]*civil{"from": &f.From, "to": &f.To} {
		text := q.Get(name)
		if text == "" {
			continue
		}
		day, err := time.Parse(time.DateOnly, text)
		if err != nil || day.Year() < 1970 || day.Year() > 2200 {
			return f, problem.New(problem.Invalid, "“"+text+"” is not a day.", "Write it like "+today.String()+".").Because(err)
		}
		*into, given[name] = civilOf(day), true
	}
	switch {
	case given["to"] && !given["from"]:
		f.From = f.To
	case given["from"] && !given["to"] && f.To.Days(f.From) > 0:
		f.To = f.From
	}
	if f.To.Days(f.From) > 0 {
		f.From, f.To = f.To, f.From
	}
	return f, nil
}

// Length counts the days.
func (f punchFilter) Length() int { return f.From.Days(f.To) + 1 }

// Query gives the filter as it stands in an address.
func (f punchFilter) Query() string {
	v := url.Values{"from": {f.From.String()}, "to": {f.To.String()}}
	for _, kv := range [][2]string{{"person", f.Person}, {"team", f.Team}, {"kiosk", f.Kiosk}, {"auth", string(f.Auth)}} {
		if kv[1] != "" {
			v.Set(kv[0], kv[1])
		}
	}
	if f.Corrected {
		v.Set("corrected", "yes")
	}
	if f.Unsure {
		v.Set("unsure", "yes")
	}
	if f.List {
		v.Set("view", "list")
	}
	if f.Booked {
		v.Set("view", "projects")
	}
	if f.Page > 0 {
		v.Set("page", strconv.Itoa(f.Page))
	}
	return v.Encode()
}

// PersonLink leads to the single punches of one person in the same days.
func (f punchFilter) PersonLink(id string) string {
	f.Booked = false
	f.Person, f.List, f.Team, f.Kiosk, f.Auth, f.Corrected, f.Unsure, f.Page = id, true, "", "", "", false, false, 0
	return "/punches?" + f.Query()
}

// perPage is how many people fit on a page of hours: fewer for more days, so
// that no page gets long or slow.
func (f punchFilter) perPage() int { return max(10, min(50, 600/f.Length())) }

// choice is a link that changes the filter.
type choice struct {
	Text  string
	Link  string
	Chose bool
}

func (f punchFilter) with(text string, from, to civil) choice {
	chose := f.From == from && f.To == to
	f.From, f.To, f.Page = from, to, 0
	return choice{text, "/punches?" + f.Query(), chose}
}

// quick gives the ranges that people ask for most.
func (f punchFilter) quick(today civil) []choice {
	monday := today.Plus(-(int(today.In(time.UTC).Weekday()) + 6) % 7)
	month := civil{today.Year, today.Month, 1}
	before := civilOf(month.In(time.UTC).AddDate(0, -1, 0))
	return []choice{
		f.with("Today", today, today), f.with("Yesterday", today.Plus(-1), today.Plus(-1)),
		f.with("This week", monday, today), f.with("Last week", monday.Plus(-7), monday.Plus(-1)),
		f.with("This month", month, today), f.with("Last month", before, month.Plus(-1)),
	}
}

// Narrow says whether anything but days is chosen.
func (f punchFilter) Narrow() bool {
	return f.Person != "" || f.Team != "" || f.Kiosk != "" || f.List && (f.Auth != "" || f.Corrected || f.Unsure)
}

package admin

import (
	"context"
	"net/http"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

const (
	listPage = 100
	// margin is read before and after the days, so that shifts over midnight and
	// kiosks in other zones are whole.
	margin = 36 * time.Hour
)

// punchesView is the page Punches.
type punchesView struct {
	page
	Filter   punchFilter
	Zone     *time.Location
	Teams    []string
	Kiosks   []centraldb.Kiosk
	Quick    []choice
	Hours    choice
	List     choice
	Booked   choice // hours by project; no text where there are no projects
	CSV      string
	People   []personHours
	Lines    []punchRow
	Total    time.Duration
	OnePage  bool // Total is everybody's
	Projects []projectTime
	Prev     string
	Next     string
	TooLong  int // days, when there are too many for a page
	Anything bool
	Auths    []attendance.Auth
	Complete completeness
	MayFix   bool
	Asking   string // requests that wait, "" for none
	Unsure   unsureTimes
	XLSX     string
}

type personHours struct {
	attendance.Person
	Days  []dayHours
	Total time.Duration

	Projects []projectTime // of all days
}

type punchRow struct {
	centraldb.Entry
	Day    string // "" where it is the row's before
	At     string
	RawAt  string // what the kiosk recorded, "" where that holds
	RawAct attendance.Action
	FixAt  string
	Link   string // "" where it may not be corrected
	Doubt  bool   // somebody has to confirm its time
}

func (p *pages) punches(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	today := civilOf(p.Now().In(p.zone))
	f, err := punchFilterOf(r.URL.Query(), today)
	if err != nil {
		return err
	}
	v := punchesView{page: p.page("Punches", "punches", who), Filter: f, Zone: p.zone, Quick: f.quick(today)}
	v.MayFix, v.Auths = access.Allowed(who.Role, access.PunchesFix), auths()
	if v.Kiosks, err = p.Fleet.Kiosks(r.Context()); err != nil {
		return err
	}
	if v.Teams, err = p.teamsFor(r.Context(), who); err != nil {
		return err
	}
	if err := p.links(r.Context(), &v); err != nil {
		return err
	}
	v.Complete = p.completeness(v.Kiosks, f)
	reach := reachOf(who)
	if v.Asking, err = p.openRequests(r.Context(), reach); err != nil {
		return err
	}
	if v.Unsure, err = p.unsure(r.Context(), reach); err != nil {
		return err
	}
	switch {
	case f.List:
		err = p.fillList(r.Context(), &v, reach)
	case f.Length() > maxDays:
		v.TooLong = f.Length()
	default:
		err = p.fillHours(r.Context(), &v, reach)
	}
	if err != nil {
		return err
	}
	v.Anything = len(v.People)+len(v.Lines) > 0
	return p.show(w, http.StatusOK, "punches", v)
}

func (p *pages) links(ctx context.Context, v *punchesView) error {
	f := v.Filter
	f.Page = 0
	v.CSV, v.XLSX = "/punches.csv?"+f.Query(), "/punches.xlsx?"+f.Query()
	f.List, f.Booked = false, false
	v.Hours = choice{"Hours", "/punches?" + f.Query(), !v.Filter.List && !v.Filter.Booked}
	f.List = true
	v.List = choice{"Single punches", "/punches?" + f.Query(), v.Filter.List}
	f.List, f.Booked = false, true
	projects, err := p.ProjectLists.Projects(ctx)
	if len(projects) > 0 || v.Filter.Booked {
		v.Booked = choice{"By project", "/punches?" + f.Query(), v.Filter.Booked}
	}
	return err
}

func (v *punchesView) turnPages(got, most int) {
	turned := func(by int) string {
		f := v.Filter
		f.Page += by
		return "/punches?" + f.Query()
	}
	if v.Filter.Page > 0 {
		v.Prev = turned(-1)
	}
	if got > most {
		v.Next = turned(1)
	}
	v.OnePage = v.Prev == "" && v.Next == ""
}

func (p *pages) fillHours(ctx context.Context, v *punchesView, reach centraldb.Reach) error {
	most := v.Filter.perPage()
	people, err := p.punched(ctx, v.Filter, reach, v.Filter.Page*most, most+1)
	if err != nil {
		return err
	}
	v.turnPages(len(people), most)
	v.People, err = p.hours(ctx, v.Filter, people[:min(len(people), most)])
	for _, h := range v.People {
		v.Total += h.Total
		v.Projects = addTimes(v.Projects, h.Projects)
	}
	return err
}

func (p *pages) punched(ctx context.Context, f punchFilter, reach centraldb.Reach, offset, limit int) ([]attendance.Person, error) {
	return p.Lists.Punched(ctx, centraldb.PunchedFilter{
		Search: f.Person, Team: f.Team, Kiosk: f.Kiosk, Reach: reach, Offset: offset, Limit: limit,
		From: f.From.In(p.zone).UnixNano(), To: f.To.Plus(1).In(p.zone).UnixNano(),
	})
}

// hours pairs what holds of the punches of people, from every kiosk: half a shift is no shift.
func (p *pages) hours(ctx context.Context, f punchFilter, people []attendance.Person) ([]personHours, error) {
	if len(people) == 0 {
		return nil, nil
	}
	ids := make([]string, len(people))
	for i, x := range people {
		ids[i] = x.ID
	}
	const most = 200_000 // more than anybody can punch in maxDays
	lines, err := p.Lists.Entries(ctx, centraldb.EntryFilter{
		People: ids, Counted: true, Limit: most,
		From: f.From.In(p.zone).Add(-margin).UnixNano(), To: f.To.Plus(1).In(p.zone).Add(margin).UnixNano(),
	})
	if err != nil {
		return nil, err
	}
	if len(lines) == most {
		return nil, problem.New(problem.Invalid, "There are too many punches for one page.", "Choose fewer days.")
	}
	byPerson := map[string][]centraldb.Entry{}
	for _, l := range lines {
		byPerson[l.Person] = append(byPerson[l.Person], l)
	}
	z, out := zones{}, make([]personHours, 0, len(people))
	for _, x := range people {
		h := personHours{Person: x}
		if own := byPerson[x.ID]; len(own) > 0 {
			zone := z.load(own[0].Zone)
			h.Days = hoursOf(own, f.From.In(zone), f.To.Plus(1).In(zone), p.Now())
		}
		names := namesIn(byPerson[x.ID])
		for i, d := range h.Days {
			h.Total += d.Worked
			h.Projects = addTimes(h.Projects, withNames(h.Days[i].Projects, names))
		}
		out = append(out, h)
	}
	return out, nil
}

func (p *pages) fillList(ctx context.Context, v *punchesView, reach centraldb.Reach) error {
	f, err := p.listFilter(ctx, v.Filter, reach)
	if err != nil {
		return err
	}
	f.Newest, f.Offset, f.Limit = true, v.Filter.Page*listPage, listPage+1
	entries, err := p.Lists.Entries(ctx, f)
	if err != nil {
		return err
	}
	v.turnPages(len(entries), listPage)
	v.Lines = p.punchRows(entries[:min(len(entries), listPage)], v.MayFix)
	if v.Unsure.N == 0 {
		return nil
	}
	return p.doubt(ctx, v.Lines)
}

// punchRows gives entries as a list shows them, each under its day.
func (p *pages) punchRows(entries []centraldb.Entry, mayFix bool) []punchRow {
	z, before := zones{}, ""
	rows := make([]punchRow, 0, len(entries))
	for _, e := range entries {
		at := time.Unix(0, e.Place.At).In(z.load(e.Zone))
		row := punchRow{Entry: e, Day: at.Format("Monday 2 January 2006"), At: time.Unix(0, e.PunchLine.At).In(z.load(e.Zone)).Format("15:04:05")}
		if e.Moved {
			row.At = p.when(e.PunchLine.At)
		}
		if e.Fix.ID != 0 {
			row.FixAt = p.when(e.Fix.MadeAt)
		}
		if !e.Added() && e.Raw.At != e.PunchLine.At {
			row.RawAt = rawTime(e, z)
		}
		if !e.Added() && e.Raw.Action != e.Action {
			row.RawAct = e.Raw.Action
		}
		if mayFix {
			row.Link = entryPath(e.ID)
		}
		if row.Day == before {
			row.Day = ""
		} else {
			before = row.Day
		}
		rows = append(rows, row)
	}
	return rows
}

// rawTime gives what the kiosk recorded, with the day where that is another.
func rawTime(e centraldb.Entry, z zones) string {
	raw, at := time.Unix(0, e.Raw.At).In(z.load(e.Raw.Zone)), time.Unix(0, e.PunchLine.At).In(z.load(e.Zone))
	if e.Moved || civilOf(raw) == civilOf(at) {
		return raw.Format("15:04:05")
	}
	return raw.Format("2 Jan 15:04:05")
}

// listFilter chooses single punches. Days are those of the organisation's zone.
// A few people are found by name first: their punches lie together, while a
// search through everybody's would read them all.
func (p *pages) listFilter(ctx context.Context, f punchFilter, reach centraldb.Reach) (centraldb.EntryFilter, error) {
	t := centraldb.EntryFilter{
		Search: f.Person, Team: f.Team, Kiosk: f.Kiosk, Auth: f.Auth, Corrected: f.Corrected, Unsure: f.Unsure, Reach: reach, Moved: !f.Unsure,
		From: f.From.In(p.zone).UnixNano(), To: f.To.Plus(1).In(p.zone).UnixNano(),
	}
	if f.Person == "" {
		return t, nil
	}
	const few = 100
	people, err := p.punched(ctx, f, reach, 0, few+1)
	if err != nil || len(people) > few {
		return t, err
	}
	t.People = []string{""} // nobody's id: where nobody is found, nothing is
	for _, x := range people {
		t.People = append(t.People, x.ID)
	}
	t.Search, t.Team = "", ""
	return t, nil
}

func (p *pages) punchRoutes() []route {
	return []route{
		{"GET", "/punches", access.PunchesTeam, p.punches},
		{"GET", "/punches.csv", access.PunchesTeam, p.punchesCSV},
		{"GET", "/punches.xlsx", access.PunchesTeam, p.punchesXLSX},
		{"GET", "/punches/new", access.PunchesFix, p.newEntry},
		{"POST", "/punches", access.PunchesFix, p.addEntry},
		{"GET", "/punches/{id}", access.PunchesFix, p.entry},
		{"POST", "/punches/{id}/correct", access.PunchesFix, p.correctEntry},
		{"POST", "/punches/{id}/confirm", access.PunchesFix, p.confirmEntry},
		{"POST", "/punches/{id}/void", access.PunchesFix, p.voidEntry},
	}
}

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
	CSV      string
	People   []personHours
	Lines    []punchRow
	Total    time.Duration
	OnePage  bool // Total is everybody's
	Prev     string
	Next     string
	TooLong  int // days, when there are too many for a page
	Anything bool
}

type personHours struct {
	attendance.Person
	Days  []dayHours
	Total time.Duration
}

type punchRow struct {
	centraldb.PunchLine
	Day string // "" where it is the row's before
	At  string
}

func (p *pages) punches(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	today := civilOf(p.Now().In(p.zone))
	f, err := punchFilterOf(r.URL.Query(), today)
	if err != nil {
		return err
	}
	v := punchesView{page: p.page("Punches", "punches", who), Filter: f, Zone: p.zone, Quick: f.quick(today)}
	if v.Kiosks, err = p.Fleet.Kiosks(r.Context()); err != nil {
		return err
	}
	if v.Teams, err = p.Lists.Teams(r.Context()); err != nil {
		return err
	}
	v.links()
	switch {
	case f.List:
		err = p.fillList(r.Context(), &v)
	case f.Length() > maxDays:
		v.TooLong = f.Length()
	default:
		err = p.fillHours(r.Context(), &v)
	}
	if err != nil {
		return err
	}
	v.Anything = len(v.People)+len(v.Lines) > 0
	return p.show(w, http.StatusOK, "punches", v)
}

func (v *punchesView) links() {
	f := v.Filter
	f.Page = 0
	v.CSV = "/punches.csv?" + f.Query()
	f.List = false
	v.Hours = choice{"Hours", "/punches?" + f.Query(), !v.Filter.List}
	f.List = true
	v.List = choice{"Single punches", "/punches?" + f.Query(), v.Filter.List}
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

func (p *pages) fillHours(ctx context.Context, v *punchesView) error {
	most := v.Filter.perPage()
	people, err := p.punched(ctx, v.Filter, v.Filter.Page*most, most+1)
	if err != nil {
		return err
	}
	v.turnPages(len(people), most)
	v.People, err = p.hours(ctx, v.Filter, people[:min(len(people), most)])
	for _, h := range v.People {
		v.Total += h.Total
	}
	return err
}

func (p *pages) punched(ctx context.Context, f punchFilter, offset, limit int) ([]attendance.Person, error) {
	return p.Lists.Punched(ctx, centraldb.PunchedFilter{
		Search: f.Person, Team: f.Team, Kiosk: f.Kiosk, Offset: offset, Limit: limit,
		From: f.From.In(p.zone).UnixNano(), To: f.To.Plus(1).In(p.zone).UnixNano(),
	})
}

// hours pairs the punches of people, from every kiosk: half a shift is no shift.
func (p *pages) hours(ctx context.Context, f punchFilter, people []attendance.Person) ([]personHours, error) {
	if len(people) == 0 {
		return nil, nil
	}
	ids := make([]string, len(people))
	for i, x := range people {
		ids[i] = x.ID
	}
	const most = 200_000 // more than anybody can punch in maxDays
	lines, err := p.Lists.PunchLines(ctx, centraldb.PunchFilter{
		People: ids, ByTime: true, Limit: most,
		From: f.From.In(p.zone).Add(-margin).UnixNano(), To: f.To.Plus(1).In(p.zone).Add(margin).UnixNano(),
	})
	if err != nil {
		return nil, err
	}
	if len(lines) == most {
		return nil, problem.New(problem.Invalid, "There are too many punches for one page.", "Choose fewer days.")
	}
	byPerson := map[string][]centraldb.PunchLine{}
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
		for _, d := range h.Days {
			h.Total += d.Worked
		}
		out = append(out, h)
	}
	return out, nil
}

func (p *pages) fillList(ctx context.Context, v *punchesView) error {
	f, err := p.listFilter(ctx, v.Filter)
	if err != nil {
		return err
	}
	f.Newest, f.Offset, f.Limit = true, v.Filter.Page*listPage, listPage+1
	lines, err := p.Lists.PunchLines(ctx, f)
	if err != nil {
		return err
	}
	v.turnPages(len(lines), listPage)
	z, before := zones{}, ""
	for _, l := range lines[:min(len(lines), listPage)] {
		at := time.Unix(0, l.At).In(z.load(l.Zone))
		row := punchRow{PunchLine: l, Day: at.Format("Monday 2 January 2006"), At: at.Format("15:04:05")}
		if row.Day == before {
			row.Day = ""
		} else {
			before = row.Day
		}
		v.Lines = append(v.Lines, row)
	}
	return nil
}

// listFilter chooses single punches. Days are those of the organisation's zone.
// A few people are found by name first: their punches lie together, while a
// search through everybody's would read them all.
func (p *pages) listFilter(ctx context.Context, f punchFilter) (centraldb.PunchFilter, error) {
	t := centraldb.PunchFilter{
		Search: f.Person, Team: f.Team, Kiosk: f.Kiosk, ByTime: true,
		From: f.From.In(p.zone).UnixNano(), To: f.To.Plus(1).In(p.zone).UnixNano(),
	}
	if f.Person == "" {
		return t, nil
	}
	const few = 100
	people, err := p.punched(ctx, f, 0, few+1)
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
		{"GET", "/punches", access.PunchesAll, p.punches},
		{"GET", "/punches.csv", access.PunchesAll, p.punchesCSV},
	}
}

package admin

import (
	"net/http"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/store/centraldb"
)

// meView is somebody's own record: a week of hours and the punches behind them.
type meView struct {
	page
	Name  string // "": the account is nobody's who clocks in
	State attendance.State
	Since string // "" where there has never been a punch
	Week  string // in words
	Days  []dayHours
	Total time.Duration
	Lines []punchRow
	Prev  string
	Next  string // "" for this week
	Asked []requestLine
}

// me shows the record of the person whom the account belongs to. Nothing in the
// address names a person, so that there is nobody else to ask for.
func (p *pages) me(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	v := meView{page: p.page("My record", "me", who)}
	if who.Person == "" {
		return p.show(w, http.StatusOK, "me", v)
	}
	own, err := p.Roll.TeamMember(r.Context(), who.Person)
	if err != nil {
		return err
	}
	v.Name = own.Name
	f := v.choose(r.URL.Query().Get("week"), civilOf(p.Now().In(p.zone)))
	hours, err := p.hours(r.Context(), f, []attendance.Person{own.Person})
	if err != nil {
		return err
	}
	v.Days, v.Total = hours[0].Days, hours[0].Total
	entries, err := p.Lists.Entries(r.Context(), centraldb.EntryFilter{
		People: []string{own.ID}, Moved: true, Newest: true, Limit: weekMost,
		From: f.From.In(p.zone).UnixNano(), To: f.To.Plus(1).In(p.zone).UnixNano(),
	})
	if err != nil {
		return err
	}
	v.Lines = p.punchRows(entries, false)
	if v.Asked, err = p.requestsFor(r.Context(), own.ID, false); err != nil {
		return err
	}
	if err := p.standing(r, &v, own.ID); err != nil {
		return err
	}
	return p.show(w, http.StatusOK, "me", v)
}

// weekMost is more than anybody punches in a week.
const weekMost = 1000

// choose reads the week that the address names by any of its days; this week where
// it names none.
func (v *meView) choose(day string, today civil) punchFilter {
	monday := func(c civil) civil { return c.Plus(-(int(c.In(time.UTC).Weekday()) + 6) % 7) }
	chosen := today
	if t, err := time.Parse(time.DateOnly, day); err == nil && t.Year() > 1 && t.Year() < 9999 {
		chosen = civilOf(t)
	}
	from := monday(chosen)
	f := punchFilter{From: from, To: from.Plus(6)}
	v.Week = from.In(time.UTC).Format("2 January") + " to " + f.To.In(time.UTC).Format("2 January 2006")
	v.Prev = "/me?week=" + from.Plus(-7).String()
	if from.Days(monday(today)) > 0 {
		v.Next = "/me?week=" + from.Plus(7).String()
	}
	return f
}

// standing tells where the person is now, by the last of what holds.
func (p *pages) standing(r *http.Request, v *meView, person string) error {
	last, err := p.Lists.Entries(r.Context(), centraldb.EntryFilter{
		People: []string{person}, Counted: true, Newest: true, Limit: 1, To: p.Now().UnixNano(),
	})
	if err != nil || len(last) == 0 {
		v.State = attendance.StateOut
		return err
	}
	v.State = attendance.Presence{State: attendance.StateOut}.After(last[0].Punch()).State
	v.Since = p.when(last[0].PunchLine.At)
	return nil
}

func (p *pages) meRoutes() []route {
	return []route{{"GET", "/me", access.PunchesOwn, p.me}}
}

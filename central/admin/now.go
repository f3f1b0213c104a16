package admin

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/store/centraldb"
)

const (
	nowPage    = 120            // people shown at once
	newsShown  = 8              // latest punches
	longOpen   = 14 * time.Hour // nobody works so long: a clock-out was forgotten
	kioskQuiet = 15 * time.Minute
)

// nowView is the page Now.
type nowView struct {
	page
	Clock   time.Time
	Zone    string
	Filter  nowFilter
	Teams   []string
	Kiosks  []centraldb.Kiosk
	Tallies []tally
	Groups  []nowGroup
	News    []newsLine
	Health  []kioskHealth
	Anybody bool // there are people at all
	Desk    bool // for who looks after everybody, and the kiosks
	Prev    string
	Next    string
}

type tally struct {
	State attendance.State
	N     int
	Chose bool // the address names it
	Shown bool // its people are on the page
	Link  string
}

type nowGroup struct {
	Team   string
	In     int
	People []nowPerson
}

type nowPerson struct {
	centraldb.NowLine
	At    string // "" for somebody who has never punched
	For   time.Duration
	Today bool
	Long  bool
}

type newsLine struct {
	centraldb.Entry
	At  string
	Day string // "" for today
}

type kioskHealth struct {
	centraldb.Kiosk
	Seen  string
	Quiet bool
}

// nowFilter is what the address of Now chooses.
type nowFilter struct {
	State  attendance.State // "" is everybody who is here: in or on a break
	Search string
	Team   string
	Kiosk  string
	Page   int
}

func nowFilterOf(q url.Values) nowFilter {
	f := nowFilter{State: attendance.State(q.Get("state")), Search: q.Get("search"), Team: q.Get("team"), Kiosk: q.Get("kiosk")}
	switch f.State {
	case attendance.StateIn, attendance.StateBreak, attendance.StateOut:
	default:
		f.State = ""
	}
	f.Page = pageOf(q)
	return f
}

// pageOf gives the page's number, from 0.
func pageOf(q url.Values) int {
	n, err := strconv.Atoi(q.Get("page"))
	if err != nil || n < 1 || n > 10_000 {
		return 0 // whatever was typed there, the first page is meant
	}
	return n
}

// Query gives the filter as it stands in an address.
func (f nowFilter) Query() string {
	v := url.Values{}
	for _, kv := range [][2]string{{"state", string(f.State)}, {"search", f.Search}, {"team", f.Team}, {"kiosk", f.Kiosk}} {
		if kv[1] != "" {
			v.Set(kv[0], kv[1])
		}
	}
	if f.Page > 0 {
		v.Set("page", strconv.Itoa(f.Page))
	}
	return v.Encode()
}

// Narrow says whether anything but the state is chosen.
func (f nowFilter) Narrow() bool { return f.Search != "" || f.Team != "" || f.Kiosk != "" }

func (f nowFilter) table() centraldb.NowFilter {
	t := centraldb.NowFilter{Search: f.Search, Team: f.Team, Kiosk: f.Kiosk, Offset: f.Page * nowPage, Limit: nowPage + 1}
	t.States = []attendance.State{f.State}
	if f.State == "" {
		t.States = []attendance.State{attendance.StateIn, attendance.StateBreak}
	}
	return t
}

func (p *pages) now(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	v, err := p.nowView(r, who)
	if err != nil {
		return err
	}
	if v.Teams, err = p.teamsFor(r.Context(), who); err != nil {
		return err
	}
	return p.show(w, http.StatusOK, "now", v)
}

// live gives the part of Now that htmx renews.
func (p *pages) live(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	v, err := p.nowView(r, who)
	if err != nil {
		return err
	}
	return p.render(w, http.StatusOK, "now", "live", v)
}

func (p *pages) nowView(r *http.Request, who access.Identity) (nowView, error) {
	ctx, f := r.Context(), nowFilterOf(r.URL.Query())
	v := nowView{page: p.page("Now", "now", who), Clock: p.Now().In(p.zone), Zone: p.zone.String(), Filter: f}
	var err error
	if v.Kiosks, err = p.Fleet.Kiosks(ctx); err != nil {
		return v, err
	}
	reach := reachOf(who)
	table := f.table()
	table.Reach = reach
	all := table
	all.States = nil
	counts, err := p.Lists.NowCounts(ctx, all)
	if err != nil {
		return v, err
	}
	lines, err := p.Lists.NowPage(ctx, table)
	if err != nil {
		return v, err
	}
	news, err := p.Lists.Entries(ctx, p.newsFilter(reach))
	if err != nil {
		return v, err
	}
	z := zones{}
	v.turnPages(len(lines))
	v.Groups = p.groups(lines[:min(len(lines), nowPage)], counts, v.Kiosks, z)
	v.Tallies, v.Anybody = tallies(f, counts), len(counts) > 0 || f.Narrow()
	for _, l := range news {
		v.News = append(v.News, p.newsLine(l, z))
	}
	if access.Allowed(who.Role, access.KiosksRead) {
		v.Health = p.health(v.Kiosks)
	}
	v.Desk = access.Allowed(who.Role, access.PunchesAll)
	return v, nil
}

func (v *nowView) turnPages(got int) {
	turned := func(by int) string {
		f := v.Filter
		f.Page += by
		return "/?" + f.Query()
	}
	if v.Filter.Page > 0 {
		v.Prev = turned(-1)
	}
	if got > nowPage {
		v.Next = turned(1)
	}
}

// tallies gives the three numbers; each leads to its people, the chosen one back.
func tallies(f nowFilter, counts []centraldb.NowCount) []tally {
	n := map[attendance.State]int{}
	for _, c := range counts {
		n[c.State] += c.N
	}
	var out []tally
	for _, s := range []attendance.State{attendance.StateIn, attendance.StateBreak, attendance.StateOut} {
		to := f
		to.State, to.Page = s, 0
		if f.State == s {
			to.State = ""
		}
		out = append(out, tally{
			State: s, N: n[s], Chose: f.State == s,
			Shown: f.State == s || f.State == "" && s != attendance.StateOut, Link: "/?" + to.Query(),
		})
	}
	return out
}

func (p *pages) groups(lines []centraldb.NowLine, counts []centraldb.NowCount, kiosks []centraldb.Kiosk, z zones) []nowGroup {
	zoneOf, in := map[string]string{}, map[string]int{}
	for _, k := range kiosks {
		zoneOf[k.ID] = k.Zone
	}
	for _, c := range counts {
		if c.State == attendance.StateIn {
			in[c.Team] += c.N
		}
	}
	var out []nowGroup
	for _, l := range lines {
		if len(out) == 0 || out[len(out)-1].Team != l.Team {
			out = append(out, nowGroup{Team: l.Team, In: in[l.Team]})
		}
		zone := p.zone
		if name := zoneOf[l.Kiosk]; name != "" {
			zone = z.load(name)
		}
		g := &out[len(out)-1]
		g.People = append(g.People, p.nowPerson(l, zone))
	}
	return out
}

func (p *pages) nowPerson(l centraldb.NowLine, zone *time.Location) nowPerson {
	n := nowPerson{NowLine: l}
	if l.Since == 0 {
		return n
	}
	at, now := time.Unix(0, l.Since).In(zone), p.Now().In(zone)
	n.Today = at.Format(time.DateOnly) == now.Format(time.DateOnly)
	n.At = at.Format("Mon 2 Jan, 15:04")
	if n.Today {
		n.At = at.Format("15:04")
	}
	n.For = max(0, now.Sub(at))
	n.Long = l.State != attendance.StateOut && n.For > longOpen
	return n
}

// newsFilter chooses the latest punches. A team may not have any: its are looked for
// in the last days only.
func (p *pages) newsFilter(reach centraldb.Reach) centraldb.EntryFilter {
	f := centraldb.EntryFilter{Reach: reach, Counted: true, Newest: true, Limit: newsShown, To: p.Now().UnixNano() + 1}
	if reach != (centraldb.Reach{}) {
		f.From = p.Now().Add(-48 * time.Hour).UnixNano()
	}
	return f
}

func (p *pages) newsLine(l centraldb.Entry, z zones) newsLine {
	zone := z.load(l.Zone)
	at, now := time.Unix(0, l.PunchLine.At).In(zone), p.Now().In(zone)
	n := newsLine{Entry: l, At: at.Format("15:04")}
	if at.Format(time.DateOnly) != now.Format(time.DateOnly) {
		n.Day = at.Format("2 Jan")
	}
	return n
}

func (p *pages) health(kiosks []centraldb.Kiosk) []kioskHealth {
	const shown = 12
	var out []kioskHealth
	for _, k := range kiosks[:min(len(kiosks), shown)] {
		h := kioskHealth{Kiosk: k}
		switch ago := p.Now().Sub(time.Unix(0, k.LastSeen)); {
		case k.Status != centraldb.KioskEnrolled:
			h.Seen, h.Quiet = "not set up yet", true
		case k.LastSeen == 0:
			h.Seen, h.Quiet = "not heard of yet", true
		case ago < 2*time.Minute:
			h.Seen = "heard just now"
		default:
			h.Seen, h.Quiet = "heard "+hoursMinutes(ago)+" ago", ago > kioskQuiet
		}
		out = append(out, h)
	}
	return out
}

func (p *pages) nowRoutes() []route {
	return []route{
		{"GET", "/{$}", access.PunchesTeam, p.now},
		{"GET", "/live", access.PunchesTeam, p.live},
	}
}

package admin

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/correct"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Requests decides on punches that people say are missing. See package correct for
// the errors.
type Requests interface {
	Decide(ctx context.Context, actor string, d correct.Decision) (entry int64, err error)
}

// RequestLists reads what people ask for.
type RequestLists interface {
	PunchRequests(ctx context.Context, f centraldb.RequestFilter) ([]centraldb.PunchRequestLine, error)
	CountPunchRequests(ctx context.Context, reach centraldb.Reach, most int) (int, error)
	PunchRequest(ctx context.Context, id int64) (centraldb.PunchRequestLine, error)
}

const (
	requestsPath  = "/punches/requests"
	requestsShown = 50
)

func (p *pages) requestRoutes() []route {
	return []route{
		{"GET", requestsPath, access.PunchesTeam, p.requests},
		{"GET", requestsPath + "/{id}", access.PunchesFix, p.request},
		{"POST", requestsPath + "/{id}/approve", access.PunchesFix, p.approveRequest},
		{"POST", requestsPath + "/{id}/refuse", access.PunchesFix, p.refuseRequest},
	}
}

// requestLine is one request as lists show it.
type requestLine struct {
	Link    string // "" where it can't be decided, or not by who looks
	Person  string
	StaffNo string
	Unknown bool // nobody has that id
	Action  attendance.Action
	At      string // when the punch was, by the person's word
	Zone    string
	Project string
	Reason  string
	Where   string // the kiosk, and when it was asked
	Verdict string // "": open
	Refused bool
	By      string
	Answer  string
	Entry   string // the page of the punch that was added, "" for who may not see it
	Read    string // when the person saw the answer, "" for not yet
}

func (p *pages) requestLine(l centraldb.PunchRequestLine, loaded zones, fix bool) requestLine {
	v := requestLine{
		Person: l.PersonName, StaffNo: l.StaffNo, Unknown: l.PersonName == "", Action: l.Action, Zone: l.Zone, Project: l.ProjectName, Reason: l.Reason,
		At:    time.Unix(0, l.Claim).In(loaded.load(l.Zone)).Format("Mon 2 Jan 2006, 15:04"),
		Where: l.KioskName + ", asked " + p.when(l.MadeAt),
	}
	if v.Unknown {
		v.Person = "Unknown person " + l.Person
	}
	if l.Decision == "" {
		if fix {
			v.Link = requestsPath + "/" + strconv.FormatInt(l.ID, 10)
		}
		return v
	}
	v.Verdict, v.Refused = "Approved", l.Decision == centraldb.RequestRefused
	if v.Refused {
		v.Verdict = "Refused"
	}
	v.By, v.Answer, v.Read = l.DecidedBy+", "+p.when(l.DecidedAt), l.Answer, p.when(l.ReadAt)
	if fix && l.Entry != 0 {
		v.Entry = entryPath(l.Entry)
	}
	return v
}

// requestsView is the list.
type requestsView struct {
	page
	Done    string
	Decided bool
	Open    string // how many, "" for none
	Lines   []requestLine
	Prev    string
	Next    string
}

func (p *pages) requests(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	q := r.URL.Query()
	v := requestsView{page: p.page("Requests", "punches", who), Decided: q.Get("view") == "decided"}
	v.Done, _ = p.noted(r).(string)
	reach, at := reachOf(who), pageOf(q)
	var err error
	if v.Open, err = p.openRequests(r.Context(), reach); err != nil {
		return err
	}
	lines, err := p.RequestLists.PunchRequests(r.Context(), centraldb.RequestFilter{
		Decided: v.Decided, Reach: reach, Offset: at * requestsShown, Limit: requestsShown + 1,
	})
	if err != nil {
		return err
	}
	link := func(page int) string {
		base := url.Values{"page": {strconv.Itoa(page)}}
		if v.Decided {
			base.Set("view", "decided")
		}
		return requestsPath + "?" + base.Encode()
	}
	if at > 0 {
		v.Prev = link(at - 1)
	}
	if len(lines) > requestsShown {
		lines, v.Next = lines[:requestsShown], link(at+1)
	}
	loaded, fix := zones{}, access.Allowed(who.Role, access.PunchesFix)
	for _, l := range lines {
		v.Lines = append(v.Lines, p.requestLine(l, loaded, fix))
	}
	return p.show(w, http.StatusOK, "requests", v)
}

// openRequests gives how many requests wait, in words; "" for none.
func (p *pages) openRequests(ctx context.Context, reach centraldb.Reach) (string, error) {
	n, err := p.RequestLists.CountPunchRequests(ctx, reach, mostCounted+1)
	switch {
	case err != nil || n == 0:
		return "", err
	case n > mostCounted:
		return strconv.Itoa(mostCounted) + "+", nil
	}
	return strconv.Itoa(n), nil
}

// requestView is one request with its two decisions.
type requestView struct {
	page
	Item    requestLine
	Path    string
	Form    entryFields
	Answer  string
	Actions []attendance.Action
	Day     string // the page of that day's punches

	Projects []centraldb.Project
	Wrong    wrong
}

func (p *pages) request(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	return p.showRequest(w, r, who, http.StatusOK, func(*requestView) {})
}

func (p *pages) showRequest(w http.ResponseWriter, r *http.Request, who access.Identity, status int, more func(*requestView)) error {
	l, err := p.requestOf(r)
	if err != nil {
		return err
	}
	asked := correct.AsAsked(l.PunchRequest)
	v := requestView{
		page: p.page("Request of "+l.PersonName, "punches", who), Item: p.requestLine(l, zones{}, true), Actions: entryActions(),
		Path: requestsPath + "/" + strconv.FormatInt(l.ID, 10),
		Form: entryFields{Action: asked.Action, Day: asked.Day, Clock: asked.Clock, Project: asked.Project},
	}
	day := civilOf(time.Unix(0, l.Claim).In(p.zone))
	v.Day = punchFilter{From: day, To: day}.PersonLink(l.Person)
	more(&v)
	if v.Projects, err = p.bookable(r.Context(), v.Form.Project); err != nil {
		return err
	}
	return p.show(w, status, "request_one", v)
}

func (p *pages) requestOf(r *http.Request) (centraldb.PunchRequestLine, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return centraldb.PunchRequestLine{}, problem.New(problem.NotFound, "There is no such request.", "Look at the list again.").Because(err)
	}
	return p.RequestLists.PunchRequest(r.Context(), id)
}

func (p *pages) approveRequest(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	l, err := p.requestOf(r)
	if err != nil {
		return err
	}
	form := entryFieldsFrom(r.PostForm)
	values := form.values()
	if asked := correct.AsAsked(l.PunchRequest); form.Day == asked.Day && form.Clock == asked.Clock {
		values.Day, values.Clock, values.At = "", "", time.Unix(0, l.Claim).UTC() // to the second it was asked for
	}
	_, err = p.Requests.Decide(r.Context(), who.Email, correct.Decision{Request: l.ID, Approve: true, Values: values})
	if err == nil {
		return p.after(w, r, requestsPath, "Approved. The punch of "+l.PersonName+" was added; they read it at the kiosk.")
	}
	bad, status, err := wrongOf(err, "action")
	if err != nil {
		return err
	}
	return p.showRequest(w, r, who, status, func(v *requestView) { v.Form, v.Wrong = form, bad })
}

func (p *pages) refuseRequest(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	l, err := p.requestOf(r)
	if err != nil {
		return err
	}
	text := r.PostForm.Get("answer")
	_, err = p.Requests.Decide(r.Context(), who.Email, correct.Decision{Request: l.ID, Answer: text})
	if err == nil {
		return p.after(w, r, requestsPath, "Refused. "+l.PersonName+" reads why at the kiosk.")
	}
	bad, status, err := wrongOf(err, "answer")
	if err != nil {
		return err
	}
	return p.showRequest(w, r, who, status, func(v *requestView) { v.Answer, v.Wrong = text, bad })
}

// requestsFor gives a person's latest requests, for their own page.
func (p *pages) requestsFor(ctx context.Context, person string, fix bool) ([]requestLine, error) {
	const shown = 5
	lines, err := p.RequestLists.PunchRequests(ctx, centraldb.RequestFilter{All: true, Person: person, Limit: shown})
	if err != nil {
		return nil, err
	}
	var out []requestLine
	loaded := zones{}
	for _, l := range lines {
		out = append(out, p.requestLine(l, loaded, fix))
	}
	return out, nil
}

// noteAsking counts, for who may decide, what the navigation tells of.
func (p *pages) noteAsking(r *http.Request, who access.Identity) error {
	if r.Method != http.MethodGet || !access.Allowed(who.Role, access.PunchesFix) {
		return nil
	}
	n, err := p.RequestLists.CountPunchRequests(r.Context(), centraldb.Reach{}, mostCounted)
	if err != nil {
		return err
	}
	lost, err := p.Roll.AskingForPINs(r.Context())
	if err != nil {
		return err
	}
	p.asking.Store(int64(n))
	p.lost.Store(int64(lost))
	return nil
}

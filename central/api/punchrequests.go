package api

import (
	"context"
	"net/http"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/central/correct"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// PunchRequests decides on punches that people say are missing. See package correct
// for the errors.
type PunchRequests interface {
	Decide(ctx context.Context, actor string, d correct.Decision) (entry int64, err error)
}

// RequestLists reads what people ask for.
type RequestLists interface {
	PunchRequests(ctx context.Context, f centraldb.RequestFilter) ([]centraldb.PunchRequestLine, error)
	PunchRequest(ctx context.Context, id int64) (centraldb.PunchRequestLine, error)
}

func (a *API) punchRequestRoutes() []route {
	return []route{
		{"GET", "/punch-requests", access.PunchesTeam, a.punchRequests},
		{"POST", "/punch-requests/{id}/approve", access.PunchesFix, a.approveRequest},
		{"POST", "/punch-requests/{id}/refuse", access.PunchesFix, a.refuseRequest},
	}
}

func (a *API) punchRequests(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	f := centraldb.RequestFilter{Reach: reachOf(who)}
	switch r.URL.Query().Get("state") {
	case "", "open":
	case "decided":
		f.Decided = true
	default:
		return problem.New(problem.Invalid, "There is no such state of a request.", "Ask for open or decided.")
	}
	var err error
	if f.Offset, err = number(r, "offset", 0, 0, 1<<30); err != nil {
		return err
	}
	limit, err := number(r, "limit", 100, 1, 200)
	if err != nil {
		return err
	}
	f.Limit = limit + 1
	lines, err := a.RequestLists.PunchRequests(r.Context(), f)
	if err != nil {
		return err
	}
	out := client.PunchRequests{More: len(lines) > limit, Requests: []client.PunchRequest{}}
	for _, l := range lines[:min(limit, len(lines))] {
		out.Requests = append(out.Requests, punchRequestOf(l))
	}
	return answer(w, http.StatusOK, out)
}

func punchRequestOf(l centraldb.PunchRequestLine) client.PunchRequest {
	out := client.PunchRequest{
		ID: l.ID, Person: l.Person, PersonName: l.PersonName, Kiosk: l.Kiosk, KioskName: l.KioskName, Action: l.Action, At: instant(l.Claim), Zone: l.Zone,
		Project: l.Project, ProjectName: l.ProjectName, Reason: l.Reason, Asked: instant(l.MadeAt), Decision: l.Decision, Answer: l.Answer, By: l.DecidedBy, Entry: l.Entry,
	}
	if l.Decision != "" {
		out.Decided = instant(l.DecidedAt)
	}
	if l.ReadAt != 0 {
		out.Read = instant(l.ReadAt)
	}
	return out
}

func (a *API) approveRequest(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.RequestEdit
	if err := read(w, r, &in); err != nil {
		return err
	}
	id, err := numbered(r)
	if err != nil {
		return err
	}
	l, err := a.RequestLists.PunchRequest(r.Context(), id)
	if err != nil {
		return err
	}
	asked := centraldb.Held{Correction: centraldb.Correction{Action: l.Action, At: l.Claim, Zone: l.Zone, Project: l.Project}}
	values, err := changedValues(asked, client.PunchEdit{Action: in.Action, At: in.At, Day: in.Day, Time: in.Time, Project: in.Project, Note: in.Note})
	if err != nil {
		return err
	}
	return a.decideRequest(w, r, who, correct.Decision{Request: id, Approve: true, Values: values})
}

func (a *API) refuseRequest(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.Refusal
	if err := read(w, r, &in); err != nil {
		return err
	}
	id, err := numbered(r)
	if err != nil {
		return err
	}
	return a.decideRequest(w, r, who, correct.Decision{Request: id, Answer: in.Answer})
}

func (a *API) decideRequest(w http.ResponseWriter, r *http.Request, who access.Identity, d correct.Decision) error {
	if _, err := a.PunchRequests.Decide(r.Context(), who.Email, d); err != nil {
		return err
	}
	l, err := a.RequestLists.PunchRequest(r.Context(), d.Request)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, punchRequestOf(l))
}

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

// Reviews decides on what did not come in the usual way. See package correct for
// the errors.
type Reviews interface {
	Review(ctx context.Context, actor string, v correct.Verdict) error
}

// ReviewLists reads what there is to decide, and what was decided.
type ReviewLists interface {
	OpenReviews(ctx context.Context, offset, limit int) ([]centraldb.ReviewItem, error)
	DecidedReviews(ctx context.Context, offset, limit int) ([]centraldb.ReviewItem, error)
	Review(ctx context.Context, kind, subject string) (centraldb.ReviewItem, error)
}

func (a *API) reviewRoutes() []route {
	return []route{
		{"GET", "/reviews", access.PunchesFix, a.reviews},
		{"POST", "/reviews/{kind}/{subject}", access.PunchesFix, a.decide},
	}
}

func (a *API) reviews(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	read := a.ReviewLists.OpenReviews
	switch r.URL.Query().Get("state") {
	case "", "open":
	case "decided":
		read = a.ReviewLists.DecidedReviews
	default:
		return problem.New(problem.Invalid, "There is no such state of a review.", "Ask for open or decided.")
	}
	offset, err := number(r, "offset", 0, 0, 1<<30)
	if err != nil {
		return err
	}
	limit, err := number(r, "limit", 100, 1, 200)
	if err != nil {
		return err
	}
	items, err := read(r.Context(), offset, limit+1)
	if err != nil {
		return err
	}
	out := client.Reviews{More: len(items) > limit}
	if out.More {
		items = items[:limit]
	}
	out.Reviews = make([]client.Review, len(items))
	for n, i := range items {
		out.Reviews[n] = reviewOf(i)
	}
	return answer(w, http.StatusOK, out)
}

func reviewOf(i centraldb.ReviewItem) client.Review {
	out := client.Review{
		Kind: i.Kind, Subject: i.Subject, Noticed: instant(i.At), Kiosk: i.Kiosk, KioskName: i.KioskName, Journal: i.Journal.String(),
		Seq: i.Seq, To: i.To, Fault: i.Reason, Type: i.Type,
	}
	if c := i.Claim; c != nil {
		out.Punch = &client.Claimed{
			Person: c.Person, PersonName: c.PersonName, TypedName: c.Typed, Action: string(c.Action), At: instant(c.At), Zone: c.Zone, Project: c.Project, Note: c.Note,
		}
	}
	if d := i.Decided; d != nil {
		out.Decision, out.Reason, out.Decided, out.By, out.Entry = d.Decision, d.Reason, instant(d.MadeAt), d.MadeBy, d.Entry
	}
	return out
}

func (a *API) decide(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.Verdict
	if err := read(w, r, &in); err != nil {
		return err
	}
	kind, subject := r.PathValue("kind"), r.PathValue("subject")
	err := a.Reviews.Review(r.Context(), who.Email, correct.Verdict{
		Kind: kind, Subject: subject, Decision: in.Decision, Person: in.Person, Reason: in.Reason,
	})
	if err != nil {
		return err
	}
	i, err := a.ReviewLists.Review(r.Context(), kind, subject)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, reviewOf(i))
}

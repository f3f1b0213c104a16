package admin

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/correct"
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
	CountOpenReviews(ctx context.Context, most int) (int, error)
	DecidedReviews(ctx context.Context, offset, limit int) ([]centraldb.ReviewItem, error)
	Review(ctx context.Context, kind, subject string) (centraldb.ReviewItem, error)
}

const (
	reviewsShown = 50
	mostCounted  = 1000 // of open ones; beyond that nobody counts
)

func (p *pages) reviewRoutes() []route {
	return []route{
		{"GET", reviewPath, access.PunchesFix, p.reviews},
		{"GET", reviewPath + "/{kind}/{subject}", access.PunchesFix, p.review},
		{"POST", reviewPath + "/{kind}/{subject}", access.PunchesFix, p.decide},
	}
}

// reviewLine is one item as the list shows it.
type reviewLine struct {
	Link     string
	Title    string // what it is
	Why      string // why it is here
	Who      string // of the punch in it
	Unknown  bool   // nobody on the team is called that
	Action   attendance.Action
	PunchAt  string
	Note     string
	Where    string // kiosk and number
	Noticed  string
	Decision string
	By       string
	Reason   string
	Entry    string // the page of the punch that it added or voided
}

// reviewsView is the list.
type reviewsView struct {
	page
	Done    string
	Decided bool
	Open    string // how many, "" for none
	Lines   []reviewLine
	Prev    string
	Next    string
}

func (p *pages) reviews(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	ctx, q := r.Context(), r.URL.Query()
	v := reviewsView{page: p.page("Review", "review", who), Decided: q.Get("view") == "decided"}
	v.Done, _ = p.noted(r).(string)
	n, err := p.ReviewLists.CountOpenReviews(ctx, mostCounted+1)
	if err != nil {
		return err
	}
	switch {
	case n > mostCounted:
		v.Open = strconv.Itoa(mostCounted) + "+"
	case n > 0:
		v.Open = strconv.Itoa(n)
	}
	read, base := p.ReviewLists.OpenReviews, url.Values{}
	if v.Decided {
		read, base = p.ReviewLists.DecidedReviews, url.Values{"view": {"decided"}}
	}
	at := pageOf(q)
	items, err := read(ctx, at*reviewsShown, reviewsShown+1)
	if err != nil {
		return err
	}
	link := func(page int) string {
		base.Set("page", strconv.Itoa(page))
		return reviewPath + "?" + base.Encode()
	}
	if at > 0 {
		v.Prev = link(at - 1)
	}
	if len(items) > reviewsShown {
		items, v.Next = items[:reviewsShown], link(at+1)
	}
	names, err := p.projectNames(ctx)
	if err != nil {
		return err
	}
	loaded := zones{}
	for _, i := range items {
		v.Lines = append(v.Lines, p.reviewLine(i, loaded, names))
	}
	return p.show(w, http.StatusOK, "review", v)
}

func reviewLink(i centraldb.ReviewItem) string {
	return reviewPath + "/" + url.PathEscape(i.Kind) + "/" + url.PathEscape(i.Subject)
}

func (p *pages) reviewLine(i centraldb.ReviewItem, loaded zones, names projectNames) reviewLine {
	l := reviewLine{
		Link: reviewLink(i), Title: reviewTitle(i), Why: reviewWhy(i), Noticed: momentIn(time.Unix(0, i.At), p.zone),
		Where: i.KioskName + ", record " + strconv.FormatUint(i.Seq, 10),
	}
	if i.To > i.Seq {
		l.Where = i.KioskName + ", records " + strconv.FormatUint(i.Seq, 10) + " to " + strconv.FormatUint(i.To, 10)
	}
	if c := i.Claim; c != nil {
		l.Who, l.Unknown, l.Action, l.Note = c.PersonName, c.PersonName == "", c.Action, noteText(names.of(c.Project), c.Note)
		l.PunchAt = time.Unix(0, c.At).In(loaded.load(c.Zone)).Format("Mon 2 Jan 2006, 15:04:05")
		switch {
		case c.Typed != "":
			l.Who = "“" + c.Typed + "”"
		case l.Unknown:
			l.Who = "Unknown person " + c.Person
		}
	}
	if d := i.Decided; d != nil {
		l.Decision, l.By, l.Reason = decisionWord(d.Decision), d.MadeBy+", "+momentIn(time.Unix(0, d.MadeAt), p.zone), d.Reason
		if d.Entry != 0 {
			l.Entry = entryPath(d.Entry)
		}
	}
	return l
}

// reviewView is one item with its decision.
type reviewView struct {
	page
	Item   reviewLine
	Advice string
	Choose []reviewChoice
	Form   correct.Verdict // Person is as it was typed
	Match  bool            // it can be somebody else's
	Typed  bool            // nobody's yet: a name was typed at the kiosk
	Wrong  wrong
}

func (p *pages) review(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	return p.showReview(w, r, who, http.StatusOK, correct.Verdict{}, nil)
}

func (p *pages) showReview(w http.ResponseWriter, r *http.Request, who access.Identity, status int, form correct.Verdict, bad wrong) error {
	i, err := p.ReviewLists.Review(r.Context(), r.PathValue("kind"), r.PathValue("subject"))
	if err != nil {
		return err
	}
	names, err := p.projectNames(r.Context())
	if err != nil {
		return err
	}
	v := reviewView{
		page: p.page(reviewTitle(i), "review", who), Item: p.reviewLine(i, zones{}, names), Advice: reviewAdvice(i),
		Choose: reviewChoices(i), Form: form, Wrong: bad, Typed: i.Claim != nil && i.Claim.Typed != "",
	}
	if len(v.Choose) == 1 {
		v.Form.Decision = v.Choose[0].Value
	}
	for _, c := range v.Choose {
		v.Match = v.Match || c.Value == centraldb.ReviewMatch
	}
	return p.show(w, status, "review_one", v)
}

func (p *pages) decide(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	typed := correct.Verdict{
		Kind: r.PathValue("kind"), Subject: r.PathValue("subject"), Decision: r.PostForm.Get("decision"),
		Person: strings.TrimSpace(r.PostForm.Get("person")), Reason: r.PostForm.Get("reason"),
	}
	err := p.decided(r.Context(), who, typed)
	if err == nil {
		return p.after(w, r, reviewPath, decisionWord(typed.Decision)+". It is in the list of what was decided.")
	}
	bad, status, err := wrongOf(err, "decision")
	if err != nil {
		return err
	}
	for field, e := range bad {
		if field != "person" && field != "reason" {
			bad = wrong{"decision": e} // of the punch itself: it can't be added as it is
		}
	}
	return p.showReview(w, r, who, status, typed, bad)
}

func (p *pages) decided(ctx context.Context, who access.Identity, v correct.Verdict) error {
	if v.Decision == centraldb.ReviewMatch {
		person, err := p.meant(ctx, "person", v.Person)
		if err != nil {
			return err
		}
		v.Person = person
	}
	return p.Reviews.Review(ctx, who.Email, v)
}

package admin

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Audits knows how far the audit log was verified, and records that it is handed
// out.
type Audits interface {
	Watched() audit.Watched
	Exported(ctx context.Context, actor string, detail any) error
}

// AuditLists reads the audit log.
type AuditLists interface {
	AuditPage(ctx context.Context, q centraldb.AuditQuery) ([]centraldb.AuditRow, error)
	AuditNames(ctx context.Context, ids []string) (centraldb.AuditNames, error)
	AuditSubjects(ctx context.Context, text string, limit int) ([]string, error)
	AuditActors(ctx context.Context) ([]string, error)
}

const (
	auditPage   = 50
	auditExport = 1000 // rows read at once for a file
	auditFound  = 20   // people and kiosks that a searched name stands for
	auditActors = 100  // as many as a list to choose from may have
)

// auditView is the page Audit.
type auditView struct {
	page
	Filter  auditFilter
	Actors  []string // empty: there are too many to choose from
	Areas   []auditArea
	Days    []auditDay
	Watched audit.Watched
	Looked  string // how long ago
	Next    string
	First   string // the way back to the newest; "" on the first page
}

type auditArea struct {
	Name  string
	Kinds []audit.Kind
}

type auditDay struct {
	Day  string
	Rows []auditLine
}

// auditLine is a row as a sentence: who, did, whom, the rest.
type auditLine struct {
	ID      int64
	At      string
	Actor   string
	ByActor string // the address of the list of what they did
	Did     string
	Subject string
	Link    string // to the subject, or ""
	Rest    string
	Facts   []audit.Fact
}

func (p *pages) audit(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	f, err := auditFilterOf(r.URL.Query())
	if err != nil {
		return err
	}
	ctx := r.Context()
	q, err := p.auditQuery(ctx, f)
	if err != nil {
		return err
	}
	q.Limit = auditPage + 1
	rows, err := p.AuditLists.AuditPage(ctx, q)
	if err != nil {
		return err
	}
	v := auditView{page: p.page("Audit", "audit", who), Filter: f, Areas: auditAreas(), Watched: p.Audits.Watched()}
	v.Looked = "just now"
	if past := p.Now().Sub(v.Watched.At); past >= time.Minute {
		v.Looked = hoursMinutes(past) + " ago"
	}
	if v.Actors, err = p.AuditLists.AuditActors(ctx); err != nil {
		return err
	}
	if len(v.Actors) > auditActors {
		v.Actors = nil
	}
	if len(rows) > auditPage {
		rows = rows[:auditPage]
		next := f
		next.Before = rows[auditPage-1].ID
		v.Next = next.link()
	}
	if f.Before != 0 {
		first := f
		first.Before = 0
		v.First = first.link()
	}
	if v.Days, err = p.auditDays(ctx, rows); err != nil {
		return err
	}
	return p.show(w, http.StatusOK, "audit", v)
}

func (p *pages) auditDays(ctx context.Context, rows []centraldb.AuditRow) ([]auditDay, error) {
	names, err := p.auditNames(ctx, rows)
	if err != nil {
		return nil, err
	}
	var out []auditDay
	words := audit.NewWords()
	for _, row := range rows {
		at := time.Unix(0, row.At).In(p.zone)
		day := at.Format("Monday 2 January 2006")
		if len(out) == 0 || out[len(out)-1].Day != day {
			out = append(out, auditDay{Day: day})
		}
		last := &out[len(out)-1]
		l := auditLineOf(row, names, words)
		l.At = at.Format("15:04:05")
		last.Rows = append(last.Rows, l)
	}
	return out, nil
}

// auditNames finds what the rows' subjects and the kiosks among the actors are called.
func (p *pages) auditNames(ctx context.Context, rows []centraldb.AuditRow) (centraldb.AuditNames, error) {
	var ids []string
	for _, row := range rows {
		if kiosk, ok := strings.CutPrefix(row.Actor, kioskActor); ok {
			ids = append(ids, kiosk)
		}
		if row.Subject != "" {
			ids = append(ids, row.Subject)
		}
	}
	slices.Sort(ids)
	return p.AuditLists.AuditNames(ctx, slices.Compact(ids))
}

// kioskActor begins the name of an actor that is a kiosk.
const kioskActor = "kiosk:"

func auditLineOf(row centraldb.AuditRow, names centraldb.AuditNames, words audit.Words) auditLine {
	k := words.Of(row.Action)
	l := auditLine{ID: row.ID, Actor: row.Actor, Did: k.Did, Rest: k.Rest, Facts: audit.Facts(row.Detail)}
	l.ByActor = auditFilter{Actor: row.Actor}.link()
	if id, ok := strings.CutPrefix(row.Actor, kioskActor); ok {
		l.Actor = "The kiosk " + nameOr(names.Kiosks, id)
	}
	switch k.Subject {
	case audit.OfPerson:
		l.Subject = nameOr(names.People, row.Subject)
		if names.People[row.Subject] != "" {
			l.Link = "/team/" + url.PathEscape(row.Subject)
		}
	case audit.OfKiosk:
		l.Subject = nameOr(names.Kiosks, row.Subject)
		if names.Kiosks[row.Subject] != "" {
			l.Link = "/kiosks/" + url.PathEscape(row.Subject)
		}
	case audit.Named:
		l.Subject = row.Subject
	}
	if row.Actor == row.Subject && k.Subject == audit.Named {
		l.Subject = "their own"
	}
	return l
}

func nameOr(names map[string]string, id string) string {
	if n := names[id]; n != "" {
		return n
	}
	return id
}

func auditAreas() []auditArea {
	var out []auditArea
	for _, k := range audit.Kinds() {
		if len(out) == 0 || out[len(out)-1].Name != k.Area {
			out = append(out, auditArea{Name: k.Area})
		}
		out[len(out)-1].Kinds = append(out[len(out)-1].Kinds, k)
	}
	return out
}

// auditFilter is what the address of Audit chooses.
type auditFilter struct {
	Actor  string
	Action string
	About  string // what was typed to find a person, a kiosk or an account
	From   string // days, both inclusive; "": open
	To     string
	Before int64
}

func auditFilterOf(q url.Values) (auditFilter, error) {
	f := auditFilter{
		Actor: strings.TrimSpace(q.Get("actor")), Action: q.Get("action"), About: strings.TrimSpace(q.Get("about")),
		From: q.Get("from"), To: q.Get("to"),
	}
	for _, day := range []string{f.From, f.To} {
		if _, err := dayOr(day, civil{}); err != nil {
			return f, err
		}
	}
	if f.From != "" && f.To != "" && f.From > f.To {
		f.From, f.To = f.To, f.From
	}
	before, err := strconv.ParseInt(q.Get("before"), 10, 64)
	if err == nil && before > 0 {
		f.Before = before // whatever else was typed there, the first page is meant
	}
	return f, nil
}

// dayOr reads a day; an empty text is the other.
func dayOr(text string, other civil) (civil, error) {
	if text == "" {
		return other, nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil || day.Year() < 1970 || day.Year() > 2200 {
		return other, problem.New(problem.Invalid, "“"+text+"” is not a day.", "Write it like 2026-03-01.").Because(err)
	}
	return civilOf(day), nil
}

// Any says whether anything is chosen.
func (f auditFilter) Any() bool { return f.Actor+f.Action+f.About+f.From+f.To != "" }

// fields gives the filter as a form and the log of exports have it.
func (f auditFilter) fields() map[string]string {
	out := map[string]string{}
	for _, kv := range [][2]string{{"actor", f.Actor}, {"action", f.Action}, {"about", f.About}, {"from", f.From}, {"to", f.To}} {
		if kv[1] != "" {
			out[kv[0]] = kv[1]
		}
	}
	return out
}

// Fields gives the filter as a form has it.
func (f auditFilter) Fields() map[string]string { return f.fields() }

func (f auditFilter) link() string {
	v := url.Values{}
	for name, value := range f.fields() {
		v.Set(name, value)
	}
	if f.Before != 0 {
		v.Set("before", strconv.FormatInt(f.Before, 10))
	}
	if len(v) == 0 {
		return "/audit"
	}
	return "/audit?" + v.Encode()
}

// auditQuery finds what is meant with the names, and the days' bounds in the
// organisation's zone.
func (p *pages) auditQuery(ctx context.Context, f auditFilter) (centraldb.AuditQuery, error) {
	q := centraldb.AuditQuery{Actor: f.Actor, Action: f.Action, Before: f.Before}
	if f.From != "" {
		day, err := dayOr(f.From, civil{})
		if err != nil {
			return q, err
		}
		q.From = day.In(p.zone).UnixNano()
	}
	if f.To != "" {
		day, err := dayOr(f.To, civil{})
		if err != nil {
			return q, err
		}
		q.To = day.Plus(1).In(p.zone).UnixNano()
	}
	var err error
	if f.About != "" {
		q.Subjects, err = p.AuditLists.AuditSubjects(ctx, f.About, auditFound)
	}
	return q, err
}

func (p *pages) auditRoutes() []route {
	return []route{
		{"GET", "/audit", access.AuditRead, p.audit},
		{"POST", "/audit/export", access.AuditRead, p.auditExport},
	}
}

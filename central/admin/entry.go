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
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Corrections puts punches right. See package correct for the errors.
type Corrections interface {
	Add(ctx context.Context, actor string, e correct.Entry) (int64, error)
	Fix(ctx context.Context, actor string, f correct.Change) error
	Void(ctx context.Context, actor string, entry int64, reason string, seen *int64) error
	Confirm(ctx context.Context, actor string, entry int64, seen *int64) error
}

// EntryLists reads one entry and what is chosen for a new one.
type EntryLists interface {
	Held(ctx context.Context, entry int64) (centraldb.Held, error)
	Corrections(ctx context.Context, entry int64) ([]centraldb.Correction, error)
	PeoplePage(ctx context.Context, f centraldb.PeopleFilter) ([]centraldb.PersonLine, int, error)
	PunchLines(ctx context.Context, f centraldb.PunchFilter) ([]centraldb.PunchLine, error)
	ManagedTeams(ctx context.Context, person string) ([]string, error)
}

// entryFields is what is typed about an entry.
type entryFields struct {
	Find    string // a person, as typed
	Person  string // one of several who were found
	Kiosk   string
	Action  attendance.Action
	Day     string
	Clock   string
	Project string
	Note    string
	Reason  string
	Void    string // the reason to void it
	Seen    int64
}

func entryFieldsFrom(form url.Values) entryFields {
	f := entryFields{
		Find: strings.TrimSpace(form.Get("find")), Person: form.Get("person"), Kiosk: form.Get("kiosk"), Action: attendance.Action(form.Get("action")),
		Day: form.Get("day"), Clock: form.Get("time"), Project: form.Get("project"), Note: form.Get("note"), Reason: form.Get("reason"),
	}
	var err error
	if f.Seen, err = strconv.ParseInt(form.Get("seen"), 10, 64); err != nil {
		f.Seen = -1 // what was seen is not known: it can't be the newest
	}
	return f
}

func (f entryFields) values() correct.Values {
	return correct.Values{Action: f.Action, Day: f.Day, Clock: f.Clock, Project: f.Project, Note: f.Note}
}

// newEntryView is the page that adds an entry.
type newEntryView struct {
	page
	Form    entryFields
	Found   []centraldb.PersonLine
	Kiosks  []centraldb.Kiosk
	Actions []attendance.Action
	Wrong   wrong

	Projects []centraldb.Project
}

func entryActions() []attendance.Action {
	return []attendance.Action{attendance.In, attendance.Out, attendance.BreakStart, attendance.BreakEnd, attendance.Switch, attendance.Unresolved}
}

func (p *pages) newEntry(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	q := r.URL.Query()
	f := entryFields{Find: q.Get("person"), Day: civilOf(p.Now().In(p.zone)).String()}
	if day, err := time.Parse(time.DateOnly, q.Get("day")); err == nil {
		f.Day = civilOf(day).String()
	}
	return p.showNewEntry(w, r, who, http.StatusOK, newEntryView{Form: f})
}

func (p *pages) showNewEntry(w http.ResponseWriter, r *http.Request, who access.Identity, status int, v newEntryView) error {
	var err error
	v.page, v.Actions = p.page("Add a punch", "punches", who), entryActions()
	if v.Kiosks, err = p.Fleet.Kiosks(r.Context()); err != nil {
		return err
	}
	if v.Projects, err = p.bookable(r.Context(), v.Form.Project); err != nil {
		return err
	}
	return p.show(w, status, "entry_new", v)
}

func (p *pages) addEntry(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	v := newEntryView{Form: entryFieldsFrom(r.PostForm)}
	id, err := p.addTyped(r, who, &v)
	if err == nil {
		return p.after(w, r, entryPath(id), "The punch was added.")
	}
	bad, status, err := wrongOf(err, "reason")
	if err != nil {
		return err
	}
	v.Wrong = bad
	return p.showNewEntry(w, r, who, status, v)
}

func (p *pages) addTyped(r *http.Request, who access.Identity, v *newEntryView) (int64, error) {
	person, err := p.findOne(r.Context(), v)
	if err != nil {
		return 0, err
	}
	return p.Corrections.Add(r.Context(), who.Email, correct.Entry{Values: v.Form.values(), Person: person, Kiosk: v.Form.Kiosk, Reason: v.Form.Reason})
}

// findOne gives the one person who was meant, or leaves those who may have been in
// v for a choice.
func (p *pages) findOne(ctx context.Context, v *newEntryView) (string, error) {
	const shown = 6
	if v.Form.Person != "" {
		return v.Form.Person, nil
	}
	refuse := func(message, hint string) error {
		return problem.New(problem.Invalid, message, hint).With("field", "person")
	}
	if v.Form.Find == "" {
		return "", refuse("Say whose punch it is.", "Type a name or a staff number.")
	}
	found, n, err := p.EntryLists.PeoplePage(ctx, centraldb.PeopleFilter{Search: v.Form.Find, Limit: shown})
	switch {
	case err != nil:
		return "", err
	case n == 0:
		return "", refuse("Nobody is called that.", "Type the beginning of a name, or a whole staff number.")
	case n > 1:
		v.Found = found
		return "", refuse(strconv.Itoa(n)+" people fit.", "Choose one, or type more of the name.")
	}
	return found[0].ID, nil
}

// entryView is the page of one entry.
type entryView struct {
	page
	Path     string
	Name     string
	Kiosk    string
	Zone     string
	Now      entryStep   // what holds
	Raw      *entryStep  // what the kiosk recorded
	Steps    []entryStep // corrections, the oldest first
	Auth     attendance.Auth
	Form     entryFields
	Void     bool
	Actions  []attendance.Action
	Wrong    wrong
	Done     string
	DayLink  string
	Recorded bool
	Projects []centraldb.Project
	When     entryWhen
}

// entryStep is what somebody, or the kiosk, said about an entry.
type entryStep struct {
	Kind   string
	Action attendance.Action
	At     string
	Note   string
	By     string
	When   string
	Reason string
}

func (p *pages) entry(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	return p.showEntry(w, r, who, http.StatusOK, func(v *entryView) { v.Done, _ = p.noted(r).(string) })
}

func (p *pages) showEntry(w http.ResponseWriter, r *http.Request, who access.Identity, status int, more func(*entryView)) error {
	id, err := entryID(r)
	if err != nil {
		return err
	}
	h, err := p.EntryLists.Held(r.Context(), id)
	if err != nil {
		return err
	}
	v, err := p.entryView(r.Context(), h)
	if err != nil {
		return err
	}
	if v.Projects, err = p.bookable(r.Context(), h.Project); err != nil {
		return err
	}
	if v.When, err = p.entryWhen(r.Context(), h); err != nil {
		return err
	}
	v.page = p.page(v.Name+", "+actionWord(h.Action), "punches", who)
	more(&v)
	return p.show(w, status, "entry", v)
}

func (p *pages) entryView(ctx context.Context, h centraldb.Held) (entryView, error) {
	names, err := p.projectNames(ctx)
	if err != nil {
		return entryView{}, err
	}
	zone := zones{}.load(h.Zone)
	at := time.Unix(0, h.At).In(zone)
	v := entryView{
		Path: entryPath(h.Entry), Name: h.Person, Kiosk: h.Kiosk, Zone: h.Zone, Void: h.Kind == centraldb.FixVoid, Recorded: h.Raw, Actions: entryActions(),
		Now:  entryStep{Action: h.Action, At: at.Format("Monday 2 January 2006, 15:04:05"), Note: noteText(names.of(h.Project), h.Note)},
		Form: entryFields{Action: h.Action, Day: at.Format(time.DateOnly), Clock: at.Format(time.TimeOnly), Project: h.Project, Note: h.Note, Seen: h.ID},
	}
	day := civilOf(time.Unix(0, h.At).In(p.zone))
	v.DayLink = punchFilter{From: day, To: day}.PersonLink(h.Person)
	who, err := p.PeopleLists.Person(ctx, h.Person)
	if err == nil {
		v.Name = who.Name
	} else if !problem.Is(err, problem.NotFound) {
		return v, err
	}
	k, err := p.Fleet.Kiosk(ctx, h.Kiosk)
	if err == nil {
		v.Kiosk = k.Name
	} else if !problem.Is(err, problem.NotFound) {
		return v, err
	}
	return v, p.entrySteps(ctx, &v, h.Entry, names)
}

// entrySteps tells how an entry came to be what it is.
func (p *pages) entrySteps(ctx context.Context, v *entryView, entry int64, names projectNames) error {
	if v.Recorded {
		lines, err := p.EntryLists.PunchLines(ctx, centraldb.PunchFilter{After: entry - 1, Limit: 1})
		if err != nil {
			return err
		}
		for _, l := range lines {
			at := time.Unix(0, l.At).In(zones{}.load(l.Zone))
			v.Auth = l.Auth
			v.Raw = &entryStep{Action: l.Action, At: at.Format("2 Jan 2006, 15:04:05"), Note: noteText(l.ProjectName, l.Note)}
		}
	}
	rows, err := p.EntryLists.Corrections(ctx, entry)
	if err != nil {
		return err
	}
	for _, c := range rows {
		v.Steps = append(v.Steps, entryStep{
			Kind: c.Kind, Action: c.Action, At: time.Unix(0, c.At).In(zones{}.load(c.Zone)).Format("2 Jan 2006, 15:04:05"),
			Note: noteText(names.of(c.Project), c.Note), By: byWord(c.MadeBy), When: p.when(c.MadeAt), Reason: c.Reason,
		})
	}
	return nil
}

func noteText(project, note string) string {
	if project != "" && note != "" {
		return project + ": " + note
	}
	return project + note
}

func (p *pages) correctEntry(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	id, err := entryID(r)
	if err != nil {
		return err
	}
	form := entryFieldsFrom(r.PostForm)
	err = p.Corrections.Fix(r.Context(), who.Email, correct.Change{Entry: id, Values: form.values(), Reason: form.Reason, Seen: &form.Seen})
	if err == nil {
		return p.after(w, r, entryPath(id), "The punch was corrected.")
	}
	return p.entryAgain(w, r, who, err, "reason", form)
}

func (p *pages) voidEntry(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	id, err := entryID(r)
	if err != nil {
		return err
	}
	form := entryFieldsFrom(r.PostForm)
	err = p.Corrections.Void(r.Context(), who.Email, id, form.Reason, &form.Seen)
	if err == nil {
		return p.after(w, r, entryPath(id), "The punch is void. It does not count any more.")
	}
	return p.entryAgain(w, r, who, err, "void", form)
}

// entryAgain shows the entry with what was typed, and why it was refused.
func (p *pages) entryAgain(w http.ResponseWriter, r *http.Request, who access.Identity, err error, field string, form entryFields) error {
	bad, status, err := wrongOf(err, field)
	if err != nil {
		return err
	}
	return p.showEntry(w, r, who, status, func(v *entryView) {
		if field == "void" {
			for _, e := range bad {
				v.Wrong = wrong{"void": e}
			}
			v.Form.Void = form.Reason
			return
		}
		form.Seen = v.Form.Seen
		v.Form, v.Wrong = form, bad
	})
}

func entryID(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0, problem.New(problem.NotFound, "There is no such punch.", "Look at the list again.").Because(err)
	}
	return id, nil
}

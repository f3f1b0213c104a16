package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/central/correct"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Corrections puts punches right. See package correct for the errors.
type Corrections interface {
	Add(ctx context.Context, actor string, e correct.Entry) (int64, error)
	Fix(ctx context.Context, actor string, f correct.Change) error
	Void(ctx context.Context, actor string, entry int64, reason string, seen *int64) error
}

// PunchLists reads punches with what was put right about them.
type PunchLists interface {
	PunchFixes(ctx context.Context, f centraldb.PunchFilter, added bool) ([]centraldb.PunchFix, error)
	Held(ctx context.Context, entry int64) (centraldb.Held, error)
}

// reachOf says whose punches a caller sees: everybody's, or those of the teams that
// they manage.
func reachOf(who access.Identity) centraldb.Reach {
	switch {
	case access.Allowed(who.Role, access.PunchesAll):
		return centraldb.Reach{}
	case who.Person == "":
		return centraldb.Reach{Manager: "-"} // nobody's id
	}
	return centraldb.Reach{Manager: who.Person}
}

func (a *API) addPunch(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.NewPunch
	if err := read(w, r, &in); err != nil {
		return err
	}
	at, err := oneTime(in.At, in.Day, in.Time)
	if err != nil {
		return err
	}
	id, err := a.Corrections.Add(r.Context(), who.Email, correct.Entry{
		Person: in.Person, Kiosk: in.Kiosk, Reason: in.Reason,
		Values: correct.Values{Action: in.Action, At: at, Day: in.Day, Clock: in.Time, Project: in.Project, Note: in.Note},
	})
	if err != nil {
		return err
	}
	return a.answerPunch(w, r, http.StatusCreated, id)
}

// correctPunch changes what the body names; the rest stays as it holds now.
func (a *API) correctPunch(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.PunchEdit
	if err := read(w, r, &in); err != nil {
		return err
	}
	id, err := entryOf(r)
	if err != nil {
		return err
	}
	h, err := a.PunchLists.Held(r.Context(), id)
	if err != nil {
		return err
	}
	values, err := changedValues(h, in)
	if err != nil {
		return err
	}
	seen := &h.ID // what the values were filled up from
	if in.Seen != nil {
		seen = in.Seen
	}
	err = a.Corrections.Fix(r.Context(), who.Email, correct.Change{Entry: id, Values: values, Reason: in.Reason, Seen: seen})
	if err != nil {
		return err
	}
	return a.answerPunch(w, r, http.StatusOK, id)
}

// changedValues gives what holds of an entry with what an edit names.
func changedValues(h centraldb.Held, in client.PunchEdit) (correct.Values, error) {
	v := correct.Values{Action: in.Action, Project: h.Project, Note: h.Note, Day: in.Day, Clock: in.Time}
	if v.Action == "" {
		v.Action = h.Action
	}
	if in.Project != nil {
		v.Project = *in.Project
	}
	if in.Note != nil {
		v.Note = *in.Note
	}
	var err error
	if v.At, err = oneTime(in.At, in.Day, in.Time); err != nil {
		return v, err
	}
	held := time.Unix(0, h.At).In(zones{}.load(h.Zone))
	switch {
	case in.Day == "" && in.Time == "" && v.At.IsZero():
		v.At = held
	case in.Day == "" && in.Time != "":
		v.Day = held.Format(time.DateOnly)
	case in.Day != "" && in.Time == "":
		v.Clock = held.Format(time.TimeOnly)
	}
	return v, nil
}

// oneTime refuses a time that is given in both ways.
func oneTime(at *time.Time, day, clock string) (time.Time, error) {
	if at == nil {
		return time.Time{}, nil
	}
	if day != "" || clock != "" {
		return time.Time{}, problem.New(problem.Invalid, "The time is given twice.", "Give at, or day and time.").With("field", "at")
	}
	if y := at.Year(); y < 1900 || y > 2200 { // beyond 2262 unix nanoseconds end
		return time.Time{}, problem.New(problem.Invalid, "That is no time of a punch.", "Give a time that has passed.").With("field", "at")
	}
	return *at, nil
}

func (a *API) voidPunch(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.VoidPunch
	if err := read(w, r, &in); err != nil {
		return err
	}
	id, err := entryOf(r)
	if err == nil {
		err = a.Corrections.Void(r.Context(), who.Email, id, in.Reason, in.Seen)
	}
	if err != nil {
		return err
	}
	return a.answerPunch(w, r, http.StatusOK, id)
}

// entryOf reads the id of the path, below zero for an added one; problem.NotFound.
func entryOf(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0, problem.New(problem.NotFound, "There is no such punch.", "Look at the list again.").Because(err)
	}
	return id, nil
}

// answerPunch answers with a punch as it is now.
func (a *API) answerPunch(w http.ResponseWriter, r *http.Request, status int, id int64) error {
	f := centraldb.PunchFilter{After: id - 1, Limit: 1}
	if id < 0 {
		f.After = id + 1
	}
	lines, err := a.PunchLists.PunchFixes(r.Context(), f, id < 0)
	if err != nil {
		return err
	}
	if len(lines) != 1 || lines[0].ID != id {
		return problem.New(problem.NotFound, "There is no such punch.", "Look at the list again.")
	}
	return answer(w, status, fixedPunchOf(lines[0], zones{}))
}

// fixedPunchOf gives a punch with what was put right about it.
func fixedPunchOf(l centraldb.PunchFix, z zones) client.Punch {
	p := punchOf(l.PunchLine, z)
	p.Status = punchStatus(l)
	if l.Fix.ID == 0 {
		return p
	}
	at := time.Unix(0, l.Holds.At).UTC()
	p.Change, p.CorrectedAction, p.CorrectedAt, p.CorrectedLocal = l.Fix.ID, l.Holds.Action, at, at.In(z.load(l.Zone)).Format(time.RFC3339)
	p.CorrectedProject, p.CorrectedNote = l.Holds.Project, l.Holds.Note
	p.CorrectedBy, p.CorrectedOn, p.Reason = l.Fix.MadeBy, time.Unix(0, l.Fix.MadeAt).UTC(), l.Fix.Reason
	return p
}

func punchStatus(l centraldb.PunchFix) string {
	switch {
	case l.Fix.Kind == centraldb.FixVoid:
		return client.PunchVoid
	case l.ID < 0:
		return client.PunchAdded
	case l.Fix.ID != 0:
		return client.PunchCorrected
	}
	return client.PunchRecorded
}

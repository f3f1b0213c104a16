package api

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/central/sheet"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// streamPage bounds what the stream reads at once, heartbeat how long it is silent.
const (
	streamPage = 500
	heartbeat  = 15 * time.Second
)

func (a *API) punches(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	added, err := strconv.ParseBool(r.URL.Query().Get("added"))
	if err != nil && r.URL.Query().Has("added") {
		return problem.New(problem.Invalid, "The value of added must be true or false.", "")
	}
	f, err := punchFilter(r, added)
	if err != nil {
		return err
	}
	f.Reach = reachOf(who)
	if strings.Contains(r.Header.Get("Accept"), "text/csv") {
		return a.punchesCSV(w, r, f, added)
	}
	lines, err := a.PunchLists.PunchFixes(r.Context(), f, added)
	if err != nil {
		return err
	}
	out, z := client.Punches{Punches: make([]client.Punch, len(lines))}, zones{}
	for i, l := range lines {
		out.Punches[i] = fixedPunchOf(l, z)
	}
	if len(lines) == f.Limit {
		out.Next = lines[len(lines)-1].ID
	}
	return answer(w, http.StatusOK, out)
}

// punchesCSV writes every chosen punch, page by page, so that memory does not
// grow with the answer.
func (a *API) punchesCSV(w http.ResponseWriter, r *http.Request, f centraldb.PunchFilter, added bool) error {
	w.Header().Set("Content-Type", sheet.TypeCSV)
	w.Header().Set("Content-Disposition", `attachment; filename="punches.csv"`)
	out := sheet.NewCSV(w)
	if err := out.Row(client.PunchColumns()...); err != nil {
		return err
	}
	f.Limit = streamPage
	z := zones{}
	for {
		lines, err := a.PunchLists.PunchFixes(r.Context(), f, added)
		if err != nil {
			return err
		}
		for _, l := range lines {
			if err := out.Row(fixedPunchOf(l, z).Cells()...); err != nil {
				return err
			}
		}
		if err := out.Flush(); err != nil || len(lines) < f.Limit {
			return err
		}
		f.After = lines[len(lines)-1].ID
	}
}

// stream sends punches as server-sent events: those after the given one first,
// then each as it arrives. The event's id is the punch's.
func (a *API) stream(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	f, err := punchFilter(r, false)
	if err != nil {
		return err
	}
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		if f.After, err = strconv.ParseInt(last, 10, 64); err != nil {
			return problem.New(problem.Invalid, "Last-Event-ID must be a punch's id.", "").Because(err)
		}
	}
	f.Limit = streamPage
	ticks, stop := a.Punches.Follow()
	defer stop()
	control := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		if _, err := a.identify(r, access.PunchesAll); err != nil {
			return nil // the token was revoked meanwhile, or its account closed or made less
		}
		n, err := a.sendNew(w, r, &f)
		if err != nil {
			return nil // the answer has begun; the reader takes it up again at its last id
		}
		if n == f.Limit {
			continue
		}
		if err := control.Flush(); err != nil {
			return nil // the reader is gone
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-ticks:
		case <-beat.C:
			if _, err := fmt.Fprint(w, ": still here\n\n"); err != nil {
				return nil
			}
		}
	}
}

func (a *API) sendNew(w http.ResponseWriter, r *http.Request, f *centraldb.PunchFilter) (int, error) {
	lines, err := a.Lists.PunchLines(r.Context(), *f)
	if err != nil {
		return 0, err
	}
	z := zones{}
	for _, l := range lines {
		b, err := json.Marshal(punchOf(l, z))
		if err != nil {
			return 0, err
		}
		if _, err := fmt.Fprintf(w, "id: %d\ndata: %s\n\n", l.ID, b); err != nil {
			return 0, err
		}
		f.After = l.ID
	}
	return len(lines), nil
}

func (a *API) now(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	lines, err := a.Lists.NowLines(r.Context())
	if err != nil {
		return err
	}
	out := client.Now{People: make([]client.Present, len(lines))}
	for i, l := range lines {
		out.People[i] = client.Present{Person: l.Person, Name: l.Name, Team: l.Team, State: l.State, Kiosk: l.Kiosk}
		if l.Since != 0 {
			out.People[i].Since = time.Unix(0, l.Since).UTC()
		}
	}
	return answer(w, http.StatusOK, out)
}

func punchFilter(r *http.Request, added bool) (f centraldb.PunchFilter, err error) {
	q := r.URL.Query()
	f.Person, f.Kiosk = q.Get("person"), q.Get("kiosk")
	if f.Limit, err = number(r, "limit", 200, 1, 1000); err != nil {
		return f, err
	}
	for name, into := range map[string]*int64{"from": &f.From, "to": &f.To} {
		if q.Get(name) == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339Nano, q.Get(name))
		if err != nil {
			return f, problem.New(problem.Invalid, "The value of "+name+" must be a time such as 2026-03-01T08:00:00Z.", "").Because(err)
		}
		*into = at.UnixNano()
	}
	if after := q.Get("after"); after != "" {
		if f.After, err = strconv.ParseInt(after, 10, 64); err != nil || f.After < 0 && !added || f.After > 0 && added {
			return f, problem.New(problem.Invalid, "The value of after must be a punch's id.", "")
		}
	}
	return f, nil
}

// zones loads each time zone once; an unknown one is UTC, as its offset says.
type zones map[string]*time.Location

func (z zones) load(name string) *time.Location {
	if l, ok := z[name]; ok {
		return l
	}
	l, err := time.LoadLocation(name)
	if err != nil {
		l = time.UTC
	}
	z[name] = l
	return l
}

func punchOf(l centraldb.PunchLine, z zones) client.Punch {
	at := time.Unix(0, l.At).UTC()
	return client.Punch{
		ID: l.ID, Person: l.Person, PersonName: l.PersonName, StaffNo: l.StaffNo, Kiosk: l.Kiosk, KioskName: l.KioskName,
		Journal: hex.EncodeToString(l.Journal), Seq: l.Seq, Action: l.Action, At: at,
		Local: at.In(z.load(l.Zone)).Format(time.RFC3339), Zone: l.Zone, Auth: l.Auth, Project: l.Project, ProjectName: l.ProjectName, Note: l.Note,
	}
}

func (a *API) punchRoutes() []route {
	return []route{
		{"GET", "/punches", access.PunchesTeam, a.punches},
		{"POST", "/punches", access.PunchesFix, a.addPunch},
		{"POST", "/punches/{id}/correct", access.PunchesFix, a.correctPunch},
		{"POST", "/punches/{id}/void", access.PunchesFix, a.voidPunch},
		{"GET", "/punches/stream", access.PunchesAll, a.stream},
		{"GET", "/now", access.PunchesAll, a.now},
	}
}

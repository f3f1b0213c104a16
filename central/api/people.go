package api

import (
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

func (a *API) openapi(w http.ResponseWriter, _ *http.Request, _ access.Identity) error {
	w.Header().Set("Content-Type", "application/yaml")
	_, err := w.Write(contract)
	return err
}

// healthz answers when the database does.
func (a *API) healthz(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	if _, _, err := a.Lists.Hashing(r.Context()); err != nil {
		return problem.New(problem.Unavailable, "The database does not answer.", "").Because(err)
	}
	return answer(w, http.StatusOK, map[string]string{"status": "ok"})
}

func (a *API) people(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	limit, err := number(r, "limit", 200, 1, 1000)
	if err != nil {
		return err
	}
	offset, err := number(r, "offset", 0, 0, 1<<30)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	archived, err := strconv.ParseBool(q.Get("archived"))
	if err != nil && q.Has("archived") {
		return problem.New(problem.Invalid, "The value of archived must be true or false.", "")
	}
	role := attendance.Role(q.Get("role"))
	if role != "" && !role.Valid() {
		return problem.New(problem.Invalid, "There is no such role.", "Use owner, admin, manager or regular.")
	}
	f := centraldb.TeamFilter{Search: q.Get("search"), Team: q.Get("team"), Role: role, Archived: archived, Offset: offset, Limit: limit}
	if err := sorted(q, &f); err != nil {
		return err
	}
	page, total, err := a.Lists.TeamPage(r.Context(), f)
	if err != nil {
		return err
	}
	out := client.People{People: make([]client.Person, len(page)), Total: total}
	for i, l := range page {
		out.People[i] = personOf(l.Person)
		if l.Active {
			out.People[i].PINStatus = pinStatus(l.Hashed)
		}
	}
	return answer(w, http.StatusOK, out)
}

// sorted reads the state of PINs that people are chosen by, and their order.
func sorted(q url.Values, f *centraldb.TeamFilter) error {
	f.PIN = centraldb.PINState(q.Get("pin"))
	switch f.PIN {
	case "", centraldb.PINAsked, centraldb.PINLocked, centraldb.PINUnused, centraldb.PINMaking:
	default:
		return problem.New(problem.Invalid, "There is no such state of a PIN.", "Use asked, locked, unused or making.")
	}
	f.Sort, f.Down = centraldb.TeamSort(strings.TrimPrefix(q.Get("sort"), "-")), strings.HasPrefix(q.Get("sort"), "-")
	switch f.Sort {
	case centraldb.ByName, centraldb.ByStaffNo, centraldb.ByTeam, centraldb.ByRole, centraldb.ByPIN:
		return nil
	case "name":
		f.Sort = centraldb.ByName
		return nil
	}
	return problem.New(problem.Invalid, "People are not sorted by that.", "Use name, staff_no, team, role or pin; with a - before it the other way round.")
}

func (a *API) person(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	p, err := a.Lists.Person(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, personOf(p))
}

func (a *API) createPerson(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.NewPerson
	if err := read(w, r, &in); err != nil {
		return err
	}
	if err := mayMake(who, in.Role); err != nil {
		return err
	}
	p, issued, err := a.People.Create(r.Context(), who.Email, team.NewPerson{
		Name: in.Name, StaffNo: in.StaffNo, Team: in.Team, Role: in.Role, Lang: in.Lang,
	})
	if err != nil {
		return err
	}
	out := personOf(p)
	out.PINStatus = pinStatus(false)
	if len(issued) > 0 {
		out.PIN = issued[0].PIN.Reveal() // shown once, to whoever made it
	}
	return answer(w, http.StatusCreated, out)
}

func (a *API) importPeople(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	dry, err := strconv.ParseBool(r.URL.Query().Get("dry_run"))
	if err != nil && r.URL.Query().Has("dry_run") {
		return problem.New(problem.Invalid, "The value of dry_run must be true or false.", "")
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "text/csv" {
		return problem.New(problem.Invalid, "An import is a CSV file.", "Send it as the body, with Content-Type: text/csv")
	}
	file, err := io.ReadAll(http.MaxBytesReader(w, r.Body, team.MaxImport))
	if err != nil {
		return problem.New(problem.Invalid, "The file is too large, or did not arrive whole.", "Import at most 32 MiB at once.").Because(err)
	}
	if err := mayImport(who, file); err != nil {
		return err
	}
	got, err := a.People.Import(r.Context(), who.Email, file, dry)
	if err != nil {
		return err
	}
	out := client.Imported{DryRun: dry}
	for _, e := range got.Errors {
		out.Errors = append(out.Errors, client.RowError(e))
	}
	if len(out.Errors) == 0 {
		for _, p := range got.People {
			line := personOf(p.Person)
			if !p.PIN.IsZero() {
				line.PIN = p.PIN.Reveal() // shown once, to whoever imported
			}
			out.People = append(out.People, line)
		}
		out.Created = len(out.People)
	}
	return answer(w, http.StatusOK, out)
}

// mayImport refuses a file with owners in it from somebody who is none.
func mayImport(who access.Identity, file []byte) error {
	if access.Allowed(who.Role, access.OwnersWrite) {
		return nil
	}
	if name := team.FirstOwner(file); name != "" {
		return problem.New(problem.Forbidden, "Only an owner makes an owner; "+name+" would be one.", "Ask an owner, or give another role.")
	}
	return nil
}

func (a *API) hashing(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	pending, total, err := a.Lists.Hashing(r.Context())
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, client.Hashing{Pending: pending, Total: total})
}

func personOf(p attendance.Person) client.Person {
	return client.Person{ID: p.ID, Name: p.Name, StaffNo: p.StaffNo, Team: p.Team, Role: p.Role, Lang: p.Lang, Active: p.Active}
}

func pinStatus(hashed bool) string {
	if hashed {
		return "ready"
	}
	return "hashing"
}

func (a *API) peopleRoutes() []route {
	return []route{
		{"GET", "/people", access.PeopleRead, a.people},
		{"POST", "/people", access.PeopleWrite, a.createPerson},
		{"POST", "/people/import", access.PeopleWrite, a.importPeople},
		{"GET", "/people/{id}", access.PeopleRead, a.person},
		{"PATCH", "/people/{id}", access.PeopleWrite, a.editPerson},
		{"POST", "/people/{id}/archive", access.PeopleWrite, a.archivePerson},
		{"POST", "/people/{id}/restore", access.PeopleWrite, a.restorePerson},
		{"POST", "/people/{id}/pin", access.PINsWrite, a.personalPIN},
		{"POST", "/people/{id}/unlock", access.PINsWrite, a.unlockPerson},
		{"GET", "/hashing", access.PeopleRead, a.hashing},
	}
}

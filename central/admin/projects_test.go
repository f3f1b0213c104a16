package admin_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// wallProject is the id of a project that worlds with projects have.
const wallProject = "j-wall"

// projects makes some projects, one of them out of use, and says where they are
// offered and to whom.
func (w *world) projects() {
	w.t.Helper()
	ctx := w.t.Context()
	w.update(func(tx *centraldb.Tx) error {
		for id, name := range map[string]string{wallProject: "Harbour wall", "j-roof": "Roof of the old mill", "j-yard": "Yard", "j-past": "Bridge 2024"} {
			if err := tx.AddProject(ctx, centraldb.Project{ID: id, Name: name, CreatedAt: 1}); err != nil {
				return err
			}
		}
		if err := tx.SetKioskWork(ctx, "front-door", centraldb.KioskWork{Projects: []string{wallProject, "j-roof", "j-past"}, Project: "j-roof"}); err != nil {
			return err
		}
		if err := tx.SetPersonWork(ctx, "p-3", centraldb.PersonWork{Projects: []string{wallProject}, Project: wallProject, Break: &wire.BreakRule{Least: 20, Due: 300}}); err != nil {
			return err
		}
		return tx.SetProject(ctx, centraldb.Project{ID: "j-past", Name: "Bridge 2024", CreatedAt: 1, ArchivedAt: 2})
	})
}

// errand is a browser with short words for what a test does in it.
type errand struct {
	*world
	c *http.Client
}

// to posts a form that is taken and leads to want.
func (e errand) to(path string, form url.Values, want string) {
	e.t.Helper()
	res, body := e.post(e.c, path, form)
	if got := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(got, want) {
		e.t.Fatalf("%s %v: %s to %q\n%s", path, form, res.Status, got, plainText(body))
	}
}

// wrong posts a form that is refused beside the field with the id, keeping texts.
func (e errand) wrong(path string, form url.Values, id string, kept ...string) {
	e.t.Helper()
	res, body := e.post(e.c, path, form)
	if res.StatusCode < 400 || res.StatusCode >= 500 || !strings.Contains(body, `id="`+id+`"`) {
		e.t.Errorf("%s %v: %s, nothing at %q", path, form, res.Status, id)
	}
	for _, k := range kept {
		if !strings.Contains(body, k) {
			e.t.Errorf("%s %v: %q is not there", path, form, k)
		}
	}
}

func (e errand) shows(path string, texts ...string) {
	e.t.Helper()
	_, body := e.get(e.c, path)
	text := plainText(body)
	for _, x := range texts {
		if !strings.Contains(text, x) {
			e.t.Errorf("%s does not say %q", path, x)
		}
	}
}

// An admin makes a project, offers it at a kiosk, gives it to a team, renames it and
// takes it out of use; what is wrong stands at its field.
func TestProjectsPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.enrolled("gate", "Gate", time.Minute, 0)
	ada := w.person("Ada Brandt", attendance.Regular)
	c := w.loggedIn()
	e := errand{w, c}
	e.shows("/projects", "There is no project yet")
	e.wrong("/projects", url.Values{"name": {" "}}, "name-bad")
	e.to("/projects", url.Values{"name": {"Harbour wall"}}, "/projects/j-")
	e.wrong("/projects", url.Values{"name": {"harbour WALL"}}, "name-bad", `value="harbour WALL"`)
	rows, err := w.db.Projects(t.Context())
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	wall := "/projects/" + rows[0].ID
	told := len(w.pushed)
	e.to(wall+"/kiosks", url.Values{"kiosk": {"gate"}}, wall)
	if len(w.pushed) == told {
		t.Error("the kiosk was not told")
	}
	e.shows(wall, "Offered at 1 kiosk", "Open to everybody")
	e.wrong(wall+"/kiosks", url.Values{"kiosk": {"nowhere"}}, "kiosks-bad")
	e.wrong(wall+"/add", url.Values{"person": {"nobody at all"}, "how": {"person"}}, "person-bad", `value="nobody at all"`)
	e.wrong(wall+"/add", url.Values{"how": {"team"}}, "team-bad")
	e.to(wall+"/add", url.Values{"person": {"ada"}, "how": {"person"}}, wall)
	e.shows(wall, "1 person by their own list", "Ada Brandt")
	e.shows("/team/"+ada.ID, "Can book on 1 project of their own list.")
	e.to(wall+"/remove", url.Values{"person": {ada.ID}}, wall)
	e.to(wall, url.Values{"name": {"Quay wall"}}, wall)
	e.wrong(wall, url.Values{"name": {strings.Repeat("x", 61)}}, "name-bad", strings.Repeat("x", 61))
	e.shows("/kiosks/gate", "People choose among 1 project here.")
	e.to(wall+"/archive", nil, wall)
	e.shows("/kiosks/gate", "This kiosk does not ask about projects.")
	e.shows("/projects?show=archived", "Quay wall")
	e.shows(wall, "Bring back")
	e.to("/projects", url.Values{"name": {"Quay wall"}}, "/projects/j-")
	e.wrong(wall+"/restore", nil, "main", "There is a project of this name already")
	if res, _ := w.get(c, "/projects/j-none"); res.StatusCode != http.StatusNotFound {
		t.Errorf("no such project: %s", res.Status)
	}
}

// What a kiosk offers and what one person may book on are chosen on their own pages.
func TestWorkPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bakery()
	w.projects()
	e := errand{w, w.loggedIn()}
	const kiosk, person = "/kiosks/front-door/projects", "/team/p-3/work"
	e.shows(kiosk, "Harbour wall", "Bridge 2024 out of use")
	e.wrong(kiosk, url.Values{"project": {wallProject}, "default": {"j-yard"}}, "default-bad", `value="j-yard" selected`)
	e.wrong(kiosk, url.Values{"project": {"j-none"}}, "projects-bad")
	e.to(kiosk, url.Values{"project": {wallProject, "j-yard"}, "default": {"j-yard"}}, kiosk)
	e.shows("/kiosks/front-door", "People choose among 2 projects here. Clocking in books on Yard.")
	e.shows(person, "no least length", "As everybody")
	own := url.Values{"project": {wallProject}, "default": {wallProject}, "break": {"own"}, "break_least": {"25"}, "break_due": {""}}
	e.to(person, own, person)
	got, err := w.db.PersonWork(t.Context(), "p-3")
	if err != nil || got.Project != wallProject || got.Break == nil || *got.Break != (wire.BreakRule{Least: 25}) {
		t.Errorf("%+v %v", got, err)
	}
	own.Set("break_least", "half an hour")
	e.wrong(person, own, "least-bad", `value="half an hour"`)
	own.Set("break_least", "481")
	e.wrong(person, own, "least-bad", `value="481"`)
	own.Set("break", "usual")
	own.Set("default", "j-roof")
	e.wrong(person, own, "default-bad")
	own.Del("default")
	e.to(person, own, person)
	if got, err := w.db.PersonWork(t.Context(), "p-3"); err != nil || got.Break != nil || got.Project != "" {
		t.Errorf("%+v %v", got, err)
	}
}

// Pages name the project that was booked on; files have its id beside the name, and
// a correction books on another one of the list.
func TestProjectsAreNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bakery()
	w.projects()
	w.punches(attendance.Punch{Person: "p-3", Kiosk: "front-door", Action: attendance.In, At: w.now().Add(-time.Hour), Auth: attendance.AuthPersonal, Project: wallProject})
	id := w.last
	e := errand{w, w.loggedIn()}
	e.shows("/punches?view=list", "Harbour wall")
	e.shows("/", "Harbour wall · Front door")
	e.shows("/punches/"+strconv.FormatInt(id, 10), "Harbour wall")
	if _, csv := w.get(e.c, "/punches.csv?view=list"); !strings.Contains(csv, ","+wallProject+",Harbour wall,") {
		t.Error("the file does not have id and name")
	}
	at := w.now().Add(-time.Hour).In(time.FixedZone("", 3600))
	form := url.Values{"action": {"in"}, "day": {at.Format(time.DateOnly)}, "time": {at.Format(time.TimeOnly)}, "project": {"j-roof"}, "reason": {"wrong button"}, "seen": {"0"}}
	e.to("/punches/"+strconv.FormatInt(id, 10)+"/correct", form, "/punches/")
	h, err := w.db.Held(t.Context(), id)
	if err != nil || h.Project != "j-roof" {
		t.Errorf("%+v %v", h, err)
	}
	if _, body := w.get(e.c, "/punches?view=list"); strings.Contains(body, "j-roof") || !strings.Contains(body, "Roof of the old mill") {
		t.Error("the corrected project has no name")
	}
}

package admin_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/admin"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/store/centraldb"
)

// everybody chooses everybody.
func everybody() centraldb.TeamFilter { return centraldb.TeamFilter{Limit: 100} }

var figure = regexp.MustCompile(`id="figure">(\d+)<`)

// person makes somebody as the pages do.
func (w *world) person(name string, role attendance.Role) attendance.Person {
	w.t.Helper()
	p, _, err := w.team.Create(w.t.Context(), email, team.NewPerson{Name: name, Role: role, Team: "Bakery"})
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// pinOf opens the PIN that somebody has now.
func (w *world) pinOf(id string) string {
	w.t.Helper()
	row, err := w.db.PIN(w.t.Context(), pin.Personal, id)
	if err != nil {
		w.t.Fatal(err)
	}
	if row.Len == 0 {
		return ""
	}
	book, err := team.NewBook("harbour-bakery", [32]byte{7})
	if err != nil {
		w.t.Fatal(err)
	}
	p, err := book.Open(row)
	if err != nil {
		w.t.Fatal(err)
	}
	return p.Reveal()
}

// follow posts a form and loads the page that it leads to.
func (w *world) follow(c *http.Client, path string, form url.Values) (to, body string) {
	w.t.Helper()
	res, body := w.post(c, path, form)
	if res.StatusCode != http.StatusSeeOther {
		w.t.Fatalf("%s: %s\n%s", path, res.Status, body)
	}
	to = res.Header.Get("Location")
	res, body = w.get(c, to)
	if res.StatusCode != http.StatusOK || res.Header.Get("Cache-Control") != "no-store" {
		w.t.Fatalf("%s: %s %q", to, res.Status, res.Header.Get("Cache-Control"))
	}
	return to, body
}

func has(t *testing.T, where, body string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(body, p) {
			t.Errorf("%s: no %q in\n%s", where, p, body)
		}
	}
}

// A new person's PIN is on the page after, once, and on no other; not in its address.
func TestCreatePerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.loggedIn()
	_, body := w.get(c, "/team")
	has(t, "empty", body, "There is nobody yet", `href="/team/import"`)
	form := url.Values{"name": {"Ada <b>Brandt</b>"}, "staff_no": {"1001"}, "team": {"Bakery"}, "role": {"manager"}, "lang": {"de"}}
	to, body := w.follow(c, "/team/new", form)
	m := figure.FindStringSubmatch(body)
	page, _, err := w.db.TeamPage(t.Context(), everybody())
	if err != nil || len(page) != 1 || m == nil || m[1] != w.pinOf(page[0].ID) || strings.Contains(to, m[1]) {
		t.Fatalf("%v %v %v %s", page, err, m, to)
	}
	has(t, "shown", body, "Shown once", "Ada &lt;b&gt;Brandt")
	if res, again := w.get(c, to); res.StatusCode != http.StatusGone || strings.Contains(again, m[1]) {
		t.Errorf("again: %s", res.Status)
	}
	res, body := w.post(c, "/team/new", url.Values{"name": {" "}, "lang": {"??"}, "team": {"Kept <Team>"}})
	has(t, "wrong", body, `id="name-x"><p class="wrong">`, "The name is missing", "is not a language", "Kept &lt;Team&gt;", `aria-describedby="name-x"`)
	if res.StatusCode != http.StatusBadRequest {
		t.Error(res.Status)
	}
	res, body = w.post(c, "/team/new", url.Values{"name": {"Ben"}, "staff_no": {"1001"}})
	has(t, "taken", body, `id="staff_no-x"><p class="wrong">`, "Somebody has this staff number already", `value="Ben"`)
	if res.StatusCode != http.StatusConflict {
		t.Error(res.Status)
	}
	_, body = w.get(c, "/team?search=bra&team=Bakery&role=manager")
	has(t, "list", body, "Ada &lt;b&gt;", "1 to 1 of 1 person", "Being made ready", "1 PIN is being made ready", "Manager")
	if strings.Contains(body, m[1]+"<") {
		t.Error("the list has the PIN")
	}
}

// What is shown once is for the session that caused it, and not for long.
func TestShownToWhomAndForHowLong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, other := w.loggedIn(), w.loggedIn()
	res, _ := w.post(c, "/team/new", url.Values{"name": {"Ada"}})
	if got, _ := w.get(other, res.Header.Get("Location")); got.StatusCode != http.StatusGone {
		t.Errorf("another session: %s", got.Status)
	}
	w.advance(3 * time.Minute)
	if got, _ := w.get(c, res.Header.Get("Location")); got.StatusCode != http.StatusGone {
		t.Errorf("late: %s", got.Status)
	}
}

func TestEditPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.loggedIn()
	ada := w.person("Ada Brandt", attendance.Regular)
	ben := w.person("Ben Okafor", attendance.Regular)
	link := "/team/" + ada.ID
	_, body := w.follow(c, link, url.Values{"name": {"Ada Braun"}, "team": {"Shop"}, "role": {"regular"}, "lang": {"uk"}, "staff_no": {"7"}})
	has(t, "saved", body, "Saved.", `value="Ada Braun"`, `value="Shop"`, `<option value="uk" selected>`)
	if err := w.team.SetPIN(t.Context(), email, ada.ID, digits(t, "4711")); err != nil {
		t.Fatal(err)
	}
	if err := w.team.SetPIN(t.Context(), email, ben.ID, digits(t, "4711")); err != nil {
		t.Fatal(err)
	}
	_, body = w.follow(c, link, url.Values{"name": {"Ada Braun"}, "role": {"admin"}})
	m := figure.FindStringSubmatch(body)
	if m == nil || m[1] == "4711" || m[1] != w.pinOf(ada.ID) {
		t.Fatalf("a role that needs another PIN: %v\n%s", m, body)
	}
	has(t, "forced", body, "required a new PIN")
	for _, path := range []string{"/team/nobody", "/team/nobody/archive"} {
		if res, _ := w.get(c, path); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
	for _, path := range []string{"", "/pin", "/pin/generate", "/unlock", "/archive", "/restore"} {
		if res, _ := w.post(c, "/team/nobody"+path, url.Values{"name": {"x"}, "pin": {"4711"}}); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
}

func digits(t *testing.T, s string) pin.PIN {
	t.Helper()
	p, err := pin.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Edit PIN: generate, or type. Every refusal reads alike, the sixth says until when.
func TestEditPIN(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.loggedIn()
	ada, boss := w.person("Ada Brandt", attendance.Regular), w.person("Bo Boss", attendance.Admin)
	link := "/team/" + ada.ID
	_, body := w.follow(c, link+"/pin/generate", nil)
	if m := figure.FindStringSubmatch(body); m == nil || m[1] != w.pinOf(ada.ID) {
		t.Fatal(body)
	}
	to, body := w.follow(c, link+"/pin", url.Values{"pin": {"40718"}})
	if m := figure.FindStringSubmatch(body); m == nil || m[1] != "40718" || w.pinOf(ada.ID) != "40718" || strings.Contains(to, "40718") {
		t.Fatal(to, body)
	}
	res, body := w.post(c, link+"/pin", url.Values{"pin": {"12a"}})
	has(t, "no PIN", body, "A PIN has 4 to 8 digits.", `value="12a"`, `aria-describedby="pin-x"`)
	if res.StatusCode != http.StatusBadRequest {
		t.Error(res.Status)
	}
	for _, typed := range []string{w.pinOf(boss.ID), "1111", "2222", "3333", w.pinOf(boss.ID)} {
		res, body := w.refused(c, link+"/pin", url.Values{"pin": {typed}})
		if res.StatusCode != http.StatusConflict || !strings.Contains(body, "<span>This PIN can&#39;t be used here. Choose another one, or let Timepost generate it.</span>") {
			t.Errorf("%s\n%s", res.Status, body)
		}
	}
	res, body = w.refused(c, link+"/pin", url.Values{"pin": {"8352"}})
	has(t, "blocked", body, "Too many PINs were refused. Let Timepost generate one, or type again after 14:20.")
	if res.StatusCode != http.StatusTooManyRequests || w.pinOf(ada.ID) != "40718" {
		t.Error(res.Status)
	}
	w.follow(c, link+"/pin/generate", nil)
	w.advance(61 * time.Minute)
	w.follow(c, link+"/pin", url.Values{"pin": {"8352"}})
}

func TestArchiveAndBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.loggedIn()
	ada := w.person("Ada Brandt", attendance.Regular)
	link := "/team/" + ada.ID
	_, body := w.follow(c, link+"/unlock", nil)
	has(t, "unlocked", body, "Unlocked.")
	_, body = w.get(c, link+"/archive")
	has(t, "asks", body, "Archive Ada Brandt?")
	if w.pinOf(ada.ID) == "" {
		t.Fatal("asking has archived")
	}
	_, body = w.follow(c, link+"/archive", nil)
	has(t, "archived", body, "Bring back", "Archived")
	if w.pinOf(ada.ID) != "" {
		t.Error("the PIN is still there")
	}
	for _, path := range []string{"/pin/generate", "/unlock"} {
		if res, _ := w.post(c, link+path, nil); res.StatusCode != http.StatusConflict {
			t.Errorf("%s of somebody archived: %s", path, res.Status)
		}
	}
	_, body = w.get(c, "/team?show=archived")
	has(t, "list", body, "Ada Brandt", "1 to 1 of 1 person")
	_, body = w.follow(c, link+"/restore", nil)
	if m := figure.FindStringSubmatch(body); m == nil || m[1] != w.pinOf(ada.ID) {
		t.Error(body)
	}
	if res, _ := w.post(c, link+"/restore", nil); res.StatusCode != http.StatusConflict {
		t.Errorf("again: %s", res.Status)
	}
}

// An admin neither changes owners nor makes one.
func TestOwnersAreOwnersBusiness(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.door.CreateLogin(t.Context(), "test", "admin@roles.example", attendance.Admin, password); err != nil {
		t.Fatal(err)
	}
	c := w.browser()
	w.post(c, "/login", url.Values{"email": {"admin@roles.example"}, "password": {password}})
	olga, ada := w.person("Olga Owner", attendance.Owner), w.person("Ada", attendance.Regular)
	had := w.pinOf(olga.ID)
	for _, x := range []struct {
		path string
		form url.Values
	}{
		{"/team/" + olga.ID, url.Values{"name": {"O"}, "role": {"regular"}}},
		{"/team/" + olga.ID + "/pin", url.Values{"pin": {"4711"}}},
		{"/team/" + olga.ID + "/pin/generate", nil},
		{"/team/" + olga.ID + "/unlock", nil},
		{"/team/" + olga.ID + "/archive", nil},
		{"/team/" + olga.ID + "/restore", nil},
		{"/team/" + ada.ID, url.Values{"name": {"Ada"}, "role": {"owner"}}},
		{"/team/new", url.Values{"name": {"Eve"}, "role": {"owner"}}},
	} {
		if res, _ := w.post(c, x.path, x.form); res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %s", x.path, res.Status)
		}
	}
	if res, body := w.upload(c, "name,staff_no,role\nEve,,owner\n"); res.StatusCode != http.StatusForbidden || !strings.Contains(body, "Only an owner makes an owner") {
		t.Errorf("import: %s", res.Status)
	}
	_, body := w.get(c, "/team/"+olga.ID)
	if has(t, "page", body, "Only an owner changes an owner"); strings.Contains(body, "/pin") || w.pinOf(olga.ID) != had {
		t.Error(body)
	}
}

// The list goes from page to page and keeps the filter.
func TestTeamPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.crowd(120, 0)
	c := w.loggedIn()
	_, body := w.get(c, "/team?search=person")
	has(t, "first", body, "1 to 50 of 120 people", `href="/team?page=1&amp;search=person"`)
	_, body = w.get(c, "/team?search=person&page=2")
	has(t, "last", body, "101 to 120 of 120 people", `href="/team?page=1&amp;search=person"`)
	if strings.Contains(body, `rel="next"`) {
		t.Error("more after the last")
	}
	_, body = w.get(c, "/team?search=zzz")
	has(t, "nobody", body, "Nobody found")
	_, body = w.get(c, "/team?page=9")
	has(t, "after", body, "nobody on this page")
	if res, part := w.get(c, "/team/hashing"); res.StatusCode != http.StatusOK || strings.Contains(part, "<html") || !strings.Contains(part, "All PINs are ready") {
		t.Errorf("%s %s", res.Status, part)
	}
}

// No PIN leaves a trace in the audit log.
func TestTeamLeavesNoPINBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.loggedIn()
	ada := w.person("Ada Brandt", attendance.Regular)
	w.follow(c, "/team/"+ada.ID+"/pin", url.Values{"pin": {"90718263"}})
	w.post(c, "/team/"+ada.ID+"/pin", url.Values{"pin": {"77777777"}})
	w.get(c, "/team/"+ada.ID) // says what is wrong with it, once
	w.follow(c, "/team/"+ada.ID+"/unlock", nil)
	rows, err := w.db.Audit(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var actions []string
	for _, r := range rows {
		actions = append(actions, r.Action)
		if strings.Contains(r.Detail, "90718263") || strings.Contains(r.Detail, "77777777") {
			t.Errorf("%+v", r)
		}
	}
	if all := strings.Join(actions, " "); !strings.Contains(all, "person.create pin.set person.unlock") {
		t.Error(all)
	}
	for _, r := range admin.Routes() {
		if strings.HasPrefix(r.Path, "/team") && r.Method != http.MethodGet && !slices.Contains([]access.Permission{access.PeopleWrite, access.PINsWrite, access.OwnersWrite}, access.Permission(r.Needs)) {
			t.Errorf("%s %s needs %q", r.Method, r.Path, r.Needs)
		}
	}
}

// The list is sorted by its headings and chosen by what is said about PINs.
func TestTeamListSortsAndTellsOfPINs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada, ben := w.person("Ada Brandt", attendance.Regular), w.person("Ben Okafor", attendance.Manager)
	err := w.db.Update(t.Context(), func(tx *centraldb.Tx) error {
		if err := tx.AddPINRequest(t.Context(), centraldb.PINRequest{ID: 1, Person: ada.ID, Kiosk: "k-1", At: 1}); err != nil {
			return err
		}
		return tx.SetPINLock(t.Context(), centraldb.PINLock{Person: ben.ID, Kiosk: "k-1", Locked: true, PINVersion: 1})
	})
	if err != nil {
		t.Fatal(err)
	}
	c := w.loggedIn()
	for path, want := range map[string][]string{
		"/team":                        {"1 person asks for a new PIN", "Asks for a new one</span>", ">Locked</span>", `aria-sort="ascending"><a class="by" href="/team?order=down">Person`},
		"/team?order=down":             {`aria-sort="descending"><a class="by" href="/team">Person`},
		"/team?sort=role&pin=asked":    {`sort=team">Team`, "Ada Brandt", "1 to 1 of 1 person", `value="asked" selected`},
		"/team?pin=locked":             {"Ben Okafor", "1 to 1 of 1 person"},
		"/team?pin=unused&sort=bad":    {"1 to 2 of 2 people"},
		"/team/" + ada.ID:              {"asks for a new PIN. Generate"},
		"/team/" + ben.ID:              {">Locked on a kiosk<"},
		"/team?pin=making&search=okaf": {"Ben Okafor", "1 to 1 of 1 person"},
	} {
		_, body := w.get(c, path)
		has(t, path, body, want...)
	}
	_, body := w.get(c, "/team?order=down")
	if strings.Index(body, "Ben Okafor") > strings.Index(body, "Ada Brandt") {
		t.Error("downwards is upwards")
	}
}

// A person's page says where they can clock in, by name, and how to get there.
func TestPersonOnKiosks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.person("Ada Brandt", attendance.Regular)
	c := w.loggedIn()
	_, body := w.get(c, "/team/"+ada.ID)
	has(t, "none", body, "On no kiosk yet")
	w.kiosk("k-front", "Front door")
	w.kiosk("k-back", "Back door")
	if _, err := w.team.Assign(t.Context(), email, "k-front", centraldb.Assignments{Teams: []string{ada.Team}}); err != nil {
		t.Fatal(err)
	}
	_, body = w.get(c, "/team/"+ada.ID)
	has(t, "one", body, "On 1 kiosk<", `<a href="/kiosks/k-front">Front door</a>`)
	if strings.Contains(body, "Back door") {
		t.Error("a kiosk that is not theirs")
	}
}

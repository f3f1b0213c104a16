package api_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/api"
	"github.com/timepost/timepost/central/api/apitest"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/store/centraldb"
)

// correctionCalls makes every call that puts punches right, about a punch of a person
// who was made before.
func (x *caller) correctionCalls(person string) {
	x.t.Helper()
	x.listCalls()
	u := attendance.Punch{Person: person, Kiosk: "back", Action: attendance.In, At: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC), Auth: attendance.AuthPersonal}
	x.c.Punch(u)
	id := strconv.FormatInt(x.c.Last(), 10)
	fix, void := "/punches/"+id+"/correct", "/punches/"+id+"/void"
	fixed := x.do(call{"POST", "/punches/{id}/correct", fix, `{"time":"10:30","note":"late","reason":"clock was wrong","seen":0}`, nil, 200})
	if field(x.t, fixed, "status") != "corrected" || field(x.t, fixed, "at") != "2026-03-02T08:00:00Z" || field(x.t, fixed, "corrected_at") != "2026-03-02T09:30:00Z" ||
		field(x.t, fixed, "corrected_action") != "in" || field(x.t, fixed, "reason") != "clock was wrong" || field(x.t, fixed, "corrected_by") != apitest.Email {
		x.t.Errorf("%s", fixed)
	}
	for _, k := range []call{
		{"POST", "/punches/{id}/correct", fix, `{"time":"10:45","reason":"I was slow","seen":0}`, nil, 409},
		{"POST", "/punches/{id}/void", void, `{"reason":"I was slow","seen":0}`, nil, 409},
		{"POST", "/punches/{id}/correct", fix, `{"time":"10:30","reason":"the same"}`, nil, 400},
		{"POST", "/punches/{id}/correct", fix, `{"day":"2026-03-01","reason":"a day before"}`, nil, 200},
		{"POST", "/punches/{id}/correct", fix, `{"at":"2026-03-02T09:30:00Z","day":"2026-03-01","reason":"both"}`, nil, 400},
		{"POST", "/punches/{id}/correct", fix, `{"at":"0001-03-02T09:30:00Z","reason":"long ago"}`, nil, 400},
		{"POST", "/punches/{id}/correct", fix, `{"action":"out","project":"p","reason":"it was out"}`, nil, 200},
		{"POST", "/punches/{id}/correct", fix, `{"time":"10:31"}`, nil, 400},
		{"POST", "/punches/{id}/correct", fix, `{"tiem":"10:31","reason":"a typo"}`, nil, 400},
		{"POST", "/punches/{id}/correct", "/punches/999999/correct", `{"time":"10:31","reason":"nothing"}`, nil, 404},
		{"POST", "/punches/{id}/correct", "/punches/x/correct", `{"time":"10:31","reason":"nothing"}`, nil, 404},
		{"POST", "/punches/{id}/void", void, `{"reason":"tapped twice"}`, nil, 200},
		{"POST", "/punches/{id}/void", void, `{"reason":"tapped twice"}`, nil, 409},
		{"POST", "/punches/{id}/void", void, `{}`, nil, 400},
		{"POST", "/punches/{id}/void", "/punches/-999999/void", `{"reason":"nothing"}`, nil, 404},
		{"POST", "/punches", "/punches", `{"person":"nobody","action":"in","at":"2026-03-02T09:30:00Z","reason":"forgot"}`, nil, 400},
		{"POST", "/punches", "/punches", `{"person":"` + person + `","action":"in","day":"2026-03-02","reason":"forgot"}`, nil, 400},
		{"GET", "/punches", "/punches?added=perhaps", "", nil, 400},
		{"GET", "/punches", "/punches?added=true&after=1", "", nil, 400},
	} {
		x.do(k)
	}
	added := x.do(call{"POST", "/punches", "/punches", `{"person":"` + person + `","kiosk":"back","action":"out","day":"2026-03-02","time":"17:00","reason":"forgot"}`, nil, 201})
	var p client.Punch
	if err := json.Unmarshal(added, &p); err != nil || p.ID >= 0 || p.Status != "added" || p.Auth != "" || p.Local != "2026-03-02T17:00:00+01:00" || p.CorrectedLocal != p.Local {
		x.t.Errorf("%s %v", added, err)
	}
	list := string(x.do(call{"GET", "/punches", "/punches?added=true&person=" + person, "", nil, 200}))
	if strings.Count(list, `"status":"added"`) != 1 || !strings.Contains(list, `"id":`+strconv.FormatInt(p.ID, 10)+",") {
		x.t.Error(list)
	}
	list = string(x.do(call{"GET", "/punches", "/punches?person=" + person, "", nil, 200}))
	if strings.Count(list, `"status":"recorded"`) != 1 || strings.Count(list, `"status":"void"`) != 1 || strings.Contains(list, `"status":"added"`) {
		x.t.Error(list)
	}
	sheet := string(x.do(call{"GET", "/punches", "/punches?person=" + person, "", http.Header{"Accept": {"text/csv"}}, 200}))
	if !strings.Contains(sheet, ",void,out,2026-03-01T10:30:00+01:00,2026-03-01T09:30:00.000Z,p,late,"+apitest.Email+",tapped twice\n") {
		x.t.Error(sheet)
	}
}

// Added punches come in pages that end anywhere; a manager gets those of their teams
// and nobody else's, in whatever way they ask.
func TestPunchesWithinReach(t *testing.T) {
	t.Parallel()
	c := apitest.Start(t)
	c.People("Ada Brandt", "Ben Okafor")
	c.Kiosk("back", "Back")
	if err := c.DB.Update(t.Context(), func(tx *centraldb.Tx) error {
		cleo := attendance.Person{ID: "p-3", Name: "Cleo", Team: "Shop", Role: attendance.Regular, Active: true}
		if err := tx.AddPeople(t.Context(), []attendance.Person{cleo}, 1); err != nil {
			return err
		}
		row, err := tx.TeamRow(t.Context(), "Bakery")
		if err != nil {
			return err
		}
		row.Manager = "p-1"
		return tx.SetTeam(t.Context(), row)
	}); err != nil {
		t.Fatal(err)
	}
	boss := open(t, c, c.Token)
	day := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	for i, who := range []string{"p-2", "p-3", "p-2"} {
		c.Punch(attendance.Punch{Person: who, Kiosk: "back", Action: attendance.In, At: day.Add(time.Duration(i) * time.Hour), Auth: attendance.AuthPersonal})
		at := day.Add(time.Duration(i)*time.Hour + time.Minute)
		if _, err := boss.AddPunch(t.Context(), client.NewPunch{Person: who, Action: attendance.Out, At: &at, Reason: "forgot"}); err != nil {
			t.Fatal(err)
		}
	}
	of := func(api *client.Client, f client.PunchFilter) []string { return everyPunch(t, api, f) }
	if d := cmp.Diff([]string{"p-2 out", "p-3 out", "p-2 out"}, of(boss, client.PunchFilter{Added: true, Limit: 1})); d != "" {
		t.Error(d)
	}
	manager := open(t, c, tokenOf(t, c, "m@roles.example", "p-1"))
	stranger := open(t, c, tokenOf(t, c, "s@roles.example", ""))
	for _, f := range []client.PunchFilter{{}, {Limit: 1}, {Kiosk: "back"}} {
		if d := cmp.Diff([]string{"p-2 in", "p-2 in"}, of(manager, f)); d != "" {
			t.Errorf("%+v %s", f, d)
		}
	}
	if d := cmp.Diff([]string{"p-2 out", "p-2 out"}, of(manager, client.PunchFilter{Added: true})); d != "" {
		t.Error(d)
	}
	if got := append(of(manager, client.PunchFilter{Person: "p-3"}), of(stranger, client.PunchFilter{})...); len(got) != 0 {
		t.Error(got)
	}
	if status, _ := request(t, c, "GET", api.Base+"/punches/stream", "Bearer "+tokenOf(t, c, "n@roles.example", "p-1")); status != http.StatusForbidden {
		t.Error("the stream:", status)
	}
}

// everyPunch reads all pages.
func everyPunch(t *testing.T, api *client.Client, f client.PunchFilter) (out []string) {
	t.Helper()
	for {
		page, err := api.Punches(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range page.Punches {
			out = append(out, u.Person+" "+string(u.Action))
		}
		if page.Next == 0 {
			return out
		}
		f.After = page.Next
	}
}

func open(t *testing.T, c *apitest.Central, token string) *client.Client {
	t.Helper()
	out, err := client.New(client.Config{Server: c.URL, Token: token, CAFile: c.CAFile})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(out.Close)
	return out
}

// tokenOf gives a token of a manager's new account, which is a person's.
func tokenOf(t *testing.T, c *apitest.Central, email, person string) string {
	t.Helper()
	if err := c.Door.CreateLogin(t.Context(), "test", email, attendance.Manager, apitest.Password); err != nil {
		t.Fatal(err)
	}
	if err := c.DB.Update(t.Context(), func(tx *centraldb.Tx) error {
		return tx.SetLogin(t.Context(), centraldb.Login{Email: email, Role: attendance.Manager, Person: person})
	}); err != nil {
		t.Fatal(err)
	}
	token, err := c.Door.CreateToken(t.Context(), access.Identity{Email: email, Role: attendance.Manager}, access.NewToken{Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

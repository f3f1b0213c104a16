package api_test

import (
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/api"
	"github.com/timepost/timepost/central/api/apitest"
	"github.com/timepost/timepost/store/centraldb"
)

func base64Of(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// request sends one request with this Authorization header and gives the status.
func request(t *testing.T, c *apitest.Central, method, path, authorization string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, c.URL+path, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	res, err := c.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if cerr := res.Body.Close(); err != nil || cerr != nil {
		t.Fatal(err, cerr)
	}
	return res.StatusCode, string(body)
}

// at gives a path of the pattern.
func at(pattern string) string { return api.Base + strings.ReplaceAll(pattern, "{id}", "x") }

// Without a good token every route that needs one is closed, and so is whatever
// is not a route.
func TestDefaultDeny(t *testing.T) {
	t.Parallel()
	c := apitest.Start(t)
	for _, r := range api.Routes() {
		for _, bad := range []string{"", "Bearer", "Bearer x", "Bearer timepost_x", "bearer " + c.Token, c.Token, "Basic " + base64Of(apitest.Email+":"+c.Token)} {
			status, body := request(t, c, r.Method, at(r.Path), bad)
			if r.Needs != "" && status != http.StatusUnauthorized {
				t.Errorf("%s %s with %q: %d %s", r.Method, r.Path, bad, status, body)
			}
		}
	}
	for _, path := range []string{"/", "/none", "/people/x/pin", "/punches/stream/", "/../healthz"} {
		if status, _ := request(t, c, "GET", api.Base+path, ""); status < 300 {
			t.Errorf("%s: %d", path, status)
		}
	}
	if status, _ := request(t, c, "DELETE", api.Base+"/people", "Bearer "+c.Token); status < 400 {
		t.Errorf("DELETE: %d", status)
	}
}

// A role gets through exactly where the table of roles lets it.
func TestEveryRouteByEveryRole(t *testing.T) {
	t.Parallel()
	c := apitest.Start(t)
	for _, role := range []attendance.Role{attendance.Owner, attendance.Admin, attendance.Manager, attendance.Regular} {
		email := string(role) + "@roles.example"
		if err := c.Door.CreateLogin(t.Context(), "test", email, role, apitest.Password); err != nil {
			t.Fatal(err)
		}
		token, err := c.Door.CreateToken(t.Context(), access.Identity{Email: email, Role: role}, access.NewToken{Name: "test"})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range api.Routes() {
			if r.Needs == "" || r.Path == "/punches/stream" {
				continue // the stream does not end; it shares its permission with /punches
			}
			status, body := request(t, c, r.Method, at(r.Path), "Bearer "+token)
			allowed := access.Allowed(role, access.Permission(r.Needs))
			if (status == http.StatusForbidden) == allowed || status == http.StatusUnauthorized {
				t.Errorf("%s: %s %s: %d %s", role, r.Method, r.Path, status, body)
			}
		}
	}
}

// Nobody but an owner makes an owner, one by one or by import, or changes one.
func TestOnlyOwnersMakeOwners(t *testing.T) {
	t.Parallel()
	c := apitest.Start(t)
	const email = "admin@roles.example"
	if err := c.Door.CreateLogin(t.Context(), "test", email, attendance.Admin, apitest.Password); err != nil {
		t.Fatal(err)
	}
	token, err := c.Door.CreateToken(t.Context(), access.Identity{Email: email, Role: attendance.Admin}, access.NewToken{Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	people := []attendance.Person{
		{ID: "p-olga", Name: "Olga", Role: attendance.Owner, Active: true}, {ID: "p-ada", Name: "Ada", Role: attendance.Regular, Active: true},
	}
	if err := c.DB.Update(t.Context(), func(tx *centraldb.Tx) error { return tx.AddPeople(t.Context(), people, 1) }); err != nil {
		t.Fatal(err)
	}
	for _, try := range []struct{ method, path, kind, body string }{
		{"POST", "/people", "application/json", `{"name":"Eve","role":"owner"}`},
		{"POST", "/people/import", "text/csv", "name,staff_no,role\nEve,,owner\n"},
		{"PATCH", "/people/p-ada", "application/json", `{"role":"owner"}`},
		{"PATCH", "/people/p-olga", "application/json", `{"role":"regular"}`},
		{"POST", "/people/p-olga/pin", "application/json", `{}`},
		{"POST", "/people/p-olga/pin", "application/json", `{"pin":"4711"}`},
		{"POST", "/people/p-olga/unlock", "application/json", ``},
		{"POST", "/people/p-olga/archive", "application/json", ``},
		{"POST", "/people/p-olga/restore", "application/json", ``},
	} {
		req, err := http.NewRequestWithContext(t.Context(), try.method, c.URL+api.Base+try.path, strings.NewReader(try.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", try.kind)
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := c.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := res.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %s", try.path, res.Status)
		}
	}
}

// Nothing but GET is safe to repeat, so nothing changes on GET: walk the table
// and compare what the database's audit trail and tables count.
func TestGetChangesNothing(t *testing.T) {
	t.Parallel()
	c := apitest.Start(t)
	c.Kiosk("x", "Front door")
	c.People("Ada Brandt")
	request(t, c, "GET", at("/now"), "Bearer "+c.Token) // marks the token as used today
	before := c.Fingerprint()
	for _, r := range api.Routes() {
		if r.Method == "GET" && r.Path != "/punches/stream" {
			request(t, c, "GET", at(r.Path), "Bearer "+c.Token)
		}
	}
	if after := c.Fingerprint(); after != before {
		t.Errorf("a GET has written: %s, %s", before, after)
	}
	for _, r := range api.Routes() {
		if r.Method != "GET" && strings.HasPrefix(r.Needs, "read") {
			t.Errorf("%s %s reads", r.Method, r.Path)
		}
	}
}

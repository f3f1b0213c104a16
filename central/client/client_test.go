package client_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/api/apitest"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/problem"
)

func TestLoginThenEverything(t *testing.T) {
	t.Parallel()
	c := apitest.Start(t)
	ctx := t.Context()
	nobody, err := client.New(client.Config{Server: c.URL + "/", CAFile: c.CAFile})
	if err != nil {
		t.Fatal(err)
	}
	defer nobody.Close()
	if _, err := nobody.Login(ctx, apitest.Email, "wrong password here", "test"); !problem.Is(err, problem.Unauthenticated) {
		t.Fatalf("wrong password: %v", err)
	}
	token, err := nobody.Login(ctx, apitest.Email, apitest.Password, "test")
	if err != nil {
		t.Fatal(err)
	}
	api, err := client.New(client.Config{Server: c.URL, CAFile: c.CAFile, Token: token.Token})
	if err != nil {
		t.Fatal(err)
	}
	defer api.Close()
	got, err := api.ImportPeople(ctx, strings.NewReader("staff_no,name,team,role\n1,Ada Brandt,Bakery,manager\n2,Ben Okafor,Shop,\n"), false)
	if err != nil || got.Created != 2 || len(got.People) != 2 || got.People[0].PIN == "" {
		t.Fatalf("import: %+v %v", got, err)
	}
	page, err := api.People(ctx, client.PeopleQuery{Search: "oka", Team: "Shop", Limit: 1})
	if err != nil || page.Total != 1 || page.People[0].Name != "Ben Okafor" || page.People[0].PIN != "" {
		t.Fatalf("people: %+v %v", page, err)
	}
	k, err := api.CreateKiosk(ctx, client.NewKiosk{Name: "Front door"})
	if err != nil || k.UniversalPIN == "" || !k.RequiresPIN || k.Zone != apitest.Zone {
		t.Fatalf("kiosk: %+v %v", k, err)
	}
	if _, err := api.Assign(ctx, k.ID, client.Assignments{Teams: []string{"Shop"}, People: []string{got.People[0].ID}}); err != nil {
		t.Fatal(err)
	}
	who, err := api.Assignments(ctx, k.ID)
	if d := cmp.Diff(client.Assignments{Teams: []string{"Shop"}, People: []string{got.People[0].ID}}, who); d != "" || err != nil {
		t.Fatal(d, err)
	}
	code, err := api.EnrolmentCode(ctx, k.ID)
	if err != nil || !strings.HasPrefix(code.URL, "timepost://127.0.0.1:8443/") || code.Expires.IsZero() {
		t.Fatalf("code: %+v %v", code, err)
	}
	c.Punch(punches(1, got.People[0].ID, k.ID)...)
	now, err := api.Now(ctx)
	if err != nil || len(now.People) != 2 || now.People[0].State != attendance.StateIn || now.People[1].State != attendance.StateOut {
		t.Fatalf("now: %+v %v", now, err)
	}
	list, err := api.Punches(ctx, client.PunchFilter{Limit: 1})
	if err != nil || len(list.Punches) != 1 || list.Punches[0].Local != "2026-03-02T08:00:00+01:00" || list.Next != 1 {
		t.Fatalf("punches: %+v %v", list, err)
	}
	if _, err := api.Assign(ctx, "none", client.Assignments{Everyone: true}); !problem.Is(err, problem.NotFound) {
		t.Fatalf("unknown kiosk: %v", err)
	}
}

// A server that can't be believed, can't be reached or is something else says so.
func TestServersThatAreNotOurs(t *testing.T) {
	t.Parallel()
	c := apitest.Start(t)
	other := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/now") {
			w.WriteHeader(http.StatusBadGateway)
		}
		if _, err := w.Write([]byte("<html>hello</html>")); err != nil {
			t.Error(err)
		}
	}))
	defer other.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	writeCert(t, ca, other.Certificate().Raw)
	for _, x := range []struct {
		name string
		conf client.Config
		want problem.Code
	}{
		{"unknown authority", client.Config{Server: c.URL}, problem.Untrusted},
		{"another authority", client.Config{Server: c.URL, CAFile: ca}, problem.Untrusted},
		{"another host name", client.Config{Server: strings.Replace(c.URL, "127.0.0.1", "127.0.0.2", 1), CAFile: c.CAFile}, problem.Unavailable},
		{"a page instead of an answer", client.Config{Server: other.URL, CAFile: ca}, problem.Unavailable},
	} {
		api, err := client.New(x.conf)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := api.Now(t.Context()); !problem.Is(err, x.want) {
			t.Errorf("%s: %v", x.name, err)
		}
		if _, err := api.Kiosks(t.Context()); !problem.Is(err, x.want) {
			t.Errorf("%s: kiosks: %v", x.name, err)
		}
		api.Close()
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	notPEM := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(notPEM, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		conf client.Config
		want problem.Code
	}{
		{client.Config{}, problem.Invalid},
		{client.Config{Server: "clock.example.com"}, problem.Invalid},
		{client.Config{Server: "http://clock.example.com"}, problem.Invalid},
		{client.Config{Server: "https://"}, problem.Invalid},
		{client.Config{Server: "https://x", CAFile: notPEM}, problem.Invalid},
		{client.Config{Server: "https://x", CAFile: notPEM + ".none"}, problem.NotFound},
	} {
		if _, err := client.New(x.conf); !problem.Is(err, x.want) {
			t.Errorf("%+v: %v", x.conf, err)
		}
	}
}

// A punch has a cell for each column.
func TestCells(t *testing.T) {
	t.Parallel()
	u := client.Punch{PersonName: "Ada", Note: "@note"}
	if len(u.Cells()) != len(client.PunchColumns()) || u.Cells()[2] != "Ada" {
		t.Errorf("%q", u.Cells())
	}
}

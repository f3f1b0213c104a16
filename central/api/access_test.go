package api_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/api"
	"github.com/timepost/timepost/central/api/apitest"
	"github.com/timepost/timepost/central/client"
)

// accessCalls are the calls of the contract about tokens and accounts.
func (x *caller) accessCalls() {
	x.t.Helper()
	x.fleetTokenCalls()
	x.waitingCalls()
	const proof = `"password":"` + apitest.Password + `"`
	x.do(call{"POST", "/tokens", "/tokens", `{"name":"short","scope":"punches","expires":"2199-01-01T00:00:00Z"}`, http.Header{"Authorization": {"Basic " + base64Of(apitest.Email+":"+apitest.Password)}}, 201})
	var tokens client.Tokens
	if err := json.Unmarshal(x.do(call{"GET", "/tokens", "/tokens", "", nil, 200}), &tokens); err != nil {
		x.t.Fatal(err)
	}
	i := slices.IndexFunc(tokens.Tokens, func(k client.TokenInfo) bool { return k.Name == "short" && k.Scope == "punches" && !k.Revoked })
	if i < 0 {
		x.t.Fatalf("%+v", tokens)
	}
	x.do(call{"POST", "/tokens/{id}/revoke", "/tokens/" + tokens.Tokens[i].ID + "/revoke", "", nil, 200})
	x.do(call{"POST", "/tokens/{id}/revoke", "/tokens/nobody/revoke", "", nil, 404})
	x.do(call{"POST", "/accounts", "/accounts", `{"email":"bo@acme.example","role":"admin",` + proof + `}`, nil, 201})
	x.do(call{"POST", "/accounts", "/accounts", `{"email":"bo@acme.example","role":"admin","password":"not the password"}`, nil, 403})
	x.do(call{"POST", "/accounts", "/accounts", `{"email":"bo@acme.example","role":"king",` + proof + `}`, nil, 400})
	x.do(call{"GET", "/accounts", "/accounts?search=owner&role=owner&closed=false", "", nil, 200})
	x.do(call{"GET", "/accounts", "/accounts?closed=perhaps", "", nil, 400})
	if err := x.c.Door.CreateLogin(x.t.Context(), "test", "cy@acme.example", attendance.Regular, apitest.Password); err != nil {
		x.t.Fatal(err)
	}
	x.do(call{"PATCH", "/accounts/{id}", "/accounts/cy@acme.example", `{"role":"admin","closed":true,` + proof + `}`, nil, 200})
	x.do(call{"POST", "/accounts/{id}/reset", "/accounts/cy@acme.example/reset", `{` + proof + `}`, nil, 409})
	x.do(call{"PATCH", "/accounts/{id}", "/accounts/cy@acme.example", `{"closed":false,` + proof + `}`, nil, 200})
	x.do(call{"PATCH", "/accounts/{id}", "/accounts/cy@acme.example", `{"closed":true,"password":"x"}`, nil, 403})
	x.do(call{"POST", "/accounts/{id}/reset", "/accounts/cy@acme.example/reset", `{` + proof + `}`, nil, 201})
	x.do(call{"PATCH", "/accounts/{id}", "/accounts/" + apitest.Email, `{"role":"admin",` + proof + `}`, nil, 409})
	x.do(call{"PATCH", "/accounts/{id}", "/accounts/nobody", `{` + proof + `}`, nil, 404})
}

// A token gets through exactly where its scope lets it, whatever its account may.
func TestEveryRouteByEveryScope(t *testing.T) {
	t.Parallel()
	c := apitest.Start(t)
	owner := access.Identity{Email: apitest.Email, Role: attendance.Owner}
	for _, scope := range []access.Scope{access.ScopeAll, access.ScopeRead, access.ScopePunches} {
		token, err := c.Door.CreateToken(t.Context(), owner, access.NewToken{Name: "test", Scope: scope})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range api.Routes() {
			if r.Needs == "" || r.Path == "/punches/stream" {
				continue
			}
			punches := strings.HasPrefix(r.Needs, "punches.") && r.Needs != "punches.fix"
			want := scope == access.ScopeAll || r.Method == "GET" && (scope == access.ScopePunches && punches || scope == access.ScopeRead && r.Needs != "pins.export")
			status, body := request(t, c, r.Method, at(r.Path), "Bearer "+token)
			if refused := strings.Contains(body, "scope does not allow"); refused == want || refused && status != http.StatusForbidden {
				t.Errorf("%s: %s %s: %d %s", scope, r.Method, r.Path, status, body)
			}
		}
	}
}

// An open stream ends at the next punch or heartbeat when its token is revoked, and
// when its account may not see everybody's punches any more.
func TestStreamEndsWithItsToken(t *testing.T) {
	t.Parallel()
	const second = "second@acme.example"
	for name, end := range map[string]func(c *apitest.Central, who access.Identity) error{
		"revoked": func(c *apitest.Central, who access.Identity) error {
			list, err := c.Door.Tokens(t.Context(), who)
			if err != nil {
				return err
			}
			return c.Door.RevokeToken(t.Context(), who, list[0].ID)
		},
		"made less": func(c *apitest.Central, who access.Identity) error {
			return c.Door.EditAccount(t.Context(), apitest.Email, second, attendance.Manager, "")
		},
		"closed": func(c *apitest.Central, who access.Identity) error {
			return c.Door.CloseAccount(t.Context(), apitest.Email, second)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := apitest.Start(t)
			if err := c.Door.CreateLogin(t.Context(), "test", second, attendance.Owner, apitest.Password); err != nil {
				t.Fatal(err)
			}
			who := access.Identity{Email: second, Role: attendance.Owner}
			streamEnds(t, c, who, func() error { return end(c, who) })
		})
	}
}

func streamEnds(t *testing.T, c *apitest.Central, who access.Identity, end func() error) {
	t.Helper()
	c.Kiosk("dock", "Dock")
	c.People("Ada Brandt")
	token, err := c.Door.CreateToken(t.Context(), who, access.NewToken{Name: "stream", Scope: access.ScopePunches})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL+api.Base+"/punches/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	punch := func() {
		c.Punch(attendance.Punch{Person: "p-1", Kiosk: "dock", Action: attendance.In, At: time.Now(), Auth: attendance.AuthPersonal})
	}
	punch()
	res, err := c.Client().Do(req)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(res, err)
	}
	first := make([]byte, 4)
	if _, err := io.ReadFull(res.Body, first); err != nil || string(first) != "id: " {
		t.Fatalf("%q %v", first, err)
	}
	if err := end(); err != nil {
		t.Fatal(err)
	}
	punch()
	rest, err := io.ReadAll(res.Body)
	if cerr := res.Body.Close(); err != nil || cerr != nil {
		t.Fatalf("the stream did not end: %v %v", err, cerr)
	}
	if strings.Contains(string(rest), "id: ") {
		t.Errorf("a punch came after the end: %s", rest)
	}
}

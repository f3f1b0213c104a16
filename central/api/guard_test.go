package api_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/api"
	"github.com/timepost/timepost/central/api/apitest"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// slow is a body of which nothing comes before something has happened. The server asks
// for a body that is expected once it looks at it: then its caller has been let in.
type slow struct {
	text      io.Reader
	meanwhile func()
}

// Read reads.
func (s *slow) Read(b []byte) (int, error) {
	if s.meanwhile != nil {
		s.meanwhile()
		s.meanwhile = nil
	}
	return s.text.Read(b)
}

const eve = "eve@roles.example"

// lateBody posts a person as an admin to whom something happens while the body is on its
// way, and gives the status.
func lateBody(t *testing.T, c *apitest.Central, path, kind, body string, meanwhile func(who access.Identity)) int {
	t.Helper()
	who := access.Identity{Email: eve, Role: attendance.Admin}
	if err := c.Door.CreateLogin(t.Context(), "test", eve, who.Role, apitest.Password); err != nil {
		t.Fatal(err)
	}
	token, err := c.Door.CreateToken(t.Context(), who, access.NewToken{Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	happened := false
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.URL+api.Base+path, &slow{strings.NewReader(body), func() { meanwhile(who); happened = true }})
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Expect", "100-continue")
	client := c.Client()
	client.Transport.(*http.Transport).ExpectContinueTimeout = time.Minute
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		t.Fatal(err)
	}
	if !happened {
		t.Fatal("nothing has happened meanwhile")
	}
	return res.StatusCode
}

// Whose role, account or token is taken away writes nothing any more, also with a request
// that began before and whose body comes slowly.
func TestARequestThatOutlivesItsPermissionWritesNothing(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]func(ctx context.Context, c *apitest.Central, who access.Identity) error{
		"nothing": func(context.Context, *apitest.Central, access.Identity) error { return nil },
		"another role": func(ctx context.Context, c *apitest.Central, who access.Identity) error {
			return c.Door.EditAccount(ctx, apitest.Email, who.Email, attendance.Manager, "")
		},
		"closed": func(ctx context.Context, c *apitest.Central, who access.Identity) error {
			return c.Door.CloseAccount(ctx, apitest.Email, who.Email)
		},
		"no token": func(ctx context.Context, c *apitest.Central, who access.Identity) error {
			all, err := c.Door.Tokens(ctx, who)
			if err != nil {
				return err
			}
			return c.Door.RevokeToken(ctx, who, all[0].ID)
		},
	} {
		for _, try := range []struct{ path, kind, body string }{
			{"/people", "application/json", `{"name":"Mallory"}`},
			{"/people/import", "text/csv", "name,staff_no,role\nMallory,17,\n"},
		} {
			t.Run(name+try.path, func(t *testing.T) {
				t.Parallel()
				c := apitest.Start(t)
				status := lateBody(t, c, try.path, try.kind, try.body, func(who access.Identity) {
					if err := meanwhile(t.Context(), c, who); err != nil {
						t.Error(err)
					}
				})
				_, n, err := c.DB.TeamPage(t.Context(), centraldb.TeamFilter{Limit: 10})
				if err != nil {
					t.Fatal(err)
				}
				if good := name == "nothing"; good != (status < 300) || good != (n == 1) {
					t.Errorf("%d, %d people", status, n)
				}
			})
		}
	}
}

// Nobody but an owner changes somebody who has become an owner since it was looked.
func TestSomebodyWhoBecomesAnOwnerMeanwhile(t *testing.T) {
	t.Parallel()
	c := apitest.Start(t)
	c.People("Olga")
	if err := c.Door.CreateLogin(t.Context(), "test", eve, attendance.Admin, apitest.Password); err != nil {
		t.Fatal(err)
	}
	for _, who := range []access.Identity{{Email: eve, Role: attendance.Admin}, {Email: apitest.Email, Role: attendance.Owner}} {
		role(t, c, attendance.Regular)
		r := httptest.NewRequestWithContext(access.Guard(t.Context(), who), http.MethodPost, "/", nil)
		r.SetPathValue("id", "p-1")
		if err := api.Someone(c.DB, r, who); err != nil {
			t.Fatal(err)
		}
		role(t, c, attendance.Owner)
		err := c.DB.Update(r.Context(), func(*centraldb.Tx) error { return nil })
		if want := who.Role != attendance.Owner; problem.Is(err, problem.Forbidden) != want || !want && err != nil {
			t.Errorf("%s: %v", who.Role, err)
		}
	}
}

// role gives Olga a role.
func role(t *testing.T, c *apitest.Central, is attendance.Role) {
	t.Helper()
	err := c.DB.Update(t.Context(), func(tx *centraldb.Tx) error {
		p, err := tx.Person(t.Context(), "p-1")
		if err != nil {
			return err
		}
		p.Role = is
		return tx.SetPerson(t.Context(), p)
	})
	if err != nil {
		t.Fatal(err)
	}
}

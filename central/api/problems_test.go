package api_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/timepost/timepost/central/api"
	"github.com/timepost/timepost/central/api/apitest"
	"github.com/timepost/timepost/internal/problem"
)

// attempt sends one request and gives the answer with its body.
func attempt(t *testing.T, c *apitest.Central, method, path, authorization, body string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, c.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", authorization)
	res, err := c.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if cerr := res.Body.Close(); err != nil || cerr != nil {
		t.Fatal(err, cerr)
	}
	return res, text
}

// isProblem holds an answer to being a problem document that agrees with itself.
func isProblem(t *testing.T, what string, res *http.Response, body []byte) {
	t.Helper()
	var d problem.Details
	err := json.Unmarshal(body, &d)
	if err != nil || res.Header.Get("Content-Type") != "application/problem+json" || d.Status != res.StatusCode || d.Code == "" || d.Title == "" ||
		res.StatusCode < 400 || res.StatusCode >= 500 {
		t.Errorf("%s: %s %q %.200s %v", what, res.Status, res.Header.Get("Content-Type"), body, err)
	}
}

// Whatever goes wrong, and wherever, the answer is a problem document (RFC 9457):
// no token, a token that opens nothing, a body that is none, an id of nobody, a
// method or a path that there is not.
func TestEveryErrorIsAProblemDocument(t *testing.T) {
	t.Parallel()
	c := apitest.Start(t)
	owner := "Bearer " + c.Token
	for _, r := range api.Routes() {
		what := r.Method + " " + r.Path
		if r.Needs != "" {
			res, body := attempt(t, c, r.Method, at(r.Path), "", "{}")
			isProblem(t, what+" without a token", res, body)
			res, body = attempt(t, c, r.Method, at(r.Path), "Bearer timepost_nothing", "{}")
			isProblem(t, what+" with a token of nobody", res, body)
		}
		if strings.Contains(r.Path, "{") {
			res, body := attempt(t, c, r.Method, strings.NewReplacer("{id}", "no%2Fbody", "{name}", "no%2Fbody", "{email}", "no%2Fbody").Replace(api.Base+r.Path), owner, "{}")
			isProblem(t, what+" of nobody", res, body)
		}
		for _, garbage := range []string{"", "{", "null null", `"text"`, "\xff", strings.Repeat("[", 100_000)} {
			if r.Method == http.MethodGet {
				continue
			}
			res, body := attempt(t, c, r.Method, at(r.Path), owner, garbage)
			if res.StatusCode >= 400 { // calls that need no body may not look at it
				isProblem(t, what+" with garbage", res, body)
			}
		}
	}
	for _, none := range []string{"GET /", "GET /none", "DELETE /people", "PATCH /punches", "POST /healthz", "TRACE /people", "PROPFIND /people/x", "GET /people/x/pin/y"} {
		method, path, _ := strings.Cut(none, " ")
		res, body := attempt(t, c, method, api.Base+path, owner, "")
		isProblem(t, none, res, body)
	}
}

// A method that a path does not have is told from a path that there is not, with
// those that it has; nobody needs a token to be told.
func TestAnotherMethod(t *testing.T) {
	t.Parallel()
	c := apitest.Start(t)
	for call, want := range map[string]string{
		"DELETE /people": "GET, POST", "PUT /people/p-1": "GET, PATCH", "GET /punches/7/void": "POST", "POST /punches/stream": "GET",
		"POST /healthz": "GET", "GET /none": "", "DELETE /people/x/pin/y": "", "POST /": "",
	} {
		method, path, _ := strings.Cut(call, " ")
		res, body := attempt(t, c, method, api.Base+path, "", "{}")
		isProblem(t, call, res, body)
		status := http.StatusMethodNotAllowed
		if want == "" {
			status = http.StatusNotFound
		}
		if res.StatusCode != status || res.Header.Get("Allow") != want || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %s %q", call, res.Status, res.Header.Get("Allow"))
		}
	}
}

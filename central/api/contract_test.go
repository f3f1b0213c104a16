package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/api"
	"github.com/timepost/timepost/central/api/apitest"
)

func contract(t *testing.T) *openapi3.T {
	t.Helper()
	text, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return doc
}

// The route table and the contract name the same calls, and say the same about
// who needs a token.
func TestContractHasEveryRoute(t *testing.T) {
	t.Parallel()
	doc := contract(t)
	var served, promised []string
	for _, r := range api.Routes() {
		open := ""
		if r.Needs == "" {
			open = " open"
		}
		served = append(served, r.Method+" "+r.Path+open)
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			open := ""
			if op.Security != nil {
				open = " open" // no token: nothing at all, or the password
			}
			promised = append(promised, method+" "+path+open)
		}
	}
	slices.Sort(served)
	slices.Sort(promised)
	if d := cmp.Diff(served, promised); d != "" {
		t.Fatalf("(-served +promised)\n%s", d)
	}
}

// caller makes calls and holds every answer to the contract.
type caller struct {
	t   *testing.T
	c   *apitest.Central
	doc *openapi3.T
	did map[string]bool
}

func newCaller(t *testing.T) *caller {
	return &caller{t: t, c: apitest.Start(t), doc: contract(t), did: map[string]bool{}}
}

// call is one call: pattern is the path as the contract has it.
type call struct {
	method, pattern, path string
	body                  string
	header                http.Header
	want                  int
}

func (x *caller) do(k call) []byte {
	x.t.Helper()
	req, err := http.NewRequestWithContext(x.t.Context(), k.method, x.c.URL+api.Base+k.path, strings.NewReader(k.body))
	if err != nil {
		x.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+x.c.Token)
	if k.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, values := range k.header {
		req.Header[name] = values
	}
	res, err := x.c.Client().Do(req)
	if err != nil {
		x.t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if cerr := res.Body.Close(); err != nil || cerr != nil {
		x.t.Fatal(err, cerr)
	}
	if res.StatusCode != k.want {
		x.t.Fatalf("%s %s: %s, want %d\n%s", k.method, k.path, res.Status, k.want, body)
	}
	x.hold(k, res, body)
	return body
}

// hold checks an answer against what the contract promises for the operation.
func (x *caller) hold(k call, res *http.Response, body []byte) {
	x.t.Helper()
	item := x.doc.Paths.Value(k.pattern)
	if item == nil || item.GetOperation(k.method) == nil {
		x.t.Fatalf("the contract has no %s %s", k.method, k.pattern)
	}
	promised := item.GetOperation(k.method).Responses
	answer := promised.Status(res.StatusCode)
	if answer == nil && res.StatusCode >= 400 {
		answer = promised.Default()
	}
	if answer == nil {
		x.t.Fatalf("%s %s: the contract has no %d", k.method, k.pattern, res.StatusCode)
	}
	kind, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";")
	media := answer.Value.Content.Get(kind)
	if media == nil {
		x.t.Fatalf("%s %s: the contract has no %s", k.method, k.pattern, kind)
	}
	x.did[k.method+" "+k.pattern] = true
	if !strings.HasSuffix(kind, "json") {
		return
	}
	var v any
	if err := json.NewDecoder(bytes.NewReader(body)).Decode(&v); err != nil {
		x.t.Fatalf("%s %s: %v\n%s", k.method, k.path, err, body)
	}
	if err := media.Schema.Value.VisitJSON(v); err != nil {
		x.t.Errorf("%s %s: %v\n%s", k.method, k.path, err, body)
	}
}

func field(t *testing.T, body []byte, name string) string {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatal(err)
	}
	s, _ := v[name].(string)
	if s == "" {
		t.Fatalf("no %s in %s", name, body)
	}
	return s
}

// Every call answers as the contract says, when it works and when it does not.
func TestAnswersKeepTheContract(t *testing.T) {
	t.Parallel()
	x := newCaller(t)
	text := http.Header{"Content-Type": {"text/csv"}}
	basic := http.Header{"Authorization": {"Basic " + base64Of(apitest.Email+":"+apitest.Password)}}
	x.do(call{"GET", "/openapi.yaml", "/openapi.yaml", "", http.Header{"Authorization": nil}, 200})
	x.do(call{"GET", "/healthz", "/healthz", "", http.Header{"Authorization": nil}, 200})
	x.do(call{"POST", "/tokens", "/tokens", `{"name":"test"}`, basic, 201})
	person := field(t, x.do(call{"POST", "/people", "/people", `{"name":"Ada Brandt","staff_no":"1","team":"Bakery","role":"manager","lang":"de"}`, nil, 201}), "id")
	x.do(call{"GET", "/people/{id}", "/people/" + person, "", nil, 200})
	x.do(call{"PATCH", "/people/{id}", "/people/" + person, `{"role":"admin","team":"Shop"}`, nil, 200})
	x.do(call{"POST", "/people/{id}/unlock", "/people/" + person + "/unlock", "", nil, 200})
	x.do(call{"POST", "/people/{id}/pin", "/people/" + person + "/pin", "{}", nil, 201})
	x.do(call{"POST", "/people/{id}/pin", "/people/" + person + "/pin", `{"pin":"40718"}`, nil, 201})
	x.do(call{"POST", "/people/{id}/archive", "/people/" + person + "/archive", "", nil, 200})
	x.do(call{"POST", "/people/{id}/unlock", "/people/" + person + "/unlock", "", nil, 409})
	x.do(call{"PATCH", "/people/{id}", "/people/" + person, `{"team":"Shop"}`, nil, 409})
	x.do(call{"GET", "/people", "/people?archived=true&role=admin", "", nil, 200})
	x.do(call{"POST", "/people/{id}/restore", "/people/" + person + "/restore", "", nil, 200})
	x.do(call{"POST", "/people/{id}/restore", "/people/" + person + "/restore", "", nil, 409})
	x.do(call{"PATCH", "/people/{id}", "/people/" + person, `{"name":" ","lang":"??"}`, nil, 400})
	x.do(call{"POST", "/people/import", "/people/import?dry_run=true", "name,staff_no,role\nBen,,\n", text, 200})
	x.do(call{"POST", "/people/import", "/people/import", "name,staff_no,role\nBen,2,\nCleo,3,admin\n", text, 200})
	x.do(call{"POST", "/people/import", "/people/import", "name,staff_no,role\nBen,2,\n,4,boss\n", text, 200})
	x.do(call{"GET", "/people", "/people?limit=2", "", nil, 200})
	x.do(call{"GET", "/hashing", "/hashing", "", nil, 200})
	kiosk := field(t, x.do(call{"POST", "/kiosks", "/kiosks", `{"name":"Front door"}`, nil, 201}), "id")
	x.do(call{"GET", "/kiosks", "/kiosks", "", nil, 200})
	x.do(call{"GET", "/kiosks/{id}", "/kiosks/" + kiosk, "", nil, 200})
	x.do(call{"PUT", "/kiosks/{id}/assignments", "/kiosks/" + kiosk + "/assignments", `{"teams":["Bakery"],"people":["` + person + `"]}`, nil, 200})
	x.do(call{"GET", "/kiosks/{id}/assignments", "/kiosks/" + kiosk + "/assignments", "", nil, 200})
	x.do(call{"POST", "/kiosks/{id}/code", "/kiosks/" + kiosk + "/code", "", nil, 201})
	x.do(call{"POST", "/kiosks/{id}/export", "/kiosks/" + kiosk + "/export", `{"reason":"for the contract"}`, nil, 200})
	x.do(call{"POST", "/kiosks/{id}/export", "/kiosks/" + kiosk + "/export", `{"reason":"for the contract","format":"xlsx"}`, nil, 200})
	x.do(call{"PATCH", "/kiosks/{id}", "/kiosks/" + kiosk, `{"name":"Back door","zone":"Asia/Kolkata","requires_pin":false,"schedule":"@hourly","mode":"scheduled","lang":"uk","universal_reason":true}`, nil, 200})
	x.do(call{"POST", "/kiosks/{id}/universal-pin", "/kiosks/" + kiosk + "/universal-pin", `{}`, nil, 201})
	x.do(call{"PUT", "/pin-length", "/pin-length", `{"digits":6}`, nil, 200})
	x.do(call{"GET", "/pin-length", "/pin-length", "", nil, 200})
	x.do(call{"POST", "/pin-length/renew", "/pin-length/renew", `{"team":"Bakery"}`, nil, 201})
	x.do(call{"PUT", "/pin-length", "/pin-length", `{"digits":4}`, nil, 200})
	x.do(call{"POST", "/kiosks/{id}/universal-pin", "/kiosks/" + kiosk + "/universal-pin", `{"pin":"48213059"}`, nil, 201})
	x.do(call{"POST", "/kiosks/{id}/revoke", "/kiosks/" + kiosk + "/revoke", "", nil, 200})
	x.c.Punch(attendance.Punch{Person: person, Kiosk: kiosk, Action: attendance.In, At: time.Date(2026, 3, 2, 7, 0, 0, 5, time.UTC), Auth: attendance.AuthUniversal, Project: "p", Note: "n"})
	x.do(call{"GET", "/punches", "/punches?limit=1", "", nil, 200})
	x.do(call{"GET", "/punches", "/punches", "", http.Header{"Accept": {"text/csv"}}, 200})
	x.do(call{"GET", "/now", "/now", "", nil, 200})
	x.refusals(kiosk)
	x.teamCalls(person)
	x.mailCalls()
	x.reviewCalls()
	x.correctionCalls(person)
	x.ownersCalls()
	x.accessCalls()
	x.did["GET /punches/stream"] = true // in stream_test.go
	for _, r := range api.Routes() {
		if !x.did[r.Method+" "+r.Path] {
			t.Errorf("%s %s was not called", r.Method, r.Path)
		}
	}
}

// listCalls asks for people in another order, and by their PINs.
func (x *caller) listCalls() {
	x.t.Helper()
	last := string(x.do(call{"GET", "/people", "/people?sort=-staff_no&pin=making", "", nil, 200}))
	locked := string(x.do(call{"GET", "/people", "/people?sort=name&pin=locked", "", nil, 200}))
	if strings.Index(last, "Cleo") > strings.Index(last, "Ben") || strings.Contains(locked, "Ben") {
		x.t.Error(last, locked)
	}
}

func (x *caller) refusals(kiosk string) {
	x.healthy(kiosk)
	x.diagnosed(kiosk)
	x.commanded(kiosk)
	x.flawed(kiosk)
	x.t.Helper()
	for _, k := range []call{
		{"GET", "/people", "/people?limit=1001", "", nil, 400},
		{"GET", "/people", "/people?limit=x", "", nil, 400},
		{"GET", "/people", "/people?sort=age", "", nil, 400},
		{"GET", "/people", "/people?pin=1234", "", nil, 400},
		{"GET", "/people", "/people?offset=-1", "", nil, 400},
		{"POST", "/people", "/people", `{"name":"Ada","nmae":"x"}`, nil, 400},
		{"POST", "/people", "/people", `{"name":"Ada"} {}`, nil, 400},
		{"POST", "/people", "/people", `{"name":"  "}`, nil, 400},
		{"POST", "/people", "/people", `{"name":"Dora","staff_no":"1"}`, nil, 409},
		{"POST", "/people", "/people", `{"name":"` + strings.Repeat("x", 70_000) + `"}`, nil, 400},
		{"POST", "/people/import", "/people/import", `{}`, nil, 400},
		{"POST", "/people/import", "/people/import?dry_run=perhaps", "name\nx\n", http.Header{"Content-Type": {"text/csv"}}, 400},
		{"GET", "/people/{id}", "/people/nobody", "", nil, 404},
		{"PATCH", "/people/{id}", "/people/nobody", "{}", nil, 404},
		{"POST", "/people/{id}/archive", "/people/nobody/archive", "", nil, 404},
		{"POST", "/people/{id}/restore", "/people/nobody/restore", "", nil, 404},
		{"POST", "/people/{id}/unlock", "/people/nobody/unlock", "", nil, 404},
		{"POST", "/people/{id}/pin", "/people/nobody/pin", "{}", nil, 404},
		{"POST", "/people/{id}/pin", "/people/nobody/pin", `{"pni":"1"}`, nil, 400},
		{"GET", "/people", "/people?archived=perhaps", "", nil, 400},
		{"GET", "/people", "/people?role=boss", "", nil, 400},
		{"GET", "/kiosks/{id}", "/kiosks/none", "", nil, 404},
		{"GET", "/kiosks/{id}/assignments", "/kiosks/none/assignments", "", nil, 404},
		{"GET", "/kiosks/{id}/health", "/kiosks/none/health", "", nil, 404},
		{"PUT", "/kiosks/{id}/assignments", "/kiosks/none/assignments", "{}", nil, 404},
		{"PUT", "/kiosks/{id}/assignments", "/kiosks/" + kiosk + "/assignments", `{"people":["nobody"]}`, nil, 400},
		{"POST", "/kiosks/{id}/code", "/kiosks/none/code", "", nil, 404},
		{"POST", "/kiosks/{id}/export", "/kiosks/none/export", `{"reason":"for the contract"}`, nil, 404},
		{"POST", "/kiosks/{id}/export", "/kiosks/" + kiosk + "/export", `{"reason":"because"}`, nil, 400},
		{"POST", "/kiosks/{id}/export", "/kiosks/" + kiosk + "/export", `{"reason":"for the contract","format":"slips"}`, nil, 400},
		{"POST", "/kiosks/{id}/export", "/kiosks/" + kiosk + "/export", `{"reason":"for the contract","password":"not mine at all"}`, nil, 403},
		{"POST", "/kiosks", "/kiosks", `{"name":"x","zone":"Mars/Base"}`, nil, 400},
		{"PATCH", "/kiosks/{id}", "/kiosks/none", `{}`, nil, 404},
		{"PATCH", "/kiosks/{id}", "/kiosks/" + kiosk, `{"schedule":"now and then"}`, nil, 400},
		{"PATCH", "/kiosks/{id}", "/kiosks/" + kiosk, `{"mode":"sometimes"}`, nil, 400},
		{"PATCH", "/kiosks/{id}", "/kiosks/" + kiosk, `{"lang":"klingon"}`, nil, 400},
		{"POST", "/kiosks/{id}/revoke", "/kiosks/none/revoke", "", nil, 404},
		{"POST", "/kiosks/{id}/universal-pin", "/kiosks/none/universal-pin", "{}", nil, 404},
		{"PUT", "/pin-length", "/pin-length", `{"digits":5}`, nil, 400},
		{"POST", "/kiosks/{id}/universal-pin", "/kiosks/" + kiosk + "/universal-pin", `{"pin":"12"}`, nil, 400},
		{"POST", "/kiosks/{id}/universal-pin", "/kiosks/" + kiosk + "/universal-pin", `{"pin":"1111"}`, nil, 409},
		{"GET", "/punches", "/punches?from=yesterday", "", nil, 400},
		{"GET", "/punches", "/punches?after=-1", "", nil, 400},
		{"GET", "/punches/stream", "/punches/stream", "", http.Header{"Last-Event-Id": {"x"}}, 400},
		{"POST", "/tokens", "/tokens", `{"name":"x"}`, nil, 401},
		{"POST", "/tokens", "/tokens", `{"name":"x"}`, http.Header{"Authorization": {"Basic " + base64Of(apitest.Email+":wrong")}}, 401},
	} {
		x.do(k)
	}
}

package local_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// What is asked arrives as it was asked, and what is answered as it was answered.
func TestTheDeskOverTheSocket(t *testing.T) {
	t.Parallel()
	f := &fake{}
	asked := map[string]any{}
	var refuse error
	f.desk = func(call string, what any) error { asked[call] = what; return refuse }
	path := socketPath(t)
	serve(t, path, f)
	c := local.Dial(path)
	t.Cleanup(c.Close)
	ctx := t.Context()
	m := local.Missed{Session: "s1", Action: "out", At: 99, Reason: "The <door> & I"}
	n := local.Newcomer{Name: "Zoë 王", Action: "in"}
	check := func(what string, want, got any, err error) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", what, err, diff)
		}
	}
	hours, err := c.Hours(ctx, "s1")
	want, _ := f.Hours(ctx, "s1")
	check("hours", want, hours, err)
	plea, err := c.Missed(ctx, m)
	check("missed", local.Asked{Person: "Ann", At: 7, Repeated: true}, plea, err)
	session, err := c.Unresolved(ctx, "s2")
	check("unresolved", local.Session{ID: "s2", Answers: []local.Answer{{Message: "answer-1", Text: "Yes"}}}, session, err)
	undone, err := c.Undo(ctx, "t1")
	check("undo", local.Undone{Person: "Ann", Action: "in", At: 8, State: "out"}, undone, err)
	check("read", nil, nil, c.Read(ctx, "t2", "m1"))
	receipt, err := c.NotListed(ctx, n)
	check("unlisted", local.Receipt{Person: n.Name, Messages: []local.Message{{ID: "m1", Text: "Hi"}}}, receipt, err)
	check("asked", map[string]any{
		"hours": "s1", "missed": m, "unresolved": "s2", "undo": "t1", "read": [2]string{"t2", "m1"}, "unlisted": n,
	}, asked, nil)

	refuse = problem.New(problem.Limited, "Too much.", "Wait.").With("wait_ms", int64(1500))
	for name, err := range map[string]error{
		"hours": second(c.Hours(ctx, "s")), "missed": second(c.Missed(ctx, m)), "unresolved": second(c.Unresolved(ctx, "s")),
		"undo": second(c.Undo(ctx, "t")), "read": c.Read(ctx, "t", "m"), "unlisted": second(c.NotListed(ctx, n)),
	} {
		if !problem.Is(err, problem.Limited) || problem.From(err).Detail["wait_ms"] != int64(1500) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// Whatever arrives, the service is asked only what can be read whole.
func FuzzDeskCalls(f *testing.F) {
	for _, seed := range []string{
		`{"session":"s"}`, `{"session":"s","action":"in","at_ms":1,"reason":"x"}`, `{"ticket":"t","message":"m"}`,
		`{"name":"Zoë","action":"in"}`, `{"session":"s"} {}`, `{"session":1}`, `{"at_ms":1e99}`, `[]`, ``, `{"more":1}`,
	} {
		f.Add(seed)
	}
	paths := []string{"/v1/hours", "/v1/missed", "/v1/unresolved", "/v1/undo", "/v1/read", "/v1/unlisted"}
	f.Fuzz(func(t *testing.T, body string) {
		asked := 0
		fk := &fake{desk: func(string, any) error { asked++; return nil }}
		h := local.NewServer(fk, fk, nil, nil).Handler()
		for _, p := range paths {
			asked = 0
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, p, strings.NewReader(body)))
			if ok := w.Code == http.StatusOK; ok != (asked == 1) || !ok && w.Code != http.StatusBadRequest {
				t.Errorf("%s %q: %d, asked %d times", p, body, w.Code, asked)
			}
		}
	})
}

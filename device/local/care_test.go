package local_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

func TestMaintenanceOverTheSocket(t *testing.T) {
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
	p, err := pin.Parse("864209")
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, want, got any, err error) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", what, err, diff)
		}
	}
	who, err := c.Caretakers(ctx)
	check("caretakers", []local.PersonCard{{ID: "ada", Name: "Ada"}}, who, err)
	opened, err := c.Care(ctx, local.Attempt{Person: "ada", PIN: p})
	check("care", local.Condition{Session: "c1", Name: "ada", Oldest: 5}, opened, err)
	cond, err := c.Condition(ctx, "c1")
	check("condition", local.Condition{Session: "c1", Addresses: []string{"::1"}}, cond, err)
	facts, err := c.Facts(ctx)
	check("facts", local.Condition{DiskFree: 1 << 40}, facts, err)
	roll, err := c.RollCall(ctx, "c2")
	check("roll-call", local.RollCall{At: 5, Out: 6, People: []local.PersonCard{{ID: "ann"}}}, roll, err)
	check("sync", nil, nil, c.SyncNow(ctx, "c3"))
	check("restart", nil, nil, c.Restart(ctx, "c4"))
	reader, err := c.LearnReader(ctx, "c5")
	check("reader", local.Reader{ID: "1:2", Attached: true}, reader, err)
	check("diagnose", nil, nil, c.Diagnose(ctx, "c6"))
	archive, err := c.Diagnostics(ctx, true)
	check("diagnostics", []byte("archive"), archive, err)
	check("asked", map[string]any{
		"caretakers": nil, "care": "ada864209", "condition": "c1", "facts": nil, "roll-call": "c2",
		"sync": "c3", "restart": "c4", "reader": "c5", "diagnose": "c6", "diagnostics": true,
	}, asked, nil)

	refuse = problem.New(problem.Expired, "Over.", "")
	for name, err := range map[string]error{
		"caretakers": second(c.Caretakers(ctx)), "care": second(c.Care(ctx, local.Attempt{})), "condition": second(c.Condition(ctx, "s")),
		"facts": second(c.Facts(ctx)), "roll-call": second(c.RollCall(ctx, "s")), "sync": c.SyncNow(ctx, "s"),
		"restart": c.Restart(ctx, "s"), "reader": second(c.LearnReader(ctx, "s")),
		"diagnose": c.Diagnose(ctx, "s"), "diagnostics": second(c.Diagnostics(ctx, false)),
	} {
		if !problem.Is(err, problem.Expired) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Two guesses at once are no faster than one.
func TestMaintenanceTakesOneGuessAtATime(t *testing.T) {
	t.Parallel()
	begun, end := make(chan struct{}), make(chan struct{})
	f := &fake{desk: func(string, any) error {
		close(begun)
		<-end
		return nil
	}}
	h := local.NewServer(f, f, nil, nil).Handler()
	call := func() int {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/care", strings.NewReader(`{"person":"ada","pin":"1234"}`)))
		return w.Code
	}
	first := make(chan int)
	go func() { first <- call() }()
	<-begun
	if code := call(); code != http.StatusTooManyRequests {
		t.Errorf("the second guess: %d", code)
	}
	close(end)
	if code := <-first; code != http.StatusOK {
		t.Errorf("the first guess: %d", code)
	}
}

package local_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/lifecycle"
	"github.com/timepost/timepost/internal/lifecycle/lifecycletest"
	"github.com/timepost/timepost/internal/problem"
)

func pair(t *testing.T, f *fake) *local.Client {
	t.Helper()
	path := socketPath(t)
	serve(t, path, f)
	c := local.Dial(path)
	t.Cleanup(c.Close)
	return c
}

func parsePIN(t *testing.T, s string) pin.PIN {
	t.Helper()
	p, err := pin.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestEveryCallArrivesAsItWasMade(t *testing.T) {
	t.Parallel()
	f := &fake{state: local.State{Enrolled: true, Org: "Ä <&> \u2028", PINLengths: []int{4, 6}, Queue: 3}}
	f.people = func(q local.PeopleQuery) (local.PeoplePage, error) {
		return local.PeoplePage{Total: q.Offset, People: []local.PersonCard{{ID: q.Search, State: attendance.StateIn}}}, nil
	}
	f.identify = func(a local.Attempt) (local.Session, error) {
		return local.Session{ID: a.Person + a.PIN.Reveal(), Actions: []attendance.Action{attendance.In}}, nil
	}
	f.punch = func(r local.PunchRequest) (local.Receipt, error) {
		return local.Receipt{Person: r.Session + r.Project + r.Note, Action: r.Action, Seq: 1 << 60}, nil
	}
	f.forgot = func(person string) (local.Asked, error) {
		return local.Asked{Person: person + " Ä", At: 1 << 50, Repeated: true}, nil
	}
	f.team = func(p pin.PIN) (local.Team, error) { return local.Team{ID: "t" + p.Reveal(), NeedNote: true}, nil }
	f.crew = func(r local.TeamPunch) (local.TeamReceipt, error) {
		left := []local.LeftOut{{PersonCard: local.PersonCard{ID: r.People[1], State: attendance.StateIn}, Why: problem.Conflict}}
		return local.TeamReceipt{Action: r.Action, Zone: r.Session + r.Note, Done: r.People[:1], Left: left}, nil
	}
	c := pair(t, f)
	ctx := t.Context()
	if g, err := c.OpenTeam(ctx, parsePIN(t, "0042")); err != nil || g != (local.Team{ID: "t0042", NeedNote: true}) {
		t.Errorf("team: %+v, %v", g, err)
	}
	done, err := c.PunchTeam(ctx, local.TeamPunch{Session: "s", Action: attendance.Out, People: []string{"a", "b"}, Note: "n"})
	if err != nil || done.Action != attendance.Out || done.Zone != "sn" || done.Done[0] != "a" || done.Left[0].ID != "b" || done.Left[0].Why != problem.Conflict {
		t.Errorf("team punch: %+v, %v", done, err)
	}
	if a, err := c.Forgot(ctx, "ann"); err != nil || a != (local.Asked{Person: "ann Ä", At: 1 << 50, Repeated: true}) {
		t.Errorf("forgot: %+v, %v", a, err)
	}
	st, err := c.State(ctx)
	if diff := cmp.Diff(f.state, st); diff != "" || err != nil {
		t.Error(diff, err)
	}
	page, err := c.People(ctx, local.PeopleQuery{Search: "x", Offset: 7, Limit: 9})
	if err != nil || page.Total != 7 || page.People[0].ID != "x" {
		t.Error(page, err)
	}
	s, err := c.Identify(ctx, local.Attempt{Person: "ann", PIN: parsePIN(t, "0042")})
	if err != nil || s.ID != "ann0042" {
		t.Error(s, err)
	}
	if s, err = c.Identify(ctx, local.Attempt{Person: "ann"}); err != nil || s.ID != "ann" {
		t.Error(s, err)
	}
	r, err := c.Punch(ctx, local.PunchRequest{Session: "s", Action: attendance.Out, Project: "p", Note: "n"})
	if want := (local.Receipt{Person: "spn", Action: attendance.Out, Seq: 1 << 60}); err != nil || !cmp.Equal(r, want) {
		t.Error(r, err)
	}
	if err := c.End(ctx, "s"); err != nil || len(f.ended) != 1 {
		t.Error(f.ended, err)
	}
}

func TestAProblemCrossesWithItsNumbers(t *testing.T) {
	t.Parallel()
	secret := errors.New("operator's line")
	f := &fake{identify: func(local.Attempt) (local.Session, error) {
		return local.Session{}, fmt.Errorf("charge: %w", problem.New(problem.Limited, "Slow down.", "Wait.").
			With("tries_left", 3).With("wait_ms", int64(60000)).Because(secret))
	}}
	_, err := pair(t, f).Identify(t.Context(), local.Attempt{Person: "ann"})
	want := problem.New(problem.Limited, "Slow down.", "Wait.").With("tries_left", 3).With("wait_ms", int64(60000))
	if diff := cmp.Diff(want, problem.From(err)); diff != "" {
		t.Error(diff)
	}
}

func TestOneAttemptAtATime(t *testing.T) {
	t.Parallel()
	started, finish := make(chan struct{}), make(chan struct{})
	f := &fake{identify: func(a local.Attempt) (local.Session, error) {
		if a.Person == "slow" {
			close(started)
			<-finish
		}
		return local.Session{ID: a.Person}, nil
	}}
	c := pair(t, f)
	first := make(chan error, 1)
	go func() {
		_, err := c.Identify(context.Background(), local.Attempt{Person: "slow"})
		first <- err
	}()
	<-started
	if _, err := c.Identify(t.Context(), local.Attempt{Person: "ann"}); code(err) != problem.Limited {
		t.Errorf("err = %v", err)
	}
	close(finish)
	if err := <-first; err != nil {
		t.Error(err)
	}
	if _, err := c.Identify(t.Context(), local.Attempt{Person: "ann"}); err != nil {
		t.Error(err)
	}
}

// raw sends bytes as a request body and gives the answer's status.
func raw(t *testing.T, path, call, body string) int {
	t.Helper()
	h := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}}}
	res, err := h.Post("http://x"+call, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode
}

func TestRequestsAreReadStrictly(t *testing.T) {
	t.Parallel()
	f := &fake{
		identify: func(local.Attempt) (local.Session, error) { return local.Session{}, nil },
		people:   func(local.PeopleQuery) (local.PeoplePage, error) { return local.PeoplePage{}, nil },
	}
	path := socketPath(t)
	serve(t, path, f)
	for _, c := range []struct {
		call, body string
		want       int
	}{
		{"/v1/people", `{"search":"","offset":0,"limit":1}`, 200},
		{"/v1/people", `{"search":"","offset":0,"limit":1}{}`, 400},
		{"/v1/people", `{"search":"","offset":0,"limit":1,"hashes":true}`, 400},
		{"/v1/people", `{"offset":1.5}`, 400},
		{"/v1/people", ``, 400},
		{"/v1/people", `{"search":"` + strings.Repeat("x", 16<<10) + `"}`, 400},
		{"/v1/identify", `{"person":"a","pin":"123"}`, 400},
		{"/v1/identify", `{"person":"a","pin":1234}`, 400},
		{"/v1/identify", `{"person":"a","pin":"12a4"}`, 400},
		{"/v1/identify", `{"person":"a","pin":"1234"}`, 200},
		{"/v1/hashes", `{}`, 404},
		{"/v1/state", `{}`, 405},
	} {
		if got := raw(t, path, c.call, c.body); got != c.want {
			t.Errorf("%s %.60s: %d, want %d", c.call, c.body, got, c.want)
		}
	}
}

func TestTheStreamGivesEachStateAndComesBack(t *testing.T) {
	t.Parallel()
	path := socketPath(t)
	f := &fake{state: local.State{Queue: 1}}
	stop := serve(t, path, f)
	c := local.Dial(path)
	t.Cleanup(c.Close)
	ctx, cancel := context.WithCancel(t.Context())
	watch := c.Watch(ctx)
	await := func(what string, ok func(local.State) bool) {
		t.Helper()
		late := time.After(10 * time.Second)
		for {
			select {
			case s := <-watch:
				if ok(s) {
					return
				}
			case <-late:
				t.Fatalf("%s: did not come", what)
			}
		}
	}
	await("first", func(s local.State) bool { return s.Queue == 1 })
	f.become(local.State{Queue: 2})
	await("change", func(s local.State) bool { return s.Queue == 2 })
	stop()
	await("silence", func(s local.State) bool { return s.Fault == string(problem.Unavailable) })
	if _, err := c.State(t.Context()); code(err) != problem.Unavailable {
		t.Errorf("call to nobody: %v", err)
	}
	f2 := &fake{state: local.State{Queue: 3}}
	serve(t, path, f2)
	await("again", func(s local.State) bool { return s.Queue == 3 })
	cancel()
	for range watch { // closed after the cancellation
	}
}

func TestASlowReaderSeesTheNewest(t *testing.T) {
	t.Parallel()
	path := socketPath(t)
	f := &fake{state: local.State{Queue: 0}}
	serve(t, path, f)
	c := local.Dial(path)
	t.Cleanup(c.Close)
	ctx, cancel := context.WithCancel(t.Context())
	watch := c.Watch(ctx)
	<-watch
	for n := range 50 {
		f.become(local.State{Queue: n + 1})
	}
	seen := 0
	for s := range watch {
		seen++
		if s.Queue == 50 {
			break
		}
	}
	if seen > 50 {
		t.Errorf("%d states for 50 changes", seen)
	}
	cancel()
	for range watch {
	}
}

func TestEnrol(t *testing.T) {
	t.Parallel()
	f := &fake{}
	c := pair(t, f)
	f.enrol = func(_ context.Context, r local.EnrolRequest, step func(local.EnrolStep)) error {
		step(local.EnrolStep{Name: "keys", Done: true})
		step(local.EnrolStep{Name: "find_server"})
		if r.Code == "USED" {
			return problem.New(problem.Used, "This code was used.", "Ask for another.")
		}
		return nil
	}
	var steps []string
	collect := func(s local.EnrolStep) { steps = append(steps, fmt.Sprint(s.Name, s.Done)) }
	if err := c.Enrol(t.Context(), local.EnrolRequest{Server: "h", Code: "GOOD"}, collect); err != nil {
		t.Fatal(err)
	}
	err := c.Enrol(t.Context(), local.EnrolRequest{Server: "h", Code: "USED"}, collect)
	if code(err) != problem.Used || problem.From(err).Hint != "Ask for another." {
		t.Fatalf("err = %v", err)
	}
	if diff := cmp.Diff([]string{"keystrue", "find_serverfalse", "keystrue", "find_serverfalse"}, steps); diff != "" {
		t.Error(diff)
	}
}

func TestTheSocketIsPrivate(t *testing.T) {
	t.Parallel()
	path := socketPath(t)
	serve(t, path, &fake{})
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o660 {
		t.Errorf("mode = %o", info.Mode().Perm())
	}
	again := local.NewServer(&fake{}, &fake{}, nil, nil)
	if err := again.Listen(path, local.NoGroup); code(err) != problem.Conflict {
		t.Errorf("a second server: %v", err)
	}
}

func TestASocketLeftBehindIsReplaced(t *testing.T) {
	t.Parallel()
	path := socketPath(t)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false) // as a killed process leaves it
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	serve(t, path, &fake{state: local.State{Queue: 9}})
	if s, err := local.Dial(path).State(t.Context()); err != nil || s.Queue != 9 {
		t.Error(s, err)
	}
}

func TestServerStartsAndStops(t *testing.T) {
	t.Parallel()
	path := socketPath(t)
	lifecycletest.StartStop(t, func() lifecycle.Service {
		s := local.NewServer(&fake{}, &fake{}, nil, slog.New(slog.DiscardHandler))
		if err := s.Listen(path, local.NoGroup); err != nil {
			t.Fatal(err)
		}
		return s
	})
}

// The digits of a PIN are in no log, whatever is wrong with the request.
func TestThePINIsNotLogged(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	f := &fake{identify: func(a local.Attempt) (local.Session, error) {
		return local.Session{}, fmt.Errorf("compare %v %+v", a, a)
	}}
	s := local.NewServer(f, f, nil, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	for _, body := range []string{`{"person":"a","pin":"640193"}`, `{"person":"a","pin":640193}`, `{"person":"a","pin":"640193x"}`, `{"person":"a","pin":"640193"`, `"640193"`} {
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, httptest.NewRequest("POST", "/v1/identify", strings.NewReader(body)))
		if out := w.Body.String() + log.String(); strings.Contains(out, "640193") {
			t.Errorf("%s: the PIN shows in %s", body, out)
		}
	}
	if !strings.Contains(log.String(), "call failed") {
		t.Error("nothing was logged: the test can't fail")
	}
}

func FuzzRequests(f *testing.F) {
	for i, seed := range []string{`{"search":"a","offset":0,"limit":5}`, `{"person":"a","pin":"1234"}`, `{"session":"s","action":"in","note":"n"}`, `{"session":"s"}`, `{"server":"h","code":"c"}`, `[`, `{"pin":12}`, `null`, `{"person":"a"}`, `{"pin":"1234"}`, `{"session":"s","action":"in","people":["a"]}`} {
		f.Add(i, []byte(seed))
	}
	calls := []string{"/v1/people", "/v1/identify", "/v1/punch", "/v1/end", "/v1/enrol", "/v1/forgot", "/v1/team", "/v1/team/punch"}
	term := &fake{
		people:   func(local.PeopleQuery) (local.PeoplePage, error) { return local.PeoplePage{}, nil },
		identify: func(local.Attempt) (local.Session, error) { return local.Session{}, nil },
		punch:    func(local.PunchRequest) (local.Receipt, error) { return local.Receipt{}, nil },
		enrol:    func(context.Context, local.EnrolRequest, func(local.EnrolStep)) error { return nil },
		forgot:   func(string) (local.Asked, error) { return local.Asked{}, nil },
		team:     func(pin.PIN) (local.Team, error) { return local.Team{}, nil },
		crew:     func(local.TeamPunch) (local.TeamReceipt, error) { return local.TeamReceipt{}, nil },
	}
	h := local.NewServer(term, term, term, nil).Handler()
	f.Fuzz(func(t *testing.T, call int, body []byte) {
		path := calls[((call%len(calls))+len(calls))%len(calls)]
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("POST", path, strings.NewReader(string(body))))
		if w.Code != 200 && w.Code != 400 {
			t.Errorf("%s: status %d", path, w.Code)
		}
		if w.Code == 400 && w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: a refusal without a problem", path)
		}
		if bufio.NewScanner(w.Body).Scan(); w.Code == 200 && !strings.HasPrefix(w.Header().Get("Content-Type"), "application/") {
			t.Errorf("%s: an answer without a type", path)
		}
	})
}

package local_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// fake is a Terminal, Watcher and Enroller that says what the test tells it.
type fake struct {
	mu       sync.Mutex
	state    local.State
	states   []chan local.State
	people   func(local.PeopleQuery) (local.PeoplePage, error)
	identify func(local.Attempt) (local.Session, error)
	punch    func(local.PunchRequest) (local.Receipt, error)
	forgot   func(string) (local.Asked, error)
	team     func(pin.PIN) (local.Team, error)
	crew     func(local.TeamPunch) (local.TeamReceipt, error)
	desk     func(call string, asked any) error
	ended    []string
	enrol    func(ctx context.Context, r local.EnrolRequest, step func(local.EnrolStep)) error
}

func (f *fake) State(context.Context) (local.State, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state, nil
}

func (f *fake) People(_ context.Context, q local.PeopleQuery) (local.PeoplePage, error) {
	return f.people(q)
}

func (f *fake) Identify(_ context.Context, a local.Attempt) (local.Session, error) {
	return f.identify(a)
}

func (f *fake) Punch(_ context.Context, r local.PunchRequest) (local.Receipt, error) {
	return f.punch(r)
}

func (f *fake) Forgot(_ context.Context, person string) (local.Asked, error) {
	return f.forgot(person)
}

func (f *fake) OpenTeam(_ context.Context, p pin.PIN) (local.Team, error) { return f.team(p) }

func (f *fake) PunchTeam(_ context.Context, r local.TeamPunch) (local.TeamReceipt, error) {
	return f.crew(r)
}

func (f *fake) Hours(_ context.Context, session string) (local.Hours, error) {
	return local.Hours{Today: 1, Week: 2, Through: 3, Days: []local.Day{{Date: "2026-03-02", Worked: 4, Doubt: true}}, Last: []local.Past{{Action: "in", At: 5, Fixed: true}}},
		f.desk("hours", session)
}

func (f *fake) Missed(_ context.Context, m local.Missed) (local.Asked, error) {
	return local.Asked{Person: "Ann", At: 7, Repeated: true}, f.desk("missed", m)
}

func (f *fake) Unresolved(_ context.Context, session string) (local.Session, error) {
	return local.Session{ID: session, Answers: []local.Answer{{Message: "answer-1", Text: "Yes"}}}, f.desk("unresolved", session)
}

func (f *fake) Undo(_ context.Context, ticket string) (local.Undone, error) {
	return local.Undone{Person: "Ann", Action: "in", At: 8, State: "out"}, f.desk("undo", ticket)
}

func (f *fake) Read(_ context.Context, ticket, message string) error {
	return f.desk("read", [2]string{ticket, message})
}

func (f *fake) NotListed(_ context.Context, n local.Newcomer) (local.Receipt, error) {
	return local.Receipt{Person: n.Name, Messages: []local.Message{{ID: "m1", Text: "Hi"}}}, f.desk("unlisted", n)
}

func (f *fake) Caretakers(context.Context) ([]local.PersonCard, error) {
	return []local.PersonCard{{ID: "ada", Name: "Ada"}}, f.desk("caretakers", nil)
}

func (f *fake) Care(_ context.Context, a local.Attempt) (local.Condition, error) {
	return local.Condition{Session: "c1", Name: a.Person, Oldest: 5}, f.desk("care", a.Person+a.PIN.Reveal())
}

func (f *fake) Condition(_ context.Context, session string) (local.Condition, error) {
	return local.Condition{Session: session, Addresses: []string{"::1"}}, f.desk("condition", session)
}

func (f *fake) Facts(context.Context) (local.Condition, error) {
	return local.Condition{DiskFree: 1 << 40}, f.desk("facts", nil)
}

func (f *fake) RollCall(_ context.Context, session string) (local.RollCall, error) {
	return local.RollCall{At: 5, Out: 6, People: []local.PersonCard{{ID: "ann"}}}, f.desk("roll-call", session)
}

func (f *fake) SyncNow(_ context.Context, session string) error { return f.desk("sync", session) }
func (f *fake) Restart(_ context.Context, session string) error { return f.desk("restart", session) }

func (f *fake) Diagnose(_ context.Context, session string) error { return f.desk("diagnose", session) }

func (f *fake) Diagnostics(_ context.Context, send bool) ([]byte, error) {
	return []byte("archive"), f.desk("diagnostics", send)
}

func (f *fake) LearnReader(_ context.Context, session string) (local.Reader, error) {
	return local.Reader{ID: "1:2", Attached: true}, f.desk("reader", session)
}

func (f *fake) End(_ context.Context, session string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = append(f.ended, session)
	return nil
}

func (f *fake) Watch(ctx context.Context) <-chan local.State {
	f.mu.Lock()
	defer f.mu.Unlock()
	ch := make(chan local.State, 100)
	ch <- f.state
	f.states = append(f.states, ch)
	context.AfterFunc(ctx, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		for i, c := range f.states {
			if c == ch {
				f.states = append(f.states[:i], f.states[i+1:]...)
			}
		}
		close(ch)
	})
	return ch
}

func (f *fake) become(s local.State) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state = s
	for _, ch := range f.states {
		ch <- s
	}
}

func (f *fake) Enrol(ctx context.Context, r local.EnrolRequest, step func(local.EnrolStep)) error {
	return f.enrol(ctx, r, step)
}

// socketPath gives a path short enough for a unix socket.
func socketPath(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "tp")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return filepath.Join(dir, "s")
}

// serve runs a server over f and gives what stops it.
func serve(t *testing.T, path string, f *fake) (stop func()) {
	t.Helper()
	return run(t, local.NewServer(f, f, f, slog.New(slog.DiscardHandler)), path)
}

// run lets a server answer until the test ends, or stop is called.
func run(t *testing.T, s *local.Server, path string) (stop func()) {
	t.Helper()
	if err := s.Listen(path, local.NoGroup); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Errorf("server: %v", err)
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

func code(err error) problem.Code { return problem.CodeOf(err) }

package access_test

import (
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

const (
	email    = "ann@acme.example"
	password = "a good long sentence"
	home     = "192.0.2.1"
)

type world struct {
	*access.Access
	db *centraldb.DB

	mu  sync.Mutex
	now time.Time
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db, err := centraldb.Open(t.Context(), filepath.Join(t.TempDir(), "central.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{db: db, now: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
	w.Access, err = access.New(access.Config{Store: db, Audit: audit.New(db, w.clock), Now: w.clock, Weak: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.CreateLogin(t.Context(), "test", " Ann@Acme.example ", attendance.Owner, password); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) login(t *testing.T) string {
	t.Helper()
	secret, who, err := w.Login(t.Context(), "ANN@acme.example", password, access.Visit{Address: home})
	if err != nil || who.Email != email || who.Role != attendance.Owner {
		t.Fatalf("%+v, %v", who, err)
	}
	return secret
}

func TestWrongPasswordAndUnknownAccountLookTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, wrong := w.Verify(t.Context(), email, "not the password", home)
	_, unknown := w.Verify(t.Context(), "bo@acme.example", password, home)
	if !problem.Is(wrong, problem.Unauthenticated) || wrong.Error() != unknown.Error() {
		t.Fatalf("%v / %v", wrong, unknown)
	}
}

func TestPasswordsAreArgon2id(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	strong, err := access.New(access.Config{Store: w.db, Audit: audit.New(w.db, w.clock)})
	if err != nil {
		t.Fatal(err)
	}
	if err := strong.CreateLogin(t.Context(), "test", "bo@acme.example", attendance.Admin, password); err != nil {
		t.Fatal(err)
	}
	l, err := w.db.Login(t.Context(), "bo@acme.example")
	if err != nil || !strings.HasPrefix(l.Password, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("%s, %v", l.Password, err)
	}
	if _, err := strong.Verify(t.Context(), "bo@acme.example", password, home); err != nil {
		t.Fatal(err)
	}
}

func TestBadAccountsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		email, password string
		role            attendance.Role
		code            problem.Code
	}{
		{"nobody", password, attendance.Owner, problem.Invalid},
		{"a b@c", password, attendance.Owner, problem.Invalid},
		{"bo@acme.example", "short", attendance.Owner, problem.Invalid},
		{"bo@acme.example", strings.Repeat("x", 1025), attendance.Owner, problem.Invalid},
		{"bo@acme.example", password, "king", problem.Invalid},
		{email, password, attendance.Owner, problem.Conflict},
	} {
		if err := w.CreateLogin(t.Context(), "test", c.email, c.role, c.password); !problem.Is(err, c.code) {
			t.Errorf("%s %s: %v", c.email, c.role, err)
		}
	}
}

func TestSessionsEndByIdlenessByAgeAndByLogout(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alive := func(s string) bool {
		_, err := w.Session(t.Context(), s)
		if err != nil && !problem.Is(err, problem.Unauthenticated) {
			t.Fatal(err)
		}
		return err == nil
	}
	s := w.login(t)
	for range 16 { // used every 29 minutes, 7 h 44 min in all
		w.pass(29 * time.Minute)
		if !alive(s) {
			t.Fatal("a used session ended")
		}
	}
	w.pass(17 * time.Minute)
	if alive(s) {
		t.Fatal("a session outlived 8 hours")
	}
	s = w.login(t)
	w.pass(31 * time.Minute)
	if alive(s) {
		t.Fatal("an idle session lived on")
	}
	s = w.login(t)
	if err := w.Logout(t.Context(), s); err != nil || alive(s) {
		t.Fatalf("logged out, but alive: %v", err)
	}
	if alive("") || alive("guess") {
		t.Fatal("anything is a session")
	}
}

func TestLoginRotatesTheSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.login(t)
	second, _, err := w.Login(t.Context(), email, password, access.Visit{Address: home, Previous: first})
	if err != nil || second == first || len(second) < 43 {
		t.Fatalf("%v", err)
	}
	if _, err := w.Session(t.Context(), first); !problem.Is(err, problem.Unauthenticated) {
		t.Fatal("the session from before the login is alive")
	}
	if _, err := w.Session(t.Context(), second); err != nil {
		t.Fatal(err)
	}
}

func TestGuessingAnAccountIsSlowedFromEverywhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 10 {
		address := []string{"192.0.2.7", "198.51.100.3", "2001:db8::1"}[i%3]
		if _, err := w.Verify(t.Context(), email, "guess number one", address); !problem.Is(err, problem.Unauthenticated) {
			t.Fatalf("guess %d: %v", i, err)
		}
	}
	_, err := w.Verify(t.Context(), email, password, home)
	if !problem.Is(err, problem.Limited) || problem.From(err).Detail["retry_after_s"] != 30 {
		t.Fatalf("after ten: %v", err)
	}
	w.pass(31 * time.Second)
	if _, err := w.Verify(t.Context(), email, password, home); err != nil {
		t.Fatalf("the owner stays locked out: %v", err)
	}
	if _, err := w.Verify(t.Context(), email, "guess", home); !problem.Is(err, problem.Unauthenticated) {
		t.Fatalf("a success did not begin anew: %v", err)
	}
}

func TestGuessingManyAccountsFromOneAddressIsSlowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	limited := 0
	for i := range 40 {
		account := string(rune('a'+i%26)) + strings.Repeat("x", i) + "@acme.example"
		address := "2001:db8:1:2::" + string(rune('1'+i%9)) // one /64
		if _, err := w.Verify(t.Context(), account, "guess number one", address); problem.Is(err, problem.Limited) {
			limited++
		}
	}
	if limited != 10 {
		t.Fatalf("%d of 40 were refused", limited)
	}
	if _, err := w.Verify(t.Context(), email, password, home); err != nil {
		t.Fatalf("another address suffers: %v", err)
	}
}

func TestParallelGuessesAreCharged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var tried sync.WaitGroup
	var mu sync.Mutex
	compared := 0
	for range 30 {
		tried.Go(func() {
			_, err := w.Verify(t.Context(), email, "guess number one", home)
			mu.Lock()
			defer mu.Unlock()
			if problem.Is(err, problem.Unauthenticated) {
				compared++
			}
		})
	}
	tried.Wait()
	if compared != 10 {
		t.Fatalf("%d passwords were compared", compared)
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	who := access.Identity{Email: email, Role: attendance.Owner, Scope: access.ScopeAll}
	text, err := w.CreateToken(t.Context(), who, access.NewToken{Name: "laptop"})
	if err != nil || !strings.HasPrefix(text, access.TokenPrefix) {
		t.Fatal(err)
	}
	if got, err := w.Token(t.Context(), text); err != nil || got.Email != who.Email || got.Role != who.Role || got.Scope != who.Scope {
		t.Fatalf("%+v, %v", got, err)
	}
	for _, bad := range []string{"", text + "x", strings.TrimPrefix(text, access.TokenPrefix), access.TokenPrefix, w.login(t)} {
		if _, err := w.Token(t.Context(), bad); !problem.Is(err, problem.Unauthenticated) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := w.Session(t.Context(), text); !problem.Is(err, problem.Unauthenticated) {
		t.Error("a token is a session")
	}
	list, err := w.Tokens(t.Context(), who)
	if err != nil || len(list) != 1 || list[0].Name != "laptop" || list[0].UsedAt.IsZero() || strings.Contains(text, list[0].ID) {
		t.Fatalf("%+v, %v", list, err)
	}
	other := access.Identity{Email: "bo@acme.example"}
	if err := w.RevokeToken(t.Context(), other, list[0].ID); !problem.Is(err, problem.NotFound) {
		t.Errorf("somebody else revoked it: %v", err)
	}
	if err := w.RevokeToken(t.Context(), who, list[0].ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Token(t.Context(), text); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("a revoked token opens: %v", err)
	}
}

func TestRoleTable(t *testing.T) {
	t.Parallel()
	all := []access.Permission{
		access.PeopleRead, access.PeopleWrite, access.OwnersWrite, access.PINsWrite, access.KiosksRead,
		access.KiosksWrite, access.PunchesAll, access.PunchesTeam, access.PunchesOwn, access.AuditRead, access.TokensOwn, access.AccountsEdit,
		access.KiosksWipe,
	}
	allowed := map[attendance.Role][]bool{
		//                   read  write own   pins  kread kwrit all   team  self  audit token accounts wipe
		attendance.Owner:   {true, true, true, true, true, true, true, true, true, true, true, true, true},
		attendance.Admin:   {true, true, false, true, true, true, true, true, true, true, true, false, false},
		attendance.Manager: {false, false, false, false, false, false, false, true, true, false, false, false, false},
		attendance.Regular: {false, false, false, false, false, false, false, false, true, false, false, false, false},
		"":                 make([]bool, 13),
		"root":             make([]bool, 13),
	}
	for role, want := range allowed {
		for i, p := range all {
			if got := access.Allowed(role, p); got != want[i] {
				t.Errorf("%q %s: %v", role, p, got)
			}
		}
		if access.Allowed(role, "") || access.Allowed(role, "everything") {
			t.Errorf("%q may do what is not in the table", role)
		}
	}
}

package admin_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/admin"
	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/bulletin"
	"github.com/timepost/timepost/central/commands"
	"github.com/timepost/timepost/central/correct"
	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/central/settings"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

const (
	email    = "owner@harbour-bakery.example"
	password = "correct horse battery staple"
	zoneName = "Europe/Berlin"
)

// noon is a Tuesday at 13:20 in Berlin.
var noon = time.Date(2026, 3, 3, 12, 20, 0, 0, time.UTC)

// world is the pages over a real database, on a real TLS listener.
type world struct {
	t      testing.TB
	db     *centraldb.DB
	server *httptest.Server
	door   *access.Access
	team   *team.Team
	watch  *audit.Watch
	mu     sync.Mutex
	clock  time.Time
	last   int64 // punch id
	pushed []wire.Message

	errands *commands.Commands // of kiosks

	archives string       // where diagnostics are kept
	asked    *fleet.Fleet // machines ask there to be let in
}

func newWorld(t testing.TB) *world {
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
	org := centraldb.Organisation{ID: "harbour-bakery", Name: "Harbour Bakery", Zone: zoneName, Gen: 1, PINLen: 4}
	if err := db.Create(t.Context(), org); err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, db: db, clock: noon}
	w.door, err = access.New(access.Config{Store: db, Audit: audit.New(db, w.now), Now: w.now, Weak: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.door.CreateLogin(t.Context(), "central init", email, attendance.Owner, password); err != nil {
		t.Fatal(err)
	}
	book, err := team.NewBook(org.ID, [32]byte{7})
	if err != nil {
		t.Fatal(err)
	}
	w.team = team.New(team.Config{Store: db, Book: book, Audit: audit.New(db, w.now), Rosters: noRosters{}, Now: w.now})
	config := admin.Config{
		Door: w.door, Lists: db, Fleet: db, People: w.team, PINs: w.team, Roll: db, Teams: w.team, TeamLists: db, Organisation: org, Now: w.now,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	w.watch = audit.NewWatch(audit.New(db, w.now), db, slog.New(slog.DiscardHandler))
	config.Decisions = settings.New(settings.Config{Store: db, Audit: audit.New(db, w.now), Now: w.now})
	config.Forgets, config.LastPunches = w.team, db
	config.Audits, config.AuditLists, config.Settings = w.watch, db, db
	config.EntryLists, config.TimeLists, config.Corrections = db, db, correct.New(correct.Config{Store: db, Audit: audit.New(db, w.now), Now: w.now})
	config.Reviews, config.ReviewLists = w.reviewsOf(), db
	config.Requests, config.RequestLists = w.reviewsOf(), db
	config.Bulletins, config.BulletinLists = bulletin.New(bulletin.Config{Store: db, Audit: audit.New(db, w.now), Now: w.now}), db
	w.desk(&config, book)
	w.mailroom(&config)
	pages, err := admin.New(config)
	if err != nil {
		t.Fatal(err)
	}
	w.server = httptest.NewTLSServer(pages)
	t.Cleanup(w.server.Close)
	return w
}

// noRosters is an organisation whose kiosks are all away.
type noRosters struct{}

func (noRosters) Refresh(context.Context, ...string) error { return nil }
func (noRosters) RefreshAll(context.Context) error         { return nil }

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(d)
}

func (w *world) update(f func(tx *centraldb.Tx) error) {
	w.t.Helper()
	if err := w.db.Update(w.t.Context(), f); err != nil {
		w.t.Fatal(err)
	}
}

// people adds people; each is "name" or "name/team".
func (w *world) people(names ...string) []attendance.Person {
	w.t.Helper()
	people := make([]attendance.Person, len(names))
	for i, n := range names {
		name, team, _ := strings.Cut(n, "/")
		people[i] = attendance.Person{ID: fmt.Sprintf("p-%d", i+1), StaffNo: fmt.Sprint(1001 + i), Name: name, Team: team, Role: attendance.Regular, Active: true}
	}
	w.update(func(tx *centraldb.Tx) error { return tx.AddPeople(context.Background(), people, 1) })
	return people
}

func (w *world) kiosk(id, name string) {
	w.t.Helper()
	k := attendance.Kiosk{ID: id, Name: name, Zone: zoneName, RequiresPIN: true}
	w.update(func(tx *centraldb.Tx) error { return tx.AddKiosk(context.Background(), k, 1) })
}

// punch adds a punch the given time before now.
func (w *world) punch(person, kiosk string, a attendance.Action, before time.Duration) {
	w.t.Helper()
	w.punches(attendance.Punch{Person: person, Kiosk: kiosk, Action: a, At: w.now().Add(-before), Auth: attendance.AuthPersonal})
}

func (w *world) punches(punches ...attendance.Punch) {
	w.t.Helper()
	step := centraldb.Step{From: w.last}
	people := map[string]bool{}
	for _, u := range punches {
		people[u.Person] = true
	}
	var ids []string
	for id := range people {
		ids = append(ids, id)
	}
	present, err := w.db.Presence(w.t.Context(), ids)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, u := range punches {
		w.last++
		step.Punches = append(step.Punches, centraldb.Projected{ID: w.last, Journal: record.JournalID{1}, Seq: uint64(w.last), Punch: u, Zone: zoneName})
		present[u.Person] = centraldb.Present{Presence: present[u.Person].After(u), At: u.At.UnixNano()}
	}
	for _, p := range present {
		step.Present = append(step.Present, p)
	}
	step.To = w.last
	if done, err := w.db.Project(w.t.Context(), step); err != nil || !done {
		w.t.Fatalf("project: %v %v", done, err)
	}
}

// browser is a client with cookies that does not follow redirects.
func (w *world) browser() *http.Client {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	c := w.server.Client()
	return &http.Client{Transport: c.Transport, Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// loggedIn is a browser with a session.
func (w *world) loggedIn() *http.Client {
	w.t.Helper()
	c := w.browser()
	res, _ := w.post(c, "/login", url.Values{"email": {email}, "password": {password}})
	if res.StatusCode != http.StatusSeeOther {
		w.t.Fatalf("login: %s", res.Status)
	}
	return c
}

func (w *world) get(c *http.Client, path string) (*http.Response, string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.server.URL+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.do(c, req)
}

func (w *world) post(c *http.Client, path string, form url.Values) (*http.Response, string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.do(c, req)
}

func (w *world) do(c *http.Client, req *http.Request) (*http.Response, string) {
	w.t.Helper()
	res, err := c.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		w.t.Fatal(err)
	}
	return res, string(body)
}

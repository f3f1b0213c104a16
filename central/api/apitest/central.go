package apitest

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/api"
	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/badges"
	"github.com/timepost/timepost/central/bulletin"
	"github.com/timepost/timepost/central/commands"
	"github.com/timepost/timepost/central/correct"
	"github.com/timepost/timepost/central/diagnostics"
	"github.com/timepost/timepost/central/export"
	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/central/health"
	"github.com/timepost/timepost/central/hook"
	"github.com/timepost/timepost/central/notify"
	"github.com/timepost/timepost/central/post"
	"github.com/timepost/timepost/central/settings"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/central/work"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

// The owner's account, and the organisation's zone.
const (
	Email    = "owner@acme.example"
	Password = "correct horse battery staple"
	Zone     = "Europe/Berlin"
)

// Central is one running API.
type Central struct {
	URL    string // https://127.0.0.1:port
	CAFile string
	Token  string // the owner's
	DB     *centraldb.DB
	Door   *access.Access
	Hasher *team.Hasher // runs only where a test runs it

	t       testing.TB
	handler http.Handler
	mu      sync.Mutex
	last    int64
	ticks   map[chan struct{}]struct{}
	keys    *fleet.Keys
	orders  *commands.Commands
	fleet   *fleet.Fleet
	dir     string
	stop    func()
}

// Start gives a Central with an owner and nothing else. It ends with the test.
func Start(t testing.TB) *Central {
	t.Helper()
	dir := t.TempDir()
	c := &Central{t: t, ticks: map[chan struct{}]struct{}{}}
	c.open(dir)
	keys, err := fleet.CreateKeys(filepath.Join(dir, "keys"), "acme", time.Now())
	c.must(err)
	c.CAFile = filepath.Join(dir, "keys", fleet.CAFile)
	c.build(keys)
	c.must(c.Door.CreateLogin(t.Context(), "central init", Email, attendance.Owner, Password))
	c.Token, err = c.Door.CreateToken(t.Context(), access.Identity{Email: Email, Role: attendance.Owner}, access.NewToken{Name: "test"})
	c.must(err)
	c.keys, c.dir = keys, dir
	c.listen("127.0.0.1:0")
	t.Cleanup(func() { c.stop() })
	return c
}

// DiagnosticsDir is where the archives of kiosks are kept.
func (c *Central) DiagnosticsDir() string {
	return filepath.Join(filepath.Dir(filepath.Dir(c.CAFile)), "diagnostics")
}

func (c *Central) open(dir string) {
	db, err := centraldb.Open(c.t.Context(), filepath.Join(dir, "central.db"))
	c.must(err)
	c.t.Cleanup(func() { c.must(db.Close()) })
	c.must(db.Create(c.t.Context(), centraldb.Organisation{ID: "acme", Name: "Acme", Zone: Zone, Gen: 1, PINLen: 4}))
	c.DB = db
}

func (c *Central) build(keys *fleet.Keys) {
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	trail := audit.New(c.DB, time.Now)
	var err error
	c.Door, err = access.New(access.Config{Store: c.DB, Audit: trail, Weak: true})
	c.must(err)
	book, err := team.NewBook("acme", keys.Data)
	c.must(err)
	hasher, err := pin.NewHasher(4)
	c.must(err)
	c.Hasher = team.NewHasher(team.HasherConfig{Store: c.DB, Book: book, Rosters: noRosters{}, Hasher: hasher, Workers: 2, Log: log})
	people := team.New(team.Config{Store: c.DB, Book: book, Audit: trail, Rosters: noRosters{}, Wake: c.Hasher.Poke, Log: log})
	kiosks, err := fleet.New(fleet.Config{
		Keys: keys, Store: c.DB, Audit: trail, Universals: people, Log: log,
		Brokers: func() []string { return []string{"tls://127.0.0.1:8883"} }, Device: func() string { return "127.0.0.1:8443" },
	})
	c.must(err)
	c.fleet = kiosks
	safe, err := notify.NewSafe("acme", keys.Data)
	c.must(err)
	mails := notify.New(notify.Config{
		Org: "acme", Store: c.DB, Sender: new(post.Sender), Safe: safe, Audit: trail, Log: log,
	})
	hooks := health.NewHooks(health.HooksConfig{Store: c.DB, Poster: noPost{}, Safe: safe, Audit: trail, Now: time.Now, Log: log})
	fixes := correct.New(correct.Config{Store: c.DB, Audit: trail})
	c.handler = api.New(api.Config{
		Corrections: fixes, PunchLists: c.DB, Reviews: fixes, ReviewLists: c.DB, PunchRequests: fixes, RequestLists: c.DB, Bulletins: bulletin.New(bulletin.Config{Store: c.DB, Audit: trail}), BulletinLists: c.DB, Settings: c.DB, Forgets: people, Decisions: settings.New(settings.Config{Store: c.DB, Audit: trail}), Audits: audit.NewWatch(trail, c.DB, log), AuditLists: c.DB, Mails: mails, Webhooks: hooks, MailLists: c.DB, Door: c.Door, People: people, PINs: people, Kiosks: kiosks, Universals: people, PINLengths: people, PINLists: c.DB, Teams: people, TeamLists: c.DB, Lists: c.DB, Fleet: c.DB, Healths: c.DB, Flaws: kiosks, FlawLists: c.DB, Punches: c, Log: log,
		FleetTokens: kiosks, FleetTokenLists: c.DB, Doorkeeper: kiosks,
		Diagnostics: diagnostics.New(diagnostics.Config{Org: "acme", Dir: c.DiagnosticsDir(), Store: c.DB, Audit: trail, Now: time.Now}),
		Commands:    c.commands(trail, log), CommandLists: c.DB,
		Projects: work.New(work.Config{Store: c.DB, Audit: trail, Rosters: noRosters{}, Log: log}), ProjectLists: c.DB,
		Badges: badges.New(badges.Config{Store: c.DB, Audit: trail, Rosters: noRosters{}, Log: log}), BadgeLists: c.DB,
		Exports: export.New(export.Config{Store: c.DB, People: c.DB, Book: book, Audit: trail}),
	})
}

// Restart cuts all connections and serves again at the same address.
func (c *Central) Restart() {
	c.t.Helper()
	c.stop()
	c.listen(strings.TrimPrefix(c.URL, "https://"))
}

func (c *Central) listen(address string) {
	c.t.Helper()
	l, err := net.Listen("tcp", address)
	c.must(err)
	c.URL = "https://" + l.Addr().String()
	server, done := &http.Server{
		Handler: c.handler, TLSConfig: c.keys.ServerTLS([]string{"127.0.0.1", "localhost"}, time.Now),
		ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}, make(chan error, 1)
	go func() { done <- server.ServeTLS(l, "", "") }()
	c.stop = func() {
		c.must(server.Close())
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			c.t.Error(err)
		}
	}
}

// Follow gives ticks after new punches, as the projector does.
func (c *Central) Follow() (ticks <-chan struct{}, stop func()) {
	ch := make(chan struct{}, 1)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ticks[ch] = struct{}{}
	return ch, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.ticks, ch)
	}
}

// Kiosk adds a kiosk with this id and name.
func (c *Central) Kiosk(id, name string) {
	c.t.Helper()
	k := attendance.Kiosk{ID: id, Name: name, Zone: Zone, RequiresPIN: true}
	c.must(c.DB.Update(c.t.Context(), func(tx *centraldb.Tx) error { return tx.AddKiosk(context.Background(), k, 1) }))
}

// People adds people with these names, with the ids p-1, p-2 and so on and the
// staff numbers 1001, 1002 and so on. Call it once.
func (c *Central) People(names ...string) {
	c.t.Helper()
	people := make([]attendance.Person, len(names))
	for i, n := range names {
		people[i] = attendance.Person{ID: "p-" + strconv.Itoa(i+1), StaffNo: strconv.Itoa(1001 + i), Name: n, Team: "Bakery", Role: attendance.Regular, Active: true}
	}
	c.must(c.DB.Update(c.t.Context(), func(tx *centraldb.Tx) error { return tx.AddPeople(context.Background(), people, 1) }))
}

// Last gives the id of the punch that Punch added last.
func (c *Central) Last() int64 { return c.last }

// Punch adds punches and tells those who follow.
func (c *Central) Punch(punches ...attendance.Punch) {
	c.t.Helper()
	step := centraldb.Step{From: c.last}
	present := map[string]centraldb.Present{}
	for _, u := range punches {
		c.last++
		step.Punches = append(step.Punches, centraldb.Projected{ID: c.last, Journal: record.JournalID{0xab}, Seq: uint64(c.last), Punch: u, Zone: Zone})
		before, known := present[u.Person]
		if !known {
			stored, err := c.DB.Presence(c.t.Context(), []string{u.Person})
			c.must(err)
			before = stored[u.Person]
		}
		present[u.Person] = centraldb.Present{Presence: before.After(u), At: u.At.UnixNano()}
	}
	for _, p := range present {
		step.Present = append(step.Present, p)
	}
	step.To = c.last
	done, err := c.DB.Project(c.t.Context(), step)
	c.must(err)
	if !done {
		c.t.Fatal("the projection moved meanwhile")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for ch := range c.ticks {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

func (c *Central) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

type noRosters struct{}

func (noRosters) Refresh(context.Context, ...string) error { return nil }
func (noRosters) RefreshAll(context.Context) error         { return nil }

// Client gives an HTTP client that trusts the authority.
func (c *Central) Client() *http.Client {
	c.t.Helper()
	pool := x509.NewCertPool()
	pool.AddCert(c.keys.CA)
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true}
	c.t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

// Fingerprint changes with every commit to the database: it is the content of
// its file and of its log.
func (c *Central) Fingerprint() string {
	c.t.Helper()
	sum := sha256.New()
	for _, name := range []string{"central.db", "central.db-wal"} {
		b, err := os.ReadFile(filepath.Join(c.dir, name))
		c.must(err)
		sum.Write(b)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// noPost takes every message and posts none.
type noPost struct{}

// Send takes a message.
func (noPost) Send(context.Context, hook.Target, int64, time.Time, []byte) error { return nil }

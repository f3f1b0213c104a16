package admin_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/admin"
)

// written gives a hash over the files of the test's one database: a read leaves them
// as they are.
func (w *world) written() string {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(filepath.Dir(w.t.TempDir()), "*", "central.db*"))
	if err != nil || len(files) < 2 {
		w.t.Fatal(files, err)
	}
	sum := sha256.New()
	for _, f := range files {
		if strings.HasSuffix(f, "-shm") {
			continue // readers write there
		}
		text, err := os.ReadFile(f)
		if err != nil {
			w.t.Fatal(err)
		}
		sum.Write(text)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// real gives a path of the route with ids that exist.
func real(r admin.Route) string {
	return strings.NewReplacer("{$}", "", "/kiosks/{id}", "/kiosks/front-door", "/team/{id}", "/team/p-1", "{email}", url.PathEscape(email)).Replace(r.Path)
}

// Looking changes nothing: walk every page and compare the database's bytes.
func TestGetChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people("Ada Brandt")
	w.kiosk("front-door", "Front door")
	c := w.loggedIn()
	looked := 0
	before := w.written()
	for _, r := range admin.Routes() {
		if r.Method != http.MethodGet {
			continue
		}
		if res, _ := w.get(c, real(r)); res.StatusCode == http.StatusOK {
			looked++
		}
		if after := w.written(); after != before {
			t.Errorf("GET %s has written", r.Path)
			before = after
		}
	}
	if looked < 10 {
		t.Errorf("only %d pages were seen", looked)
	}
	w.post(c, "/account/recovery", nil)
	if w.written() == before {
		t.Error("a change is not noticed")
	}
}

// A session that somebody has planted in a browser means nothing after the login,
// by password or by code.
func TestPlantedSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made, err := w.door.Invite(t.Context(), email, access.NewAccount{Email: "ann@harbour-bakery.example", Role: attendance.Admin})
	if err != nil {
		t.Fatal(err)
	}
	evil := w.loggedIn() // somebody's own session, planted in the browsers of others
	u, err := url.Parse(w.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	for path, login := range map[string]url.Values{
		"/login":   {"email": {email}, "password": {password}},
		"/welcome": {"step": {"password"}, "code": {made.Code}, "password": {password}},
	} {
		for _, planted := range []string{evil.Jar.Cookies(u)[0].Value, "planted"} {
			c := w.browser()
			c.Jar.SetCookies(u, []*http.Cookie{{Name: "__Host-timepost", Value: planted, Path: "/", Secure: true}})
			if path == "/welcome" && planted == "planted" {
				continue // the code is used
			}
			if res, body := w.post(c, path, login); res.StatusCode != http.StatusSeeOther {
				t.Fatalf("%s: %s %s", path, res.Status, body)
			}
			if got := c.Jar.Cookies(u)[0].Value; got == planted {
				t.Errorf("%s: the planted session goes on", path)
			}
		}
	}
	if res, _ := w.get(evil, "/"); res.StatusCode == http.StatusOK {
		t.Error("the session that was planted is not ended by the login")
	}
}

// A page that asks by itself does not keep anybody logged in.
func TestPollingKeepsNobodyLoggedIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.loggedIn()
	for range 31 {
		w.advance(60_000_000_001) // a minute and a little
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.server.URL+"/live", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("HX-Request", "true")
		res, _ := w.do(c, req)
		if res.Header.Get("HX-Redirect") == "/login" {
			return
		}
	}
	t.Error("half an hour of polling, and still in")
}

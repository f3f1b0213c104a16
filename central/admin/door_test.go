package admin_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/admin"
	"github.com/timepost/timepost/store/centraldb"
)

// path gives a path of the route; front-door is a kiosk where a test has made it.
func path(r admin.Route) string {
	return strings.ReplaceAll(strings.TrimSuffix(r.Path, "{$}"), "/kiosks/{id}", "/kiosks/front-door")
}

// visit goes to a route, with nothing in the form and nobody's id.
func (w *world) visit(c *http.Client, r admin.Route) (*http.Response, string) {
	w.t.Helper()
	if r.Method == http.MethodGet {
		return w.get(c, path(r))
	}
	return w.post(c, path(r), nil)
}

// Without a session every page that needs one leads to the login; a live part
// makes the browser go there.
func TestDefaultDeny(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	forged := w.browser()
	u, err := url.Parse(w.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	forged.Jar.SetCookies(u, []*http.Cookie{{Name: "__Host-timepost", Value: "forged", Path: "/", Secure: true}})
	for _, r := range admin.Routes() {
		if r.Needs == "" {
			continue
		}
		for _, c := range []*http.Client{w.browser(), forged} {
			res, body := w.visit(c, r)
			if res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), "/login") || strings.Contains(body, "Harbour") {
				t.Errorf("%s %s: %s %q", r.Method, r.Path, res.Status, res.Header.Get("Location"))
			}
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.server.URL+"/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("HX-Request", "true")
	if res, body := w.do(w.browser(), req); res.Header.Get("HX-Redirect") != "/login" || body != "" {
		t.Errorf("live part: %s %q %q", res.Status, res.Header.Get("HX-Redirect"), body)
	}
}

// Every route is closed to the roles that the table does not let in, and open to the others.
func TestRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people("Ada Brandt")
	w.kiosk("front-door", "Front door")
	w.update(func(tx *centraldb.Tx) error { return tx.SetLogo(t.Context(), []byte("a picture"), 1) })
	for _, role := range []attendance.Role{attendance.Owner, attendance.Admin, attendance.Manager, attendance.Regular} {
		mail := string(role) + "@roles.example"
		if err := w.door.CreateLogin(t.Context(), "test", mail, role, password); err != nil {
			t.Fatal(err)
		}
		c := w.browser()
		res, _ := w.post(c, "/login", url.Values{"email": {mail}, "password": {password}})
		if res.StatusCode != http.StatusSeeOther {
			t.Fatalf("%s: %s", role, res.Status)
		}
		if home, _ := w.get(c, res.Header.Get("Location")); home.StatusCode != http.StatusOK {
			t.Errorf("%s comes to %s: %s", role, res.Header.Get("Location"), home.Status)
		}
		for _, r := range admin.Routes() {
			if r.Needs == "" {
				continue
			}
			res, body := w.visit(c, r)
			plain := r.Method == http.MethodGet && !strings.Contains(path(r), "{") && path(r) != "/account/once"
			if path(r) == "/" && res.StatusCode == http.StatusSeeOther && !strings.Contains(res.Header.Get("Location"), "login") {
				res.StatusCode = http.StatusForbidden // the first page leads those who may not see it to theirs
			}
			switch allowed := access.Allowed(role, access.Permission(r.Needs)); {
			case !allowed && (res.StatusCode != http.StatusForbidden || strings.Contains(body, "Ada")),
				allowed && res.StatusCode == http.StatusForbidden, allowed && plain && res.StatusCode != http.StatusOK && res.StatusCode != http.StatusBadRequest: // it wants a query
				t.Errorf("%s %s %s: %s", role, r.Method, r.Path, res.Status)
			}
		}
	}
}

func TestSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.browser()
	res, body := w.post(c, "/login", url.Values{"email": {email}, "password": {"wrong, but long"}, "next": {"/punches?view=list"}})
	if res.StatusCode != http.StatusUnauthorized || len(res.Cookies()) != 0 || !strings.Contains(body, `value="`+email+`"`) ||
		!strings.Contains(body, `value="/punches?view=list"`) || strings.Contains(body, "wrong, but") {
		t.Fatalf("wrong password: %s %v\n%s", res.Status, res.Cookies(), body)
	}
	res, _ = w.post(c, "/login", url.Values{"email": {email}, "password": {password}, "next": {"/punches?view=list"}})
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/punches?view=list" || len(res.Cookies()) != 1 {
		t.Fatalf("login: %s %q %v", res.Status, res.Header.Get("Location"), res.Cookies())
	}
	k := res.Cookies()[0]
	if k.Name != "__Host-timepost" || !k.Secure || !k.HttpOnly || k.SameSite != http.SameSiteLaxMode || k.Path != "/" || k.Domain != "" || k.MaxAge != 0 {
		t.Errorf("cookie: %+v", k)
	}
	if res, _ := w.get(c, "/"); res.StatusCode != http.StatusOK || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("first page: %s %q", res.Status, res.Header.Get("Cache-Control"))
	}
	res, _ = w.post(c, "/login", url.Values{"email": {email}, "password": {password}})
	if again := res.Cookies(); len(again) != 1 || again[0].Value == k.Value {
		t.Error("a second login keeps the old session")
	}
	old := w.browser()
	u, err := url.Parse(w.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	old.Jar.SetCookies(u, []*http.Cookie{k})
	if res, _ := w.get(old, "/"); res.StatusCode != http.StatusSeeOther {
		t.Error("the session from before the second login still opens pages")
	}
	if res, _ := w.get(c, "/logout"); res.StatusCode != http.StatusMethodNotAllowed && res.StatusCode != http.StatusNotFound {
		t.Errorf("log out by a link: %s", res.Status)
	}
	if res, _ := w.get(c, "/"); res.StatusCode != http.StatusOK {
		t.Error("a link has logged out")
	}
	w.advance(access.SessionIdle + time.Minute)
	if res, _ := w.get(c, "/"); res.StatusCode != http.StatusSeeOther {
		t.Error("an idle session still opens pages")
	}
	c = w.loggedIn()
	if res, _ := w.post(c, "/logout", nil); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/login" {
		t.Errorf("log out: %s", res.Status)
	}
	if res, _ := w.get(c, "/"); res.StatusCode != http.StatusSeeOther {
		t.Error("logged out, and still in")
	}
}

func TestLoginLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.browser()
	for range 11 {
		w.post(c, "/login", url.Values{"email": {email}, "password": {"wrong, but long"}})
	}
	res, body := w.post(c, "/login", url.Values{"email": {email}, "password": {password}})
	if res.StatusCode != http.StatusTooManyRequests || !regexp.MustCompile(`Next try in \d+ seconds`).MatchString(body) {
		t.Fatalf("after too many: %s\n%s", res.Status, body)
	}
	w.advance(20 * time.Minute)
	w.loggedIn()
}

// Another site can't log anybody in or out.
func TestOtherSites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.loggedIn()
	for _, r := range admin.Routes() {
		if r.Method == http.MethodGet {
			continue
		}
		for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
			req, err := http.NewRequestWithContext(t.Context(), r.Method, w.server.URL+path(r), strings.NewReader("email=x"))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set(name, value)
			if res, _ := w.do(c, req); res.StatusCode != http.StatusForbidden {
				t.Errorf("%s %s from %s: %s", r.Method, r.Path, value, res.Status)
			}
		}
	}
	if res, _ := w.get(c, "/"); res.StatusCode != http.StatusOK {
		t.Error("another site has logged out")
	}
}

// Every answer carries the headers, and no page has anything inline.
func TestHeadersAndInline(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bakery()
	c := w.loggedIn()
	inline := regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|javascript:|<script(?:>|[^>]*[^>]>[^<])|https?://(?:www\.w3)?`)
	for _, p := range []string{"/", "/live", "/punches", "/punches?view=list", "/kiosks", "/kiosks/new", "/kiosks/front-door", "/kiosks/front-door/people?search=a", "/kiosks/front-door/universal", "/login", "/nowhere", "/punches?from=x", "/punches.csv", "/static/x/app.css", "/static/"} {
		res, body := w.get(c, p)
		h := res.Header
		policy := h.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || h.Get("X-Content-Type-Options") != "nosniff" ||
			h.Get("X-Frame-Options") != "DENY" || h.Get("Referrer-Policy") != "same-origin" {
			t.Errorf("%s: headers %v", p, h)
		}
		if strings.HasPrefix(h.Get("Content-Type"), "text/html") {
			if found := inline.FindString(body); found != "" {
				t.Errorf("%s has %q", p, found)
			}
		}
	}
}

// Static files are found under their version only, and are kept.
func TestStatic(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, body := w.get(w.browser(), "/login")
	files := regexp.MustCompile(`/static/[^"]+`).FindAllString(body, -1)
	if len(files) < 4 {
		t.Fatalf("only %v", files)
	}
	for _, f := range files {
		res, _ := w.get(w.browser(), f)
		if res.StatusCode != http.StatusOK || !strings.Contains(res.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %s %q", f, res.Status, res.Header.Get("Cache-Control"))
		}
	}
	for _, f := range []string{"/static/", "/static/old/app.css", regexp.MustCompile(`[^/]+$`).ReplaceAllString(files[0], ""), files[0] + "/../../admin.go"} {
		if res, _ := w.get(w.browser(), f); res.StatusCode == http.StatusOK {
			t.Errorf("%s: %s", f, res.Status)
		}
	}
}

// After the login nobody is sent to another site.
func TestLocalPath(t *testing.T) {
	t.Parallel()
	for next, want := range map[string]string{
		"": "/", "/": "/", "/punches?view=list": "/punches?view=list", "https://evil.example": "/", "//evil.example": "/", `/\evil.example`: "/",
		"/\t/evil.example": "/", "punches": "/", "javascript:alert(1)": "/", "/a\r\nb": "/", "/%2f/x": "/%2f/x", `\\evil`: "/",
	} {
		if got := admin.LocalPath(next); got != want {
			t.Errorf("%q: %q", next, got)
		}
	}
}

package admin_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/admin"
	"github.com/timepost/timepost/store/centraldb"
)

// hostile is a name that is a script wherever a page forgets what it is.
const hostile = `"><script>window.pwned=1</script><img src=x onerror="window.pwned=2"><svg onload=window.pwned=3>{{7*7}}'`

// A name, a team, a staff number, a kiosk, a note: whatever people type is shown
// as what it is on every page, and no page has its content policy broken.
func TestStoredScriptsStayText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	person := attendance.Person{ID: "p-3", StaffNo: `<b onclick=1>`, Name: hostile, Team: "Bakery", Role: attendance.Regular, Active: true}
	other := attendance.Person{ID: "p-4", Name: "javascript:window.pwned=4", Team: hostile[:60], Role: attendance.Manager, Active: true}
	w.update(func(tx *centraldb.Tx) error { return tx.AddPeople(t.Context(), []attendance.Person{person, other}, 1) })
	w.kiosk("front-door", hostile)
	w.update(func(tx *centraldb.Tx) error {
		return tx.SetAssignments(t.Context(), "front-door", centraldb.Assignments{People: []string{"p-3"}, Teams: []string{other.Team}})
	})
	w.punches(attendance.Punch{Person: "p-3", Kiosk: "front-door", Action: attendance.In, At: w.now().Add(-3600e9), Auth: attendance.AuthUniversal, Note: hostile, Project: hostile[:40]})
	ctx := chrome(t, 1280, 900, false)
	w.logIn(ctx)
	for _, path := range append(everyPage(t), "/punches?view=list", "/?search="+url.QueryEscape(hostile), "/team?search="+url.QueryEscape(hostile)) {
		do(t, ctx, chromedp.Navigate(w.server.URL+path), chromedp.WaitReady("main"))
		if n := eval[int](t, ctx, `window.pwned || 0`); n != 0 {
			t.Errorf("%s: script %d ran", path, n)
		}
		if n := eval[int](t, ctx, `document.querySelectorAll("main img[src=x], main svg[onload], main script, main [onerror], main [onclick]").length`); n != 0 {
			t.Errorf("%s: %d elements that nobody wrote", path, n)
		}
		if bad := eval[[]string](t, ctx, `[...document.links].map(a => a.href).filter(h => h.startsWith("javascript:"))`); len(bad) > 0 {
			t.Errorf("%s: links that are scripts: %v", path, bad)
		}
	}
}

// A form larger than any of ours is refused by every route before it changes
// anything, and so is one that is nothing of a form.
func TestEveryFormIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bakery()
	c := w.loggedIn()
	before := w.audited()
	for _, r := range admin.Routes() {
		if r.Method == http.MethodGet || r.Path == "/logout" {
			continue
		}
		where := strings.NewReplacer("{id}", "p-3").Replace(path(r))
		for what, body := range map[string]string{
			"oversized": "name=" + strings.Repeat("x", 40<<20), "garbage": "%zz=%zz&;;;=\x00\xff",
		} {
			req, err := http.NewRequestWithContext(t.Context(), r.Method, w.server.URL+where, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			res, err := c.Do(req)
			if err != nil {
				continue // cut off while it was sending: refused as well
			}
			if err := res.Body.Close(); err != nil {
				t.Error(err)
			}
			if res.StatusCode < 400 || res.StatusCode >= 500 {
				t.Errorf("%s form to %s %s: %s", what, r.Method, where, res.Status)
			}
		}
	}
	if after := w.audited(); after != before {
		t.Errorf("something was done: %d audited before, %d after", before, after)
	}
}

var placeholder = regexp.MustCompile(`\{[^}]*\}`)

// Ids of nobody, of another kind, and such that mean something to a file system
// or a database are not found, on every route that takes one.
func TestIdsOfNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bakery()
	c := w.loggedIn()
	before := w.audited()
	for _, r := range admin.Routes() {
		if !strings.Contains(r.Path, "{") || strings.Contains(r.Path, "{$}") {
			continue
		}
		for _, id := range []string{"nobody", "p-3%27%20OR%201=1--", "..%2f..%2fp-3", "%00", "p-3%0d%0aSet-Cookie:a=b", strings.Repeat("9", 400), "-1"} {
			where := placeholder.ReplaceAllLiteralString(r.Path, id)
			var res *http.Response
			if r.Method == http.MethodGet {
				res, _ = w.get(c, where)
			} else {
				res, _ = w.post(c, where, url.Values{"name": {"x"}, "reason": {"a good reason"}, "pin": {"4711"}})
			}
			if res.StatusCode < 400 || res.StatusCode >= 500 || res.Header.Get("Set-Cookie") != "" {
				t.Errorf("%s %s: %s", r.Method, where, res.Status)
			}
		}
	}
	if after := w.audited(); after != before {
		t.Errorf("something was done: %d audited before, %d after", before, after)
	}
}

// audited counts the rows of the audit log.
func (w *world) audited() int {
	w.t.Helper()
	rows, err := w.db.Audit(w.t.Context(), 0, 10_000)
	if err != nil {
		w.t.Fatal(err)
	}
	return len(rows)
}

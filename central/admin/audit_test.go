package admin_test

import (
	"archive/zip"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
)

// auditRows writes rows to the audit log as use cases do.
func (w *world) auditRows(n int) {
	w.t.Helper()
	w.update(func(tx *centraldb.Tx) error {
		last, err := tx.LastAudit(w.t.Context())
		for i := range n {
			if err != nil {
				return err
			}
			err = tx.AddAudit(w.t.Context(), centraldb.AuditRow{
				ID: last.ID + int64(i) + 1, At: w.now().UnixNano(), Actor: fmt.Sprintf("a%d@harbour-bakery.example", i%3),
				Action: "person.unlock", Subject: fmt.Sprintf("p-%d", i%5+1), Detail: "null", Hash: []byte{1},
			})
		}
		return err
	})
}

// The log reads as sentences with today's names, and leads to whom it is about.
func TestAuditPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people("Ada Brandt/Bakery", "Ben Okafor/Shop")
	w.kiosk("front-door", "Front door")
	c := w.loggedIn()
	w.post(c, "/team/p-1/pin/generate", nil)
	w.post(c, "/team/p-2", url.Values{"name": {"Ben <b>Okafor</b>"}, "staff_no": {"1002"}, "team": {"Shop"}, "role": {"regular"}})
	w.advance(2 * time.Minute)
	w.post(c, "/kiosks/front-door/settings", url.Values{"name": {"Back door"}, "zone": {zoneName}, "mode": {"live"}, "schedule": {"@every 5m"}})
	w.watch.Once(t.Context())
	_, body := w.get(c, "/audit")
	text := plainText(body)
	for _, want := range []string{
		email + " made a new PIN for Ada Brandt", email + " changed Ben <b>Okafor</b>", "Name Ben Okafor → Ben <b>Okafor</b>",
		email + " changed the kiosk Back door", " logged in", "central init made the account " + email, "Tuesday 3 March 2026", "Nothing was altered or removed up to row",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if !strings.Contains(body, `href="/team/p-1"`) || strings.Contains(body, "<b>Okafor</b>") {
		t.Error("no way to Ada, or a name became mark-up")
	}
	for query, want := range map[string]int{
		"about=ada": 1, "about=p-1": 1, "action=pin.generate": 1, "actor=central+init": 1, "about=nobody+at+all": 0,
		"from=2026-03-03&to=2026-03-03&action=person.edit": 1, "to=2026-03-02": 0, "about=okafor&action=pin.generate": 0,
	} {
		if _, body := w.get(c, "/audit?"+query); strings.Count(body, `<li id="row-`) != want {
			t.Errorf("%s: %d rows, not %d", query, strings.Count(body, `<li id="row-`), want)
		}
	}
	if res, _ := w.get(c, "/audit?from=yesterday"); res.StatusCode != http.StatusBadRequest {
		t.Error("yesterday is a day:", res.Status)
	}
}

// Pages follow on each other without a row twice or missing, also where many rows
// are of one instant.
func TestAuditPaging(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.loggedIn()
	w.auditRows(130)
	seen, path := map[string]bool{}, "/audit"
	for path != "" {
		_, body := w.get(c, path)
		path = ""
		for _, part := range strings.Split(body, `<li id="row-`)[1:] {
			id, _, _ := strings.Cut(part, `"`)
			if seen[id] {
				t.Fatalf("row %s twice", id)
			}
			seen[id] = true
		}
		if _, after, ok := strings.Cut(body, `rel="next" href="`); ok {
			path, _, _ = strings.Cut(after, `"`)
			path = strings.ReplaceAll(path, "&amp;", "&")
		}
	}
	if len(seen) != 132 { // with the account's making and the login
		t.Fatalf("%d rows", len(seen))
	}
}

// What leaves the log is in the log first; the file has every row of the choice.
func TestAuditExport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people("=Ada")
	c := w.loggedIn()
	w.auditRows(1200) // more than are read at once
	res, body := w.post(c, "/audit/export", url.Values{"format": {"csv"}, "about": {"p-1"}})
	lines := strings.Split(strings.TrimSpace(body), "\n")
	if res.StatusCode != http.StatusOK || len(lines) != 241 || !strings.Contains(lines[1], "person.unlock,p-1,'=Ada") ||
		res.Header.Get("Content-Disposition") != `attachment; filename="audit-2026-03-03.csv"` {
		t.Fatalf("%s, %d lines\n%.300s", res.Status, len(lines), body)
	}
	res, body = w.post(c, "/audit/export", url.Values{"format": {"xlsx"}})
	if res.StatusCode != http.StatusOK {
		t.Fatal(res.Status)
	}
	// The heading, the rows, the account's making and the login, the export before.
	if got := strings.Count(unzipped(t, body, "xl/worksheets/sheet1.xml"), "<row "); got != 1+1200+2+1 {
		t.Errorf("%d rows", got)
	}
	_, body = w.get(c, "/audit?action=audit.export")
	if got := plainText(body); !strings.Contains(got, email+" exported the audit log Format xlsx") || !strings.Contains(got, "About p-1 Format csv") {
		t.Errorf("the export is not told of: %s", got)
	}
}

// Whoever may not read the log gets none of it, by no way.
func TestAuditIsForAdmins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.door.CreateLogin(t.Context(), "test", "m@roles.example", attendance.Manager, password); err != nil {
		t.Fatal(err)
	}
	c := w.browser()
	w.post(c, "/login", url.Values{"email": {"m@roles.example"}, "password": {password}})
	if res, body := w.get(c, "/audit"); res.StatusCode != http.StatusForbidden || strings.Contains(body, `href="/audit"`) {
		t.Error(res.Status)
	}
	if res, body := w.post(c, "/audit/export", nil); res.StatusCode != http.StatusForbidden || strings.Contains(body, "login") && strings.Contains(body, "row,at") {
		t.Error(res.Status)
	}
}

// plainText gives a page as it is read: without mark-up, with single spaces.
func plainText(page string) string {
	page = regexp.MustCompile(`(?s)<(script|style|svg|select).*?</(script|style|svg|select)>`).ReplaceAllString(page, " ")
	page = regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page, " ")
	return strings.Join(strings.Fields(html.UnescapeString(page)), " ")
}

func unzipped(t *testing.T, file, name string) string {
	t.Helper()
	z, err := zip.NewReader(strings.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

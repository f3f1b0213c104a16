package admin_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/timepost/timepost/attendance"
)

// Owners download what is kept of a person; nobody else can, or is led there.
func TestPersonData(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bakery()
	c := w.loggedIn()
	if _, body := w.get(c, "/team/p-3"); !strings.Contains(body, `action="/team/p-3/data"`) {
		t.Error("no button")
	}
	made := len(w.rows(t, "person.export"))
	res, body := w.post(c, "/team/p-3/data", nil)
	if res.StatusCode != http.StatusOK || !json.Valid([]byte(body)) || res.Header.Get("Cache-Control") != "no-store" ||
		res.Header.Get("Content-Disposition") != `attachment; filename="person-p-3-2026-03-03.json"` {
		t.Errorf("%s %v\n%s", res.Status, res.Header, body)
	}
	if len(w.rows(t, "person.export")) != made+1 {
		t.Error("not in the log")
	}
	if err := w.door.CreateLogin(t.Context(), "test", "a@roles.example", attendance.Admin, password); err != nil {
		t.Fatal(err)
	}
	admin := w.browser()
	w.post(admin, "/login", url.Values{"email": {"a@roles.example"}, "password": {password}})
	if res, _ := w.post(admin, "/team/p-3/data", nil); res.StatusCode != http.StatusForbidden {
		t.Error(res.Status)
	}
	if _, body := w.get(admin, "/team/p-3"); strings.Contains(body, "p-3/data") {
		t.Error("an admin is led to what they may not do")
	}
}

// rows gives the rows of the audit log of one action.
func (w *world) rows(t *testing.T, action string) (out []string) {
	t.Helper()
	all, err := w.db.Audit(t.Context(), 0, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if r.Action == action {
			out = append(out, r.Subject)
		}
	}
	return out
}

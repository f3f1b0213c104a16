package admin_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

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

// A person's page says which account is theirs.
func TestTheirAccount(t *testing.T) {
	t.Parallel()
	w := fullWorld(t)
	c := w.loggedIn()
	if _, body := w.get(c, "/team/p-3"); !strings.Contains(body, `<a href="/accounts/`+email+`">`+email+`</a> <span class="tag">Owner</span>`) {
		t.Error(plainText(body))
	}
	if _, body := w.get(c, "/team/p-1"); strings.Contains(body, "/accounts/"+email) || !strings.Contains(body, "/accounts/new") {
		t.Error(plainText(body))
	}
}

// Now says whose last punch was made without their own PIN, and of nobody else; a
// correction has the last word.
func TestNowTellsOfOtherPINs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people("Ada Brandt", "Ben Okafor", "Cleo Sand")
	w.kiosk("front-door", "Front door")
	for i, a := range []attendance.Auth{attendance.AuthUniversal, attendance.AuthNone, attendance.AuthPersonal} {
		w.punches(attendance.Punch{Person: "p-" + string(rune('1'+i)), Kiosk: "front-door", Action: attendance.In, At: w.now().Add(-time.Hour), Auth: a})
	}
	c := w.loggedIn()
	says := func(who, want string) {
		t.Helper()
		_, body := w.get(c, "/live?search="+who)
		line := body[strings.Index(body, `<li id="p-`):]
		line = plainText(line[:strings.Index(line, "</li>")])
		if !strings.Contains(line, want) || want == "" && strings.Contains(line, "PIN") {
			t.Errorf("%s: %q", who, line)
		}
	}
	says("ada", "Universal PIN")
	says("ben", "No PIN")
	says("cleo", "")
	if res, body := w.post(c, "/punches/1/correct", url.Values{"action": {"in"}, "day": {"2026-03-03"}, "time": {"12:00"}, "reason": {"was earlier"}, "seen": {"0"}}); res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.Status, plainText(body))
	}
	says("ada", "")
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

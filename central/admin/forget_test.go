package admin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
)

// Who has left is erased once the time is over for which data is kept, and not
// before; punches stay, without the name.
func TestErase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people("Ada Brandt/Bakery", "Ben Okafor/Shop")
	w.kiosk("front-door", "Front door")
	w.punch("p-1", "front-door", attendance.In, 48*time.Hour)
	w.punch("p-1", "front-door", attendance.Out, 40*time.Hour)
	c := w.loggedIn()
	erase := func(what string, want int, says string) {
		t.Helper()
		_, page := w.get(c, "/team/p-1/erase")
		res, body := w.post(c, "/team/p-1/erase", nil)
		if res.StatusCode != want || want != http.StatusSeeOther && (!strings.Contains(plainText(body), says) || strings.Contains(page, "Erase for good")) {
			t.Errorf("%s: %s\n%s", what, res.Status, plainText(body))
		}
	}
	erase("at work", http.StatusConflict, "Only people who were archived can be erased. Archive them first.")
	w.post(c, "/team/p-1/archive", nil)
	erase("kept for ever", http.StatusConflict, "keeps data for ever")
	w.post(c, "/settings/retention", url.Values{"retain_months": {"2"}})
	erase("kept", http.StatusConflict, "kept until 1 May 2026")
	w.advance(61 * 24 * time.Hour)
	c = w.loggedIn()
	w.advance(6 * time.Minute) // the screen was left open
	if res, _ := w.get(c, "/team/p-1/erase"); res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), "/confirm?") {
		t.Error(res.Status)
	}
	erase("not confirmed", http.StatusForbidden, "Please confirm that it is you.")
	w.post(c, "/confirm", url.Values{"password": {password}, "next": {"/"}})
	if _, body := w.get(c, "/team/p-1/erase"); !strings.Contains(body, "Erase Ada Brandt?") || !strings.Contains(body, "Erase for good") {
		t.Error(plainText(body))
	}
	erase("over", http.StatusSeeOther, "")
	p, err := w.db.Person(t.Context(), "p-1")
	if err != nil || p != (attendance.Person{ID: "p-1", Name: "Erased person", Role: attendance.Regular}) {
		t.Errorf("%+v %v", p, err)
	}
	for _, path := range []string{"/team?show=archived", "/team?search=brandt", "/punches?view=list&from=2026-03-01&to=2026-03-03", "/team/p-1"} {
		if _, body := w.get(c, path); strings.Contains(body, "Ada Brandt") {
			t.Errorf("%s still has the name", path)
		}
	}
	if _, body := w.get(c, "/punches?view=list&from=2026-03-01&to=2026-03-03"); strings.Count(body, "Erased person") < 2 {
		t.Error("the punches are gone")
	}
	if _, body := w.get(c, "/audit?action=person.erase"); !strings.Contains(plainText(body), email+" erased Erased person") {
		t.Error(plainText(body))
	}
}

// Nobody is erased who can still log in, and only owners erase.
func TestEraseIsForOwners(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people("Ada Brandt/Bakery")
	c := w.loggedIn()
	w.post(c, "/team/p-1/archive", nil)
	if err := w.door.CreateLogin(t.Context(), "test", "a@roles.example", attendance.Admin, password); err != nil {
		t.Fatal(err)
	}
	w.update(func(tx *centraldb.Tx) error {
		l, err := tx.Login(t.Context(), "a@roles.example")
		if err != nil {
			return err
		}
		l.Person = "p-1"
		return tx.SetLogin(t.Context(), l)
	})
	if res, body := w.post(c, "/team/p-1/erase", nil); res.StatusCode != http.StatusConflict || !strings.Contains(body, "a@roles.example") {
		t.Error(res.Status)
	}
	admin := w.browser()
	w.post(admin, "/login", url.Values{"email": {"a@roles.example"}, "password": {password}})
	if res, _ := w.post(admin, "/team/p-1/erase", nil); res.StatusCode != http.StatusForbidden {
		t.Error(res.Status)
	}
	if _, body := w.get(admin, "/team/p-1"); strings.Contains(body, "/erase") {
		t.Error("an admin is led to what they may not do")
	}
}

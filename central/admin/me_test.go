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

// Somebody with an account of their own comes to their own record and to nobody
// else's, whatever they write into the address.
func TestOwnRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	people := w.people("Ada Brandt/Bakery", "Ben Okafor/Bakery")
	w.kiosk("front-door", "Front door")
	w.punch("p-1", "front-door", attendance.In, 3*time.Hour)
	w.punch("p-1", "front-door", attendance.BreakStart, time.Hour)
	w.punch("p-2", "front-door", attendance.In, 2*time.Hour)
	w.punch("p-2", "front-door", attendance.Out, 8*24*time.Hour)
	const mail = "ada@harbour-bakery.example"
	if err := w.door.CreateLogin(t.Context(), "test", mail, attendance.Regular, password); err != nil {
		t.Fatal(err)
	}
	c := w.browser()
	login := func() string {
		res, _ := w.post(c, "/login", url.Values{"email": {mail}, "password": {password}})
		return res.Header.Get("Location")
	}
	login()
	if _, body := w.get(c, "/me"); !strings.Contains(body, "nobody’s who clocks in") || strings.Contains(body, "Brandt") {
		t.Errorf("an account of nobody: %s", body)
	}
	w.update(func(tx *centraldb.Tx) error {
		return tx.SetLogin(t.Context(), centraldb.Login{Email: mail, Role: attendance.Regular, Person: people[0].ID})
	})
	for _, path := range []string{"/me", "/me?person=p-2&id=p-2&week=2026-03-04", "/me?week=nonsense", "/me?week=0001-01-01"} {
		_, body := w.get(c, path)
		if !strings.Contains(body, "Ada Brandt · On break since") || strings.Contains(body, "Okafor") {
			t.Errorf("%s: %s", path, body)
		}
	}
	_, body := w.get(c, "/me")
	has(t, "this week", body, "2 March to 8 March 2026", "10:20–12:20", "2 h 00 min", `href="/me?week=2026-02-23"`)
	if strings.Contains(body, "Week after") || strings.Contains(body, ">Correct<") {
		t.Error("a week to come, or a way to correct")
	}
	_, body = w.get(c, "/me?week=2026-02-24")
	has(t, "the week before", body, "No punches in this week", `href="/me?week=2026-03-02"`)
	if to := login(); to != "/me" && to != "/" {
		t.Errorf("a regular comes to %q", to)
	}
	if res, _ := w.get(c, "/"); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/me" {
		t.Errorf("the first page: %s %q", res.Status, res.Header.Get("Location"))
	}
}

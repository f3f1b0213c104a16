package admin_test

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

func secretOn(t *testing.T, body string) string {
	t.Helper()
	m := regexp.MustCompile(`class="secret"[^>]*>([^<]+)<`).FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("no secret on the page\n%s", body)
	}
	return m[1]
}

// done posts a form, expects to be sent to a page, and loads it.
func (w *world) done(c *http.Client, path string, form url.Values) (to, body string) {
	w.t.Helper()
	res, text := w.post(c, path, form)
	if res.StatusCode != http.StatusSeeOther {
		w.t.Fatalf("%s: %s\n%s", path, res.Status, text)
	}
	to = res.Header.Get("Location")
	res, body = w.get(c, to)
	if res.StatusCode != http.StatusOK || res.Header.Get("Cache-Control") != "no-store" {
		w.t.Fatalf("%s: %s %q", to, res.Status, res.Header.Get("Cache-Control"))
	}
	return to, body
}

// silent fails where a secret is in the address or the audit log.
func (w *world) silent(to, secret string) {
	w.t.Helper()
	if strings.Contains(to, secret) {
		w.t.Errorf("the address %q has the secret", to)
	}
	rows, err := w.db.Audit(w.t.Context(), 0, 1000)
	if err != nil || len(rows) == 0 {
		w.t.Fatal(len(rows), err)
	}
	for _, r := range rows {
		if strings.Contains(r.Detail, secret) {
			w.t.Errorf("the audit log has the secret: %+v", r)
		}
	}
}

func (w *world) lastAudit() centraldb.AuditRow {
	w.t.Helper()
	rows, err := w.db.Audit(w.t.Context(), 0, 1000)
	if err != nil || len(rows) == 0 {
		w.t.Fatal(len(rows), err)
	}
	return rows[len(rows)-1]
}

// A kiosk is made, its Universal PIN is shown once and to nobody else.
func TestCreateKiosk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, other := w.loggedIn(), w.browser()
	if err := w.door.CreateLogin(t.Context(), "test", "other@roles.example", attendance.Admin, password); err != nil {
		t.Fatal(err)
	}
	w.post(other, "/login", url.Values{"email": {"other@roles.example"}, "password": {password}})
	if _, body := w.get(c, "/kiosks"); !strings.Contains(body, "There are no kiosks yet") || !strings.Contains(body, `href="/kiosks/new"`) {
		t.Error("the empty list does not say how to begin")
	}
	res, body := w.post(c, "/kiosks", url.Values{"name": {"Gate <i>7</i>"}, "zone": {"Mars/Base"}})
	if res.StatusCode != http.StatusBadRequest || !strings.Contains(body, `aria-describedby="zone-bad"`) || !strings.Contains(body, `id="zone-bad"`) ||
		!strings.Contains(body, `value="Gate &lt;i&gt;7&lt;/i&gt;"`) || !strings.Contains(body, `value="Mars/Base"`) || strings.Contains(body, `name="requires_pin" value="yes" checked`) {
		t.Errorf("a wrong zone: %s\n%s", res.Status, body)
	}
	if res, body = w.post(c, "/kiosks", url.Values{"name": {" "}, "zone": {zoneName}}); res.StatusCode != http.StatusBadRequest || !strings.Contains(body, `id="name-bad"`) {
		t.Errorf("no name: %s", res.Status)
	}
	res, _ = w.post(c, "/kiosks", url.Values{"name": {"Front door"}, "zone": {"Asia/Kolkata"}})
	to := res.Header.Get("Location")
	if res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, "/kiosks/front-door-") {
		t.Fatalf("create: %s %q", res.Status, to)
	}
	if res, body := w.get(other, to); res.StatusCode != http.StatusOK || strings.Contains(body, `class="secret"`) {
		t.Errorf("another account sees the PIN: %s", res.Status)
	}
	_, body = w.get(c, to)
	digits := secretOn(t, body)
	if !regexp.MustCompile(`^\d{4,8}$`).MatchString(digits) || !strings.Contains(body, "Shown this once") {
		t.Errorf("the PIN is %q", digits)
	}
	w.silent(to, digits)
	if _, body := w.get(c, to); strings.Contains(body, `class="secret"`) {
		t.Error("the PIN is shown twice")
	}
	id, _, _ := strings.Cut(strings.TrimPrefix(to, "/kiosks/"), "?")
	if k := w.stored(id); k.Name != "Front door" || k.Zone != "Asia/Kolkata" || k.RequiresPIN {
		t.Errorf("stored %+v", k)
	}
}

// What is never fetched is forgotten.
func TestNoteExpires(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.loggedIn()
	res, _ := w.post(c, "/kiosks", url.Values{"name": {"Gate"}, "zone": {zoneName}})
	w.advance(3 * time.Minute)
	if _, body := w.get(c, res.Header.Get("Location")); strings.Contains(body, `class="secret"`) {
		t.Error("shown three minutes later")
	}
}

// settings gives the settings that a kiosk's newest roster tells.
func (w *world) settings(kiosk string) (wire.SettingsRow, uint64) {
	w.t.Helper()
	rows, version, err := w.db.RosterSince(w.t.Context(), kiosk, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, r := range rows {
		if r.Kind == wire.KindSettings {
			var s wire.SettingsRow
			if err := json.Unmarshal(r.Body, &s); err != nil {
				w.t.Fatal(err)
			}
			return s, version
		}
	}
	return wire.SettingsRow{}, version
}

// Saved settings reach the kiosk's roster and are pushed to it.
func TestKioskSettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.enrolled("front-door", "Front door", time.Minute, 0)
	c := w.loggedIn()
	form := url.Values{"name": {"Back door"}, "zone": {"Asia/Kolkata"}, "mode": {"scheduled"}, "schedule": {"@every 10m"}}
	_, body := w.done(c, "/kiosks/front-door/settings", form)
	if !strings.Contains(body, "The settings were saved") || !strings.Contains(body, "<h1>Back door</h1>") {
		t.Errorf("after saving:\n%s", body)
	}
	got, version := w.settings("front-door")
	want := wire.SettingsRow{OrgName: "Harbour Bakery", KioskName: "Back door", Zone: "Asia/Kolkata", Schedule: "@every 10m", Mode: "scheduled"}
	if got != want || len(w.pushed) == 0 {
		t.Errorf("the roster says %+v, %d pushed", got, len(w.pushed))
	}
	form.Set("requires_pin", "yes")
	w.done(c, "/kiosks/front-door/settings", form)
	if got, next := w.settings("front-door"); !got.RequiresPIN || next <= version {
		t.Errorf("version %d after %d says %+v", next, version, got)
	}
	if r := w.lastAudit(); r.Action != "kiosk.edit" || r.Actor != email || r.Subject != "front-door" {
		t.Errorf("audit: %+v", r)
	}
	for field, value := range map[string]string{"name": "", "zone": "Mars/Base", "schedule": "now & then", "mode": "sometimes"} {
		bad := url.Values{"name": {"Side door"}, "zone": {"Europe/Oslo"}, "mode": {"live"}, "schedule": {"@hourly"}}
		bad.Set(field, value)
		res, body := w.post(c, "/kiosks/front-door/settings", bad)
		if res.StatusCode != http.StatusBadRequest || !strings.Contains(body, `id="`+field+`-bad"`) || strings.Count(body, `class="field-bad"`) != 1 {
			t.Errorf("%s: %s", field, res.Status)
		}
		if field != "mode" && !strings.Contains(body, `value="`+html.EscapeString(value)+`"`) || field != "name" && !strings.Contains(body, `value="Side door"`) {
			t.Errorf("%s: what was typed is lost", field)
		}
	}
	if k := w.stored("front-door"); k.Name != "Back door" {
		t.Errorf("a refused form has changed %+v", k)
	}
}

// A Universal PIN is generated or typed; a refusal has one text, does not repeat
// what was typed, and after five of them an hour is closed.
func TestKioskUniversal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.enrolled("front-door", "Front door", time.Minute, 0)
	c := w.loggedIn()
	to, body := w.done(c, "/kiosks/front-door/universal", url.Values{"how": {"generate"}})
	made := secretOn(t, body)
	w.silent(to, made)
	to, body = w.done(c, "/kiosks/front-door/universal", url.Values{"how": {"type"}, "pin": {"48213059"}})
	if secretOn(t, body) != "48213059" {
		t.Error("the typed PIN is not shown")
	}
	w.silent(to, "48213059")
	if _, body := w.get(c, to); strings.Contains(body, "48213059") || !strings.Contains(body, "It has 8 digits and was changed today at 13:20") {
		t.Error("the page says the PIN again, or not when it was changed")
	}
	for i := range 5 {
		res, body := w.refused(c, "/kiosks/front-door/universal", url.Values{"how": {"type"}, "pin": {"7777"}})
		if res.StatusCode != http.StatusConflict || !strings.Contains(html.UnescapeString(body), "This PIN can't be used here") || strings.Contains(body, "7777") {
			t.Errorf("refusal %d: %s", i, res.Status)
		}
	}
	res, body := w.refused(c, "/kiosks/front-door/universal", url.Values{"how": {"type"}, "pin": {"48213060"}})
	if res.StatusCode != http.StatusTooManyRequests || !strings.Contains(body, `id="pin-bad"`) || strings.Contains(body, "48213060") {
		t.Errorf("after five refusals: %s", res.Status)
	}
	if res, body := w.post(c, "/kiosks/front-door/universal", url.Values{"how": {"type"}, "pin": {"12"}}); res.StatusCode != http.StatusBadRequest || !strings.Contains(body, "4 to 8 digits") {
		t.Errorf("too short: %s", res.Status)
	}
	if res, _ := w.post(c, "/kiosks/front-door/universal", url.Values{"how": {"generate"}}); res.StatusCode != http.StatusSeeOther {
		t.Errorf("generating is closed too: %s", res.Status)
	}
}

// An enrolment code is shown once, with a QR code, and its page says afterwards
// only that there is one.
func TestKioskCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.kiosk("front-door", "Front door")
	c := w.loggedIn()
	to, body := w.done(c, "/kiosks/front-door/code", nil)
	code := secretOn(t, body)
	if !regexp.MustCompile(`^[0-9A-Z]{5}-[0-9A-Z]{5}$`).MatchString(code) || !strings.Contains(body, strings.TrimPrefix(w.server.URL, "https://")) ||
		!strings.Contains(body, "kioskd enrol") || !strings.Contains(body, "timepost://clock.harbour.example:8443/"+strings.ReplaceAll(code, "-", "")) {
		t.Errorf("the code %q, or what to do with it", code)
	}
	if !regexp.MustCompile(`<svg class="qr" viewBox="0 0 (\d+) (\d+)".*<path d="M4 4h7v1h-7z`).MatchString(body) {
		t.Error("no QR code")
	}
	w.silent(to, code)
	if _, body := w.get(c, to); strings.Contains(body, code) || !strings.Contains(body, "A code that nobody has used yet is good until Wed 4 Mar, 13:20") {
		t.Error("loaded again, the page is wrong")
	}
	w.advance(25 * time.Hour)
	c = w.loggedIn()
	if _, body := w.get(c, to); strings.Contains(body, "nobody has used yet") {
		t.Error("an expired code is still told of")
	}
}

// Nothing is revoked without the kiosk's name, and what waits there is told.
func TestRevokeKiosk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.enrolled("front-door", "Front door", 3*time.Hour, 12)
	c := w.loggedIn()
	if _, body := w.get(c, "/kiosks/front-door"); !strings.Contains(body, "12 records were</b>") && !strings.Contains(body, "12 records were still waiting there") || !strings.Contains(body, "3 h 00 min ago") {
		t.Error("the warning does not tell what waits, or since when")
	}
	for _, typed := range []string{"", "front", "Back door"} {
		res, body := w.post(c, "/kiosks/front-door/revoke", url.Values{"confirm": {typed}})
		if res.StatusCode != http.StatusBadRequest || !strings.Contains(body, `id="confirm-bad"`) || w.stored("front-door").Status != centraldb.KioskEnrolled {
			t.Errorf("typed %q: %s", typed, res.Status)
		}
	}
	_, body := w.done(c, "/kiosks/front-door/revoke", url.Values{"confirm": {"front door "}})
	if w.stored("front-door").Status != centraldb.KioskRevoked || !strings.Contains(body, "The kiosk was revoked") || strings.Contains(body, `action="/kiosks/front-door/revoke"`) {
		t.Error("not revoked, or the page still offers it")
	}
	if r := w.lastAudit(); r.Action != "kiosk.revoke" || r.Actor != email {
		t.Errorf("audit: %+v", r)
	}
}

// Everyone, teams and single people are put on a kiosk and taken off, without
// each other.
func TestKioskPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people("Ada Brandt/Bakery", "Ben Okafor/Shop", "Ben Ito/Shop", "Cleo Dubois")
	w.enrolled("front-door", "Front door", time.Minute, 0)
	c := w.loggedIn()
	const at = "/kiosks/front-door/people"
	who := func() string {
		a, err := w.db.Assignments(t.Context(), "front-door")
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(a.Everyone, a.Teams, a.People)
	}
	_, body := w.get(c, at+"?search=ben")
	if !strings.Contains(body, `aria-label="Add Ben Okafor"`) || !strings.Contains(body, `aria-label="Add Ben Ito"`) || strings.Contains(body, "Add Ada") {
		t.Error("the search is wrong")
	}
	to, body := w.done(c, at, url.Values{"add": {"p-2"}, "search": {"ben"}})
	if to != at+"?search=ben" || !strings.Contains(body, `aria-label="Remove Ben Okafor"`) || !strings.Contains(body, "is on it") || who() != "false [] [p-2]" {
		t.Errorf("added: %q %s", to, who())
	}
	_, body = w.done(c, at, url.Values{"groups": {"yes"}, "team": {"Bakery", "Shop"}})
	if who() != "false [Bakery Shop] [p-2]" || !strings.Contains(body, "3 people can clock in here") {
		t.Errorf("teams: %s", who())
	}
	w.done(c, at, url.Values{"remove": {"p-2"}})
	w.done(c, at, url.Values{"groups": {"yes"}, "everyone": {"yes"}})
	if _, body := w.get(c, "/kiosks/front-door"); who() != "true [] []" || !strings.Contains(body, "<b>4 people</b> can clock in here: everyone") {
		t.Errorf("everyone: %s", who())
	}
	if r := w.lastAudit(); r.Action != "kiosk.assign" || r.Actor != email {
		t.Errorf("audit: %+v", r)
	}
	for _, bad := range []url.Values{nil, {"add": {"nobody"}}, {"groups": {"yes"}, "team": {" "}}} {
		if res, _ := w.post(c, at, bad); res.StatusCode != http.StatusBadRequest || who() != "true [] []" {
			t.Errorf("%v: %s %s", bad, res.Status, who())
		}
	}

	// Somebody who was archived meanwhile does not stand in the way.
	w.done(c, at, url.Values{"add": {"p-1"}})
	w.update(func(tx *centraldb.Tx) error {
		p, err := tx.Person(t.Context(), "p-1")
		p.Active = false
		if err == nil {
			err = tx.SetPerson(t.Context(), p)
		}
		return err
	})
	w.done(c, at, url.Values{"add": {"p-4"}})
	if who() != "true [] [p-4]" {
		t.Errorf("after the archive: %s", who())
	}
}

// A PIN that another change required is shown to whoever made the change.
func TestKioskForcedPIN(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var names []string
	for i := range 60 {
		names = append(names, fmt.Sprintf("Person %d/Shop", i))
	}
	w.people(names...)
	w.enrolled("front-door", "Front door", time.Minute, 0)
	c := w.loggedIn()
	w.done(c, "/kiosks/front-door/universal", url.Values{"how": {"type"}, "pin": {"4821"}})
	to, body := w.done(c, "/kiosks/front-door/people", url.Values{"groups": {"yes"}, "everyone": {"yes"}})
	m := regexp.MustCompile(`class="secret small">(\d{6})</span> <b>Front door</b>`).FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("a kiosk of 60 people keeps its short Universal PIN, or nobody is told:\n%s", body)
	}
	w.silent(to, m[1])
}

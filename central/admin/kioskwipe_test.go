package admin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/sync/wire"
)

// Only an owner who proved it just now, and typed the kiosk's name, clears a machine.
func TestWipePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.enrolled("front-door", "Front door", time.Minute, 3)
	c := w.loggedIn()
	const path = "/kiosks/front-door/wipe"
	if _, body := w.get(c, "/kiosks/front-door/commands"); !strings.Contains(body, `href="`+path+`"`) {
		t.Error("the page does not lead to it")
	}
	_, body := w.get(c, path)
	holds(t, body, "Clear the machine of Front door?", "3 records were")
	res, body := w.post(c, path, url.Values{"confirm": {"front <dor>"}, "force": {"yes"}})
	if res.StatusCode != http.StatusBadRequest {
		t.Error(res.Status)
	}
	holds(t, body, "This is not the kiosk&#39;s name.", "front &lt;dor&gt;", "checked")
	_, body = w.done(c, path, url.Values{"confirm": {"Front door"}, "force": {"yes"}})
	holds(t, body, "The machine clears itself as soon as it is connected.", "<b>Clear the machine</b>", "forced", "waits for the kiosk")

	if err := w.door.CreateLogin(t.Context(), "test", "a@roles.example", attendance.Admin, password); err != nil {
		t.Fatal(err)
	}
	admin := w.browser()
	w.post(admin, "/login", url.Values{"email": {"a@roles.example"}, "password": {password}})
	if _, body := w.get(admin, "/kiosks/front-door/commands"); strings.Contains(body, path) {
		t.Error("an admin is led to what they may not")
	}
	if res, _ := w.post(admin, path, url.Values{"confirm": {"Front door"}}); res.StatusCode != http.StatusForbidden {
		t.Errorf("an admin: %s", res.Status)
	}
	w.advance(6 * time.Minute)
	if res, _ := w.post(c, path, url.Values{"confirm": {"Front door"}}); res.StatusCode != http.StatusForbidden {
		t.Errorf("without a proof: %s", res.Status)
	}
}

// A message is written on the page; what can't be shown is said beside it and kept.
func TestMessageFromAfar(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.enrolled("front-door", "Front door", time.Minute, 0)
	c := w.loggedIn()
	const path = "/kiosks/front-door/commands"
	_, body := w.done(c, path, url.Values{"verb": {wire.VerbMessage}, "text": {"Fire drill at <ten>."}, "minutes": {"240"}})
	holds(t, body, "“Show a message” is on its way", "<q>Fire drill at &lt;ten&gt;.</q>")
	if all, err := w.db.Commands(t.Context(), "front-door", 1); err != nil || all[0].Minutes != 240 {
		t.Errorf("%+v, %v", all, err)
	}
	_, body = w.done(c, path, url.Values{"verb": {wire.VerbMessage}, "text": {" "}, "minutes": {"60"}})
	holds(t, body, "“Show a message” is on its way")
	long := strings.Repeat("ä", 201)
	res, body := w.post(c, path, url.Values{"verb": {wire.VerbMessage}, "text": {long}, "minutes": {"60"}})
	if res.StatusCode != http.StatusBadRequest {
		t.Error(res.Status)
	}
	holds(t, body, "A message has 1 to 200 letters.", long, `aria-describedby="text-bad text-hint"`)
}

package admin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/timepost/timepost/central/access"
)

// A confirmation takes the password only, leads back to our own pages only, and
// makes the session fresh again.
func TestConfirm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.loggedIn()
	w.advance(access.FreshFor + 1)
	if _, body := w.get(c, "/confirm?next=/kiosks%3Fa=1"); !strings.Contains(body, `value="/kiosks?a=1"`) {
		t.Errorf("the way back is lost: %s", body)
	}
	if w.isFresh(c) {
		t.Fatal("fresh after more than five minutes")
	}
	res, body := w.post(c, "/confirm", url.Values{"password": {"wrong, but long"}, "next": {"/kiosks"}})
	if res.StatusCode != http.StatusUnauthorized || !strings.Contains(body, "The password is wrong.") || !strings.Contains(body, `value="/kiosks"`) ||
		strings.Contains(body, "wrong, but") || w.isFresh(c) {
		t.Fatalf("wrong password: %s %s", res.Status, body)
	}
	res, _ = w.post(c, "/confirm", url.Values{"password": {password}, "next": {"https://evil.example"}})
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/" || !w.isFresh(c) {
		t.Fatalf("confirmed: %s %q", res.Status, res.Header.Get("Location"))
	}
	w.advance(access.FreshFor + 1)
	for range 11 {
		res, body = w.post(c, "/confirm", url.Values{"password": {"wrong, but long"}})
	}
	if res.StatusCode != http.StatusTooManyRequests || !strings.Contains(body, "Next try in") {
		t.Errorf("after too many: %s %s", res.Status, body)
	}
}

// isFresh says whether the browser's session has just been confirmed.
func (w *world) isFresh(c *http.Client) bool {
	w.t.Helper()
	u, err := url.Parse(w.server.URL)
	if err != nil {
		w.t.Fatal(err)
	}
	who, err := w.door.Session(w.t.Context(), c.Jar.Cookies(u)[0].Value)
	if err != nil {
		w.t.Fatal(err)
	}
	return access.Fresh(who, w.now())
}

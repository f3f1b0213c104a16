package admin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/timepost/timepost/attendance"
)

// refused posts a PIN that was typed well and can't be used, and gives the page that
// says so: never the answer to the form itself, whose body browsers keep.
func (w *world) refused(c *http.Client, path string, form url.Values) (*http.Response, string) {
	w.t.Helper()
	res, body := w.post(c, path, form)
	to := res.Header.Get("Location")
	if res.StatusCode != http.StatusSeeOther || strings.Contains(body+to, form.Get("pin")) {
		w.t.Fatalf("a refused PIN is answered with %s, to %q", res.Status, to)
	}
	return w.get(c, to)
}

// Every way to type a PIN in the browser says the same to every refusal, tells nothing
// of the PIN, and says it once.
func TestARefusedPINIsNotRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.loggedIn()
	ada, boss := w.person("Ada Brandt", attendance.Regular), w.person("Bo Boss", attendance.Admin)
	w.kiosk("front-door", "Front Door")
	taken := w.pinOf(boss.ID)
	for _, page := range []string{"/team/" + ada.ID, "/kiosks/front-door"} {
		form := page + "/pin"
		if strings.HasPrefix(page, "/kiosks") {
			form = page + "/universal"
		}
		for _, typed := range []string{taken, "7777"} { // P4 or P5, and P6
			res, body := w.refused(c, form, url.Values{"how": {"type"}, "pin": {typed}})
			if res.StatusCode != http.StatusConflict || !strings.Contains(body, "This PIN can&#39;t be used here.") || strings.Contains(body, `"`+typed+`"`) {
				t.Errorf("%s: %s", form, res.Status)
			}
			if res, body := w.get(c, page); res.StatusCode != http.StatusOK || strings.Contains(body, "can&#39;t be used") {
				t.Errorf("%s: said twice", page)
			}
		}
	}
}

package admin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/timepost/timepost/attendance"
)

// An admin makes a team, puts somebody into it, gives it a manager and another
// name, empties it and archives it; what is wrong stands at its field.
func TestTeamsPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.person("Ada Brandt", attendance.Regular)
	w.person("Ben Okafor", attendance.Regular)
	c := w.loggedIn()
	to := func(path string, form url.Values, want string) {
		t.Helper()
		res, body := w.post(c, path, form)
		if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != want {
			t.Fatalf("%s %v: %s to %q\n%s", path, form, res.Status, res.Header.Get("Location"), body)
		}
	}
	wrong := func(path string, form url.Values, field string, kept ...string) {
		t.Helper()
		res, body := w.post(c, path, form)
		if res.StatusCode < 400 || res.StatusCode >= 500 || !strings.Contains(body, `aria-describedby="`+field) && field != "" {
			t.Errorf("%s %v: %s, nothing at %q", path, form, res.Status, field)
		}
		for _, k := range kept {
			if !strings.Contains(body, k) {
				t.Errorf("%s %v: %q is not there", path, form, k)
			}
		}
	}
	shows := func(path string, texts ...string) {
		t.Helper()
		_, body := w.get(c, path)
		for _, x := range texts {
			if !strings.Contains(body, x) {
				t.Errorf("%s does not say %q", path, x)
			}
		}
	}
	to("/teams", url.Values{"name": {" Night / Ovens "}}, "/teams")
	wrong("/teams", url.Values{"name": {"Bakery"}}, "name-x", `value="Bakery"`, "of this name already")
	wrong("/teams", url.Values{"name": {""}}, "name-x")
	const ovens = "/teams/Night%20%2F%20Ovens"
	to(ovens+"/add", url.Values{"person": {"ada"}}, ovens+"?done=added")
	wrong(ovens+"/add", url.Values{"person": {"nobody at all"}}, "person-x", `value="nobody at all"`)
	wrong(ovens+"/archive", nil, "", "There are people in this team")
	shows(ovens, "Ada Brandt", "1 person")
	to(ovens, url.Values{"name": {"Ovens"}, "manager": {"Okafor"}}, "/teams/Ovens?done=saved")
	wrong("/teams/Ovens", url.Values{"name": {"Bakery"}, "manager": {"Ben Okafor"}}, "name-x", `value="Bakery"`)
	wrong("/teams/Ovens", url.Values{"name": {"Ovens"}, "manager": {"xyz"}}, "manager-h manager-x", `value="xyz"`)
	shows("/teams", "Ovens", "Ben Okafor")
	if p, err := w.db.Person(t.Context(), ada.ID); err != nil || p.Team != "Ovens" {
		t.Errorf("%+v %v", p, err)
	}
	to("/teams/Ovens/remove", url.Values{"person": {ada.ID}}, "/teams/Ovens?done=removed")
	to("/teams/Ovens/archive", nil, "/teams/Ovens?done=archived")
	shows("/teams/Ovens", "Bring back")
	to("/teams/Ovens/restore", nil, "/teams/Ovens?done=restored")
	if res, _ := w.get(c, "/teams/Nobody"); res.StatusCode != http.StatusNotFound {
		t.Errorf("a team of nobody: %s", res.Status)
	}
}

package admin_test

import (
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/store/centraldb"
)

// A kiosk may be called anything, and days may be typed: none of it ends the header
// of a file, names another file, or leads out of a folder.
func TestFileNamesCarryNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, _, err := w.team.Create(t.Context(), "test", team.NewPerson{Name: "Ada Brandt", Role: "regular"}); err != nil {
		t.Fatal(err)
	}
	for id, name := range map[string]string{"k-1": "a\"; filename*=utf-8''x.exe", "k-2": "../../etc/passwd", "k-3": "a\r\nSet-Cookie: s=1", "k-4": "Wareneingang Süd", "k-5": "…"} {
		w.kiosk(id, name)
		w.update(func(tx *centraldb.Tx) error {
			return tx.SetAssignments(t.Context(), id, centraldb.Assignments{Everyone: true})
		})
	}
	c := w.loggedIn()
	plain := regexp.MustCompile(`^[a-z0-9]+([.-][a-z0-9]+)*\.(csv|xlsx)$`)
	check := func(what string, res *http.Response) {
		t.Helper()
		kind, params, err := mime.ParseMediaType(res.Header.Get("Content-Disposition"))
		if res.StatusCode != http.StatusOK || err != nil || kind != "attachment" || len(params) != 1 || !plain.MatchString(params["filename"]) || len(res.Cookies()) > 0 {
			t.Errorf("%s: %s %q %v", what, res.Status, res.Header.Get("Content-Disposition"), err)
		}
	}
	for _, id := range []string{"k-1", "k-2", "k-3", "k-4", "k-5"} {
		res, _ := w.post(c, "/kiosks/"+id+"/export", url.Values{"format": {"csv"}, "reason": {"handing them out"}})
		check(id, res)
	}
	for _, query := range []string{"from=2026-03-01&to=2026-03-02", "view=list", "kiosk=k-3%0d%0aX:1", "person=%22;x"} {
		res, _ := w.get(c, "/punches.csv?"+query)
		check("/punches.csv?"+query, res)
	}
	res, _ := w.post(c, "/audit/export", url.Values{"format": {"xlsx"}, "about": {"\"\r\nX: 1"}})
	check("audit", res)
}

package admin_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
)

// Whoever waits for a PIN is counted beside Team on every page, for those who can
// give one, until they have it.
func TestNavigationTellsWhoWaitsForAPIN(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.person("Ada Brandt", attendance.Regular)
	c := w.loggedIn()
	const counted = `<a href="/team">Team <span class="count">1<span class="vh">`
	tells := func(when string, want bool) {
		t.Helper()
		if _, body := w.get(c, "/kiosks"); strings.Contains(body, counted) != want {
			t.Errorf("%s: the navigation counts: %v, want %v", when, !want, want)
		}
	}
	tells("before", false)
	w.update(func(tx *centraldb.Tx) error {
		return tx.AddPINRequest(t.Context(), centraldb.PINRequest{ID: 1, Person: ada.ID, Kiosk: "k-1", At: 1})
	})
	tells("asked", true)
	w.post(c, "/team/"+ada.ID+"/pin/generate", url.Values{})
	tells("given", false)
}

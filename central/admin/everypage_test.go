package admin_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/admin"
	"github.com/timepost/timepost/store/centraldb"
)

// fullWorld has something on every page.
func fullWorld(t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
	w.bakery()
	w.person("Olga Owner", attendance.Owner)
	w.update(func(tx *centraldb.Tx) error { // the account is somebody's who clocks in
		return tx.SetLogin(t.Context(), centraldb.Login{Email: email, Role: attendance.Owner, Person: "p-3"})
	})
	w.update(func(tx *centraldb.Tx) error {
		return tx.SetAssignments(t.Context(), "front-door", centraldb.Assignments{Everyone: true})
	})
	w.trouble()
	w.missed(9101, "p-3", 20*time.Hour)
	w.projects()
	w.saidOnScreens()
	w.strangers()
	w.cards()
	w.somethingTold("front-door")
	w.somethingKept("front-door", 3)
	w.waits()
	w.known(1, true, between(5, 9))
	return w
}

// everyPage gives a path for every route that a reader may open: the table's own,
// with ids that the world has. A new placeholder has to be told of here.
func everyPage(t testing.TB) []string {
	t.Helper()
	var out []string
	for _, r := range admin.Routes() {
		if r.Method != http.MethodGet || notPages(r.Path) {
			continue
		}
		path := strings.NewReplacer("{$}", "", "/team/{id}", "/team/p-3", "/kiosks/{id}", "/kiosks/front-door", "/teams/{name}", "/teams/Bakery", "/punches/{id}", "/punches/1", "/punches/requests/{id}", "/punches/requests/9101", "/projects/{id}", "/projects/"+wallProject, "/review/{kind}/{subject}", "/review/gap/"+lostSubject, "/settings/pins/change", "/settings/pins/change?digits=6", "/accounts/{email}", "/accounts/"+email).Replace(r.Path)
		if strings.Contains(path, "{") {
			t.Errorf("%s: say which id to open it with", r.Path)
			continue
		}
		out = append(out, path)
	}
	return append(out, "/review/newcomer/9003", "/review/void/9001", "/nowhere")
}

// notPages are answers to programs, parts of pages, files, and what is shown once.
func notPages(path string) bool {
	for _, end := range []string{".csv", ".xlsx", ".json", ".png", ".zip", ".webmanifest"} {
		if strings.HasSuffix(path, end) {
			return true
		}
	}
	return slices.Contains([]string{"/live", "/team/hashing", "/team-pins/{note}", "/slips/{once}", "/kiosks/{id}/diagnostics/{archive}"}, path)
}

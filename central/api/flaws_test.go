package api_test

import (
	"net/http"
	"strings"

	"github.com/timepost/timepost/store/centraldb"
)

// flawed looks into what does not hold at a kiosk that is set up.
func (x *caller) flawed(kiosk string) {
	x.t.Helper()
	const all, seen = "/kiosks/{id}/flaws", "/kiosks/{id}/flaws/seen"
	path := "/kiosks/" + kiosk + "/flaws"
	if got := string(x.do(call{"GET", all, path, "", nil, http.StatusOK})); got != "{\"flaws\":[]}\n" {
		x.t.Error(got)
	}
	x.do(call{"POST", seen, path + "/seen", "", nil, http.StatusConflict})
	x.c.Flaw(kiosk, centraldb.FlawFork, 9)
	one := string(x.do(call{"GET", "/kiosks/{id}", "/kiosks/" + kiosk, "", nil, http.StatusOK}))
	got := string(x.do(call{"GET", all, path, "", nil, http.StatusOK}))
	if !strings.Contains(one, `"kind":"fork"`) || !strings.Contains(got, `"from":9`) || strings.Contains(got, "seen_at") {
		x.t.Error(one, got)
	}
	got = string(x.do(call{"POST", seen, path + "/seen", "", nil, http.StatusOK}))
	one = string(x.do(call{"GET", "/kiosks/{id}", "/kiosks/" + kiosk, "", nil, http.StatusOK}))
	if strings.Contains(one, `"kind":"fork"`) || !strings.Contains(got, `"seen_by"`) {
		x.t.Error(one, got)
	}
	x.do(call{"GET", all, "/kiosks/none/flaws", "", nil, http.StatusNotFound})
	x.do(call{"POST", seen, "/kiosks/none/flaws/seen", "", nil, http.StatusNotFound})
}

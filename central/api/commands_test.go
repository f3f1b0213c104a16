package api_test

import (
	"net/http"
	"strings"
)

// commanded tells a kiosk what to do, and follows what comes of it.
func (x *caller) commanded(kiosk string) {
	x.t.Helper()
	const all, one, cancel = "/kiosks/{id}/commands", "/kiosks/{id}/commands/{number}", "/kiosks/{id}/commands/{number}/cancel"
	path := "/kiosks/" + kiosk + "/commands"
	if got := string(x.do(call{"GET", all, path, "", nil, http.StatusOK})); got != "{\"commands\":[]}\n" {
		x.t.Error(got)
	}
	x.do(call{"POST", all, path, `{"verb":"sync"}`, nil, http.StatusConflict}) // no machine is set up
	x.c.Enrol(kiosk)
	for range 2 {
		x.do(call{"POST", all, path, `{"verb":"sync"}`, nil, http.StatusCreated})
	}
	x.do(call{"POST", all, path, `{"verb":"wipe"}`, nil, http.StatusBadRequest})
	x.do(call{"POST", all, path, `{"verb":"message","text":"Fire drill at ten.","minutes":30}`, nil, http.StatusCreated})
	x.do(call{"POST", all, path, `{"verb":"message","minutes":30}`, nil, http.StatusBadRequest})
	x.do(call{"POST", all, "/kiosks/none/commands", `{"verb":"sync"}`, nil, http.StatusNotFound})
	x.do(call{"POST", cancel, path + "/2/cancel", "", nil, http.StatusOK})
	x.do(call{"POST", cancel, path + "/2/cancel", "", nil, http.StatusConflict})
	x.do(call{"POST", cancel, path + "/x/cancel", "", nil, http.StatusNotFound})
	x.c.Answer(kiosk, 1, true, "All is sent and fetched.")
	got := string(x.do(call{"GET", one, path + "/1", "", nil, http.StatusOK}))
	if !strings.Contains(got, `"state":"done","said":"All is sent and fetched."`) {
		x.t.Error(got)
	}
	x.do(call{"GET", one, path + "/9", "", nil, http.StatusNotFound})
	got = string(x.do(call{"GET", all, path, "", nil, http.StatusOK}))
	if strings.Index(got, `"number":2`) > strings.Index(got, `"number":1`) || !strings.Contains(got, `"state":"cancelled"`) {
		x.t.Error(got)
	}
	const wipe = "/kiosks/{id}/wipe"
	name := field(x.t, x.do(call{"GET", "/kiosks/{id}", "/kiosks/" + kiosk, "", nil, http.StatusOK}), "name")
	x.do(call{"POST", wipe, "/kiosks/" + kiosk + "/wipe", `{"confirm":"another"}`, nil, http.StatusBadRequest})
	x.do(call{"POST", wipe, "/kiosks/none/wipe", `{"confirm":"none"}`, nil, http.StatusNotFound})
	x.do(call{"POST", wipe, "/kiosks/" + kiosk + "/wipe", `{"confirm":"` + name + `","force":true}`, nil, http.StatusCreated})
	x.do(call{"POST", wipe, "/kiosks/" + kiosk + "/wipe", `{"confirm":"` + name + `"}`, nil, http.StatusConflict})
	x.do(call{"GET", all, "/kiosks/none/commands", "", nil, http.StatusNotFound})
}

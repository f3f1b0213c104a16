package api_test

import (
	"encoding/json"
	"net/http"

	"github.com/timepost/timepost/central/client"
)

// waitingCalls are the calls of the contract about machines that ask to be let in.
func (x *caller) waitingCalls() {
	x.t.Helper()
	t := x.t
	first, second, third := x.c.Waits(), x.c.Waits(), x.c.Waits()
	var list client.WaitingKiosks
	if err := json.Unmarshal(x.do(call{"GET", "/waiting-kiosks", "/waiting-kiosks", "", nil, http.StatusOK}), &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Waiting) != 3 || list.Waiting[0].Check != first || list.Waiting[0].Address != "192.0.2.7" {
		t.Errorf("%+v", list)
	}
	const accept, reject = "/waiting-kiosks/{check}/accept", "/waiting-kiosks/{check}/reject"
	x.do(call{"POST", accept, "/waiting-kiosks/" + first + "/accept", `{}`, nil, http.StatusBadRequest})
	x.do(call{"POST", accept, "/waiting-kiosks/" + first + "/accept", `{"name":"Dock","zone":"Mars/Crater"}`, nil, http.StatusBadRequest})
	x.do(call{"POST", accept, "/waiting-kiosks/" + first + "/accept", `{"kiosk":"none"}`, nil, http.StatusNotFound})
	x.do(call{"POST", accept, "/waiting-kiosks/7K3Q/accept", `{"name":"Dock"}`, nil, http.StatusBadRequest})
	var got client.AcceptedKiosk
	if err := json.Unmarshal(x.do(call{"POST", accept, "/waiting-kiosks/" + first + "/accept", `{"name":"Dock","requires_pin":false}`, nil, http.StatusOK}), &got); err != nil || got.Kiosk == "" {
		t.Fatalf("%+v, %v", got, err)
	}
	x.do(call{"POST", accept, "/waiting-kiosks/" + first + "/accept", `{"name":"Dock"}`, nil, http.StatusNotFound})
	x.do(call{"POST", accept, "/waiting-kiosks/" + second + "/accept", `{"kiosk":"` + got.Kiosk + `"}`, nil, http.StatusConflict})
	x.do(call{"POST", accept, "/waiting-kiosks/" + second + "/accept", `{"kiosk":"` + got.Kiosk + `","force":true}`, nil, http.StatusOK})
	x.do(call{"POST", reject, "/waiting-kiosks/" + third + "/reject", "", nil, http.StatusOK})
	x.do(call{"POST", reject, "/waiting-kiosks/" + third + "/reject", "", nil, http.StatusNotFound})
}

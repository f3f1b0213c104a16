package api_test

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/timepost/timepost/central/client"
)

// fleetTokenCalls are the calls of the contract about fleet tokens.
func (x *caller) fleetTokenCalls() {
	x.t.Helper()
	t := x.t
	var made client.FleetToken
	if err := json.Unmarshal(x.do(call{"POST", "/fleet-tokens", "/fleet-tokens", `{"uses":100,"names":"Gate {nnn}","zone":"Europe/Berlin","requires_pin":false}`, nil, http.StatusCreated}), &made); err != nil {
		t.Fatal(err)
	}
	if len(strings.ReplaceAll(made.Token, "-", "")) != 20 || !strings.HasPrefix(made.URL, "timepost://") || made.Uses != 100 || made.RequiresPIN {
		t.Errorf("made %+v", made)
	}
	x.do(call{"POST", "/fleet-tokens", "/fleet-tokens", `{"uses":0}`, nil, http.StatusBadRequest})
	x.do(call{"POST", "/fleet-tokens", "/fleet-tokens", `{"uses":2,"names":"Gate"}`, nil, http.StatusBadRequest})
	x.do(call{"POST", "/fleet-tokens", "/fleet-tokens", `{"uses":2,"days":400}`, nil, http.StatusBadRequest})
	x.do(call{"POST", "/fleet-tokens", "/fleet-tokens", `{"uses":2,"zone":"Mars/Crater"}`, nil, http.StatusBadRequest})
	var list client.FleetTokens
	read := x.do(call{"GET", "/fleet-tokens", "/fleet-tokens", "", nil, http.StatusOK})
	if err := json.Unmarshal(read, &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Tokens) != 1 || list.Tokens[0].ID != made.ID || strings.Contains(string(read), made.Token) || list.Tokens[0].URL != "" {
		t.Errorf("listed %s", read)
	}
	x.do(call{"POST", "/fleet-tokens/{id}/revoke", "/fleet-tokens/" + made.ID + "/revoke", "", nil, http.StatusOK})
	x.do(call{"POST", "/fleet-tokens/{id}/revoke", "/fleet-tokens/" + made.ID + "/revoke", "", nil, http.StatusNotFound})
}

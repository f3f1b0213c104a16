package api_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/timepost/timepost/central/client"
)

// Whatever rule a typed PIN breaks, whoever's it is and wherever it is typed, the answer
// is the same to the last byte: it must not tell whose PIN that is.
func TestEveryRefusalOverTheAPIReadsTheSame(t *testing.T) {
	t.Parallel()
	x := newCaller(t)
	add := func(role string) client.Person {
		var p client.Person
		x.made(call{"POST", "/people", "/people", `{"name":"Somebody","role":"` + role + `"}`, nil, 201}, &p)
		return p
	}
	admin, regular := add("admin"), add("regular")
	var kiosk, other client.Kiosk
	x.made(call{"POST", "/kiosks", "/kiosks", `{"name":"Front Door"}`, nil, 201}, &kiosk)
	x.made(call{"POST", "/kiosks", "/kiosks", `{"name":"Yard"}`, nil, 201}, &other)
	x.do(call{"PUT", "/kiosks/{id}/assignments", "/kiosks/" + kiosk.ID + "/assignments", `{"people":["` + regular.ID + `"]}`, nil, 200})
	set := func(digits string, on ...string) {
		t.Helper()
		pattern := "/" + on[0] + "/{id}/" + on[2]
		x.do(call{"POST", pattern, "/" + on[0] + "/" + on[1] + "/" + on[2], `{"pin":"` + digits + `"}`, nil, 201})
	}
	set("90817263", "people", admin.ID, "pin")
	set("81726354", "people", regular.ID, "pin")
	set("72635481", "kiosks", kiosk.ID, "universal-pin")
	var said string
	for _, c := range []struct{ rule, kind, id, way, digits string }{
		{"P4", "people", regular.ID, "pin", "90817263"},
		{"P5", "people", admin.ID, "pin", "72635481"},
		{"P6", "people", regular.ID, "pin", "77777777"},
		{"P3", "kiosks", other.ID, "universal-pin", "72635481"},
	} {
		got := x.do(call{"POST", "/" + c.kind + "/{id}/" + c.way, "/" + c.kind + "/" + c.id + "/" + c.way, `{"pin":"` + c.digits + `"}`, nil, http.StatusConflict})
		if said == "" {
			said = string(got)
		}
		if string(got) != said {
			t.Errorf("%s is answered with %s, others with %s", c.rule, got, said)
		}
	}
	// The fifth refusal of one account is its last for an hour; who types does not matter.
	x.do(call{"POST", "/kiosks/{id}/universal-pin", "/kiosks/" + kiosk.ID + "/universal-pin", `{"pin":"81726354"}`, nil, http.StatusConflict}) // P10
	x.do(call{"POST", "/people/{id}/pin", "/people/" + regular.ID + "/pin", `{"pin":"40817263"}`, nil, http.StatusTooManyRequests})
}

// made is do for an answer that is needed.
func (x *caller) made(k call, v any) {
	x.t.Helper()
	if err := json.Unmarshal(x.do(k), v); err != nil {
		x.t.Fatal(err)
	}
}

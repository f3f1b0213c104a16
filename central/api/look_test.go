package api_test

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"strings"
)

// lookCalls makes every call about breaks, looks and the logo.
func (x *caller) lookCalls() {
	x.t.Helper()
	var logo bytes.Buffer
	if err := png.Encode(&logo, image.NewGray(image.Rect(0, 0, 20, 10))); err != nil {
		x.t.Fatal(err)
	}
	picture := http.Header{"Content-Type": {"image/png"}}
	body := string(x.do(call{"PATCH", "/settings", "/settings", `{"break":{"least_minutes":30,"due_minutes":360},"look":{"theme":"dark","accent":"#AA3300","night_from":"22:00","night_to":"05:00"}}`, nil, 200}))
	if !strings.Contains(body, `"break":{"least_minutes":30,"due_minutes":360}`) || !strings.Contains(body, `"accent":"#aa3300"`) {
		x.t.Error(body)
	}
	for _, k := range []call{
		{"PATCH", "/settings", "/settings", `{"break":{"least_minutes":-1,"due_minutes":0}}`, nil, 400},
		{"PATCH", "/settings", "/settings", `{"look":{"theme":"pink"}}`, nil, 400},
		{"GET", "/settings/logo", "/settings/logo", "", nil, 404},
		{"PUT", "/settings/logo", "/settings/logo", "no picture", picture, 400},
		{"PUT", "/settings/logo", "/settings/logo", "", picture, 400},
		{"PUT", "/settings/logo", "/settings/logo", strings.Repeat("x", 2<<20+1), picture, 400},
		{"PUT", "/settings/logo", "/settings/logo", logo.String(), picture, 200},
		{"GET", "/settings/logo", "/settings/logo", "", nil, 200},
		{"DELETE", "/settings/logo", "/settings/logo", "", nil, 200},
		{"GET", "/settings/logo", "/settings/logo", "", nil, 404},
	} {
		x.do(k)
	}
	screen := string(x.do(call{"POST", "/kiosks", "/kiosks", `{"name":"Screen"}`, nil, 201}))
	_, id, _ := strings.Cut(screen, `"id":"`)
	id, _, _ = strings.Cut(id, `"`)
	one := "/kiosks/" + id
	body = string(x.do(call{"PATCH", "/kiosks/{id}", one, `{"theme":"contrast","text":"large","hide_roster":true,"not_listed":true,"badges":"badge","badge_first":true,"double":-1}`, nil, 200}))
	if !strings.Contains(body, `"theme":"contrast","text":"large","hide_roster":true,"hide_status":false,"not_listed":true,"team_filter":false,"badge_first":true,"badges":"badge","double":-1`) {
		x.t.Error(body)
	}
	for _, bad := range []string{`{"theme":"pink"}`, `{"text":"huge"}`, `{"badges":"card"}`, `{"badges":""}`, `{"double":4000}`} {
		x.do(call{"PATCH", "/kiosks/{id}", one, bad, nil, 400})
	}
}

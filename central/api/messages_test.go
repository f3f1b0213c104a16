package api_test

import "strings"

// messageCalls makes every call about messages on the touchscreens.
func (x *caller) messageCalls() {
	x.t.Helper()
	end := "/messages/{id}/end"
	for _, k := range []call{
		{"POST", "/messages", "/messages", `{"audience":"all","text":""}`, nil, 400},
		{"POST", "/messages", "/messages", `{"audience":"everybody","text":"x"}`, nil, 400},
		{"POST", "/messages", "/messages", `{"audience":"kiosk","subject":"nowhere","text":"x"}`, nil, 400},
		{"POST", "/messages", "/messages", `{"audience":"kiosk","subject":"back","text":"mind <the> step","from":"2026-03-01T08:00:00Z","until":"2029-03-01T08:00:00Z"}`, nil, 201},
		{"POST", "/messages", "/messages", `{"audience":"all","text":"hello"}`, nil, 201},
		{"POST", end, "/messages/2/end", "", nil, 200},
		{"POST", end, "/messages/2/end", "", nil, 409},
		{"POST", end, "/messages/77/end", "", nil, 404},
		{"GET", "/messages", "/messages?state=lost", "", nil, 400},
		{"GET", "/messages", "/messages?limit=201", "", nil, 400},
	} {
		x.do(k)
	}
	if got := string(x.do(call{"GET", "/messages", "/messages", "", nil, 200})); strings.Count(got, `"audience"`) != 1 || !strings.Contains(got, `"subject_name":"Back"`) {
		x.t.Error(got)
	}
	if got := string(x.do(call{"GET", "/messages", "/messages?state=over", "", nil, 200})); strings.Count(got, `"audience"`) != 1 || !strings.Contains(got, "hello") {
		x.t.Error(got)
	}
}

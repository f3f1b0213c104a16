package api_test

import (
	"strings"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
)

// requestCalls makes every call about punches that people say are missing.
func (x *caller) requestCalls() {
	x.t.Helper()
	ctx := x.t.Context()
	err := x.c.DB.Update(ctx, func(tx *centraldb.Tx) error {
		for id := int64(801); id < 804; id++ {
			r := centraldb.PunchRequest{ID: id, Person: "p-forgot", Kiosk: "back", Action: attendance.Out, Reason: "my <bus>", Claim: time.Now().Add(-3 * time.Hour).UnixNano(), Zone: "UTC", MadeAt: 1}
			if err := tx.AddPunchRequest(ctx, r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		x.t.Fatal(err)
	}
	approve, refuse := "/punch-requests/{id}/approve", "/punch-requests/{id}/refuse"
	if open := string(x.do(call{"GET", "/punch-requests", "/punch-requests?limit=2", "", nil, 200})); strings.Count(open, `"asked_at"`) != 2 || !strings.Contains(open, `"more":true`) {
		x.t.Error(open)
	}
	for _, k := range []call{
		{"GET", "/punch-requests", "/punch-requests?state=lost", "", nil, 400},
		{"GET", "/punch-requests", "/punch-requests?limit=0", "", nil, 400},
		{"POST", approve, "/punch-requests/801/approve", `{"day":"2026-03-01","time":"30:00"}`, nil, 400},
		{"POST", approve, "/punch-requests/801/approve", `{"day":"2026-03-01","time":"17:30"}`, nil, 200},
		{"POST", approve, "/punch-requests/802/approve", `{}`, nil, 200},
		{"POST", approve, "/punch-requests/801/approve", `{}`, nil, 409},
		{"POST", approve, "/punch-requests/899/approve", `{}`, nil, 404},
		{"POST", refuse, "/punch-requests/803/refuse", `{"answer":"x"}`, nil, 400},
		{"POST", refuse, "/punch-requests/803/refuse", `{"answer":"you were here"}`, nil, 200},
		{"POST", refuse, "/punch-requests/x/refuse", `{"answer":"you were here"}`, nil, 404},
	} {
		x.do(k)
	}
	decided := string(x.do(call{"GET", "/punch-requests", "/punch-requests?state=decided", "", nil, 200}))
	if strings.Count(decided, `"decision"`) != 3 || !strings.Contains(decided, "2026-03-01T17:30:00Z") && !strings.Contains(decided, "you were here") {
		x.t.Error(decided)
	}
}

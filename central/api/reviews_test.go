package api_test

import (
	"strconv"
	"strings"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

// reviewCalls makes every call about what did not come in the usual way.
func (x *caller) reviewCalls() {
	x.t.Helper()
	ctx := x.t.Context()
	log, err := x.c.DB.Records(ctx)
	if err != nil {
		x.t.Fatal(err)
	}
	body, err := record.Encode(record.Body{Type: record.Punched, Person: "p-gone", Action: attendance.In, Stamp: attendance.Stamp{Real: time.Now().Add(-time.Hour).UnixNano(), Zone: "UTC"}})
	if err != nil {
		x.t.Fatal(err)
	}
	j := record.JournalID{7}
	err = log.Divert(ctx, "back", j, time.Now(), []centraldb.Aside{{Kind: centraldb.Fault, Reason: "late", Record: record.Record{Journal: j, Seq: 3, Body: body}}})
	if err == nil {
		_, err = log.Gap(ctx, centraldb.Gap{Kiosk: "back", Journal: j, To: 9, NoticedAt: time.Now()})
	}
	if err != nil {
		x.t.Fatal(err)
	}
	x.c.Kiosk("back", "Back")
	x.c.Punch(attendance.Punch{Person: "p-ghost", Kiosk: "back", Action: attendance.In, At: time.Now().Add(-time.Hour), Auth: attendance.AuthNone})
	aside, decide := "/reviews/fault/back:"+j.String()+":3:"+strings.Repeat("00", 32), "/reviews/{kind}/{subject}"
	gap, ghost := "/reviews/gap/back:"+j.String()+":1", "/reviews/unlisted/"+strconv.FormatInt(x.c.Last(), 10)
	if open := string(x.do(call{"GET", "/reviews", "/reviews", "", nil, 200})); strings.Count(open, `"kind"`) != 3 || !strings.Contains(open, "p-ghost") || !strings.Contains(open, `"more":false`) {
		x.t.Error(open)
	}
	x.do(call{"GET", "/reviews", "/reviews?limit=1&offset=1", "", nil, 200})
	for _, k := range []call{
		{"GET", "/reviews", "/reviews?state=lost", "", nil, 400},
		{"GET", "/reviews", "/reviews?limit=201", "", nil, 400},
		{"POST", decide, aside, `{"decision":"accept","reason":"it is right"}`, nil, 400},
		{"POST", decide, aside, `{"decision":"match","person":"p-ghost","reason":"it is right"}`, nil, 400},
		{"POST", decide, aside, `{"decision":"match","person":"p-forgot","reason":"x"}`, nil, 400},
		{"POST", decide, aside, `{"decision":"match","person":"p-forgot","reason":"it was Ada"}`, nil, 200},
		{"POST", decide, aside, `{"decision":"match","person":"p-forgot","reason":"it was Ada"}`, nil, 409},
		{"POST", decide, gap, `{"decision":"refuse","reason":"no such thing"}`, nil, 400},
		{"POST", decide, gap, `{"decision":"accept","reason":"a new disk"}`, nil, 200},
		{"POST", decide, ghost, `{"decision":"refuse","reason":"nobody"}`, nil, 200},
		{"POST", decide, "/reviews/gap/back:1", `{"decision":"accept","reason":"a new disk"}`, nil, 404},
	} {
		x.do(k)
	}
	decided := string(x.do(call{"GET", "/reviews", "/reviews?state=decided", "", nil, 200}))
	if strings.Count(decided, `"decision"`) != 3 || !strings.Contains(decided, "it was Ada") {
		x.t.Error(decided)
	}
	if open := string(x.do(call{"GET", "/reviews", "/reviews", "", nil, 200})); strings.Contains(open, `"kind"`) {
		x.t.Error(open)
	}
	x.requestCalls()
	x.messageCalls()
}

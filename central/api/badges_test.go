package api_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/central/api/apitest"
	"github.com/timepost/timepost/store/centraldb"
)

// badgeCalls gives a person a card and takes it away, each way it can go wrong too.
func (x *caller) badgeCalls(person string) {
	x.t.Helper()
	at := "/people/" + person + "/badges"
	for _, k := range []call{
		{"GET", "/people/{id}/badges", at, "", nil, 200},
		{"GET", "/people/{id}/badges", "/people/nobody/badges", "", nil, 404},
		{"POST", "/people/{id}/badges", at, `{"badge":"0010693503"}`, nil, 201},
		{"POST", "/people/{id}/badges", at, `{"badge":"163,11135"}`, nil, 409},
		{"POST", "/people/{id}/badges", at, `{"badge":"08A32B7F"}`, nil, 400},
		{"POST", "/people/{id}/badges", at, `{}`, nil, 400},
		{"POST", "/people/{id}/badges", at, `{"code":"K-17"}`, nil, 400},
		{"POST", "/people/{id}/badges", at, `{"kiosk":"none","code":"K-17"}`, nil, 400},
		{"DELETE", "/people/{id}/badges/{badge}", at + "/00-A3-2B-7F", "", nil, 200},
		{"DELETE", "/people/{id}/badges/{badge}", at + "/00-A3-2B-7F", "", nil, 404},
		{"GET", "/badges/unknown", "/badges/unknown", "", nil, 200},
	} {
		x.do(k)
	}
}

// A card of nobody is listed until it is given to somebody by its code.
func TestLearningABadgeOverTheAPI(t *testing.T) {
	t.Parallel()
	x := &caller{t: t, c: apitest.Start(t), doc: contract(t), did: map[string]bool{}}
	person := field(t, x.do(call{"POST", "/people", "/people", `{"name":"Ada"}`, nil, 201}), "id")
	kiosk := field(t, x.do(call{"POST", "/kiosks", "/kiosks", `{"name":"Gate"}`, nil, 201}), "id")
	err := x.c.DB.Update(t.Context(), func(tx *centraldb.Tx) error {
		now := time.Now().UnixNano()
		return tx.AddUnknownBadge(t.Context(), centraldb.UnknownBadge{ID: 7, Kiosk: kiosk, Badge: "text:EMP 1/2", Code: "K-17", At: now, ReceivedAt: now})
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := x.do(call{"GET", "/badges/unknown", "/badges/unknown", "", nil, 200}); !strings.Contains(string(got), `"code":"K-17","kiosk":"`+kiosk+`","kiosk_name":"Gate"`) {
		t.Errorf("unknown: %s", got)
	}
	got := x.do(call{"POST", "/people/{id}/badges", "/people/" + person + "/badges", `{"kiosk":"` + kiosk + `","code":"k-17"}`, nil, 201})
	if !strings.Contains(string(got), `"badge":"text:EMP 1/2"`) {
		t.Errorf("learnt: %s", got)
	}
	if got := x.do(call{"GET", "/badges/unknown", "/badges/unknown", "", nil, 200}); strings.TrimSpace(string(got)) != `{"unknown":[]}` {
		t.Errorf("still unknown: %s", got)
	}
	got = x.do(call{"DELETE", "/people/{id}/badges/{badge}", "/people/" + person + "/badges/" + url.PathEscape("text:EMP 1/2"), "", nil, 200})
	if strings.TrimSpace(string(got)) != `{"badges":[]}` {
		t.Errorf("left: %s", got)
	}
}

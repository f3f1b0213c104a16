package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/api/apitest"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// tells writes down what a kiosk told, with every field there is.
func tells(t *testing.T, c *apitest.Central, kiosk string, change func(*wire.Health)) {
	t.Helper()
	heat, at := 51_500, time.Now()
	h := wire.Health{
		Software: "kioskd 1", At: at.UnixMilli(), Started: at.Add(-time.Hour).UnixMilli(), Uptime: 7200, Queue: 2, Oldest: at.Add(-time.Minute).UnixMilli(),
		Offset: -40, Synced: true, Roster: 1, Fetched: at.UnixMilli(), DiskFree: 1 << 32, DiskSize: 1 << 33, Memory: 1 << 25, Heat: &heat,
		Cert: at.Add(1000 * time.Hour).UnixMilli(), KeyTier: "file", BcryptMS: 400, Readers: 1, Attached: 1, Screens: 1, Refused: 3,
	}
	change(&h)
	err := c.DB.Update(t.Context(), func(tx *centraldb.Tx) error {
		return tx.PutHealth(t.Context(), centraldb.KioskHealth{Kiosk: kiosk, At: at.UnixNano(), Health: h})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// healthy asks how a kiosk does before and after it tells.
func (x *caller) healthy(kiosk string) {
	ask := call{"GET", "/kiosks/{id}/health", "/kiosks/" + kiosk + "/health", "", nil, http.StatusNotFound}
	x.do(ask)
	tells(x.t, x.c, kiosk, func(*wire.Health) {})
	ask.want = http.StatusOK
	x.do(ask)
	x.settled(ask)
}

// settled asks how the newest settings of a kiosk stand, as it takes them in.
func (x *caller) settled(ask call) {
	x.t.Helper()
	id := strings.Split(ask.path, "/")[2]
	row := centraldb.RosterRow{RosterKey: centraldb.RosterKey{Kind: wire.KindSettings, ID: "kiosk"}, Fingerprint: []byte{1}, Body: []byte("{}")}
	if done, err := x.c.DB.PutRoster(x.t.Context(), id, 0, time.Now().UnixNano(), []centraldb.RosterRow{row}); err != nil || !done {
		x.t.Fatal(done, err)
	}
	wants := func(roster uint64, wrong []wire.Unfollowed, want string) {
		x.t.Helper()
		tells(x.t, x.c, id, func(h *wire.Health) { h.Roster, h.Unfollowed = roster, wrong })
		if got := string(x.do(ask)); !strings.Contains(got, want) {
			x.t.Errorf("%s\ndoes not say %s", got, want)
		}
	}
	wants(0, nil, `"settings":{"state":"waiting","version":1,"reported":0,"changed":"`)
	wants(1, nil, `"settings":{"state":"in_force","version":1,"reported":1,"changed":"`)
	wants(1, []wire.Unfollowed{{Setting: "zone", Value: "Moon/Sea"}}, `"settings":{"state":"refused","version":1,`)
	wants(1, nil, `"since":"`)
}

// A kiosk in need says so where kiosks are listed, with what to do.
func TestKiosksListWhatIsWrong(t *testing.T) {
	t.Parallel()
	x := newCaller(t)
	kiosk := field(t, x.do(call{"POST", "/kiosks", "/kiosks", `{"name":"Gate"}`, nil, http.StatusCreated}), "id")
	err := x.c.DB.Update(t.Context(), func(tx *centraldb.Tx) error {
		return tx.SetKioskIdentity(t.Context(), centraldb.Kiosk{Kiosk: attendance.Kiosk{ID: kiosk}, Status: centraldb.KioskEnrolled, EnrolledAt: time.Now().UnixNano()})
	})
	if err != nil {
		t.Fatal(err)
	}
	tells(t, x.c, kiosk, func(h *wire.Health) {
		h.Offset, h.Attached, h.Unfollowed = 400_000, 0, []wire.Unfollowed{{Setting: "zone", Value: "Moon/Sea"}}
		h.Roster = 1 << 20 // of the newest settings
	})
	for _, path := range []string{"/kiosks", "/kiosks/" + kiosk} {
		pattern := strings.Replace(path, kiosk, "{id}", 1)
		body := string(x.do(call{"GET", pattern, path, "", nil, http.StatusOK}))
		clock, reader := strings.Index(body, `"kind":"clock","severity":"critical","words":"Its clock is 6 minutes ahead."`), strings.Index(body, `"kind":"reader"`)
		if clock < 0 || reader < clock || !strings.Contains(body, `"kind":"settings","severity":"warning","words":"It can't follow 1 setting: zone “Moon/Sea”."`) {
			t.Errorf("%s: %s", path, body)
		}
	}
	var h map[string]any
	if err := json.Unmarshal(x.do(call{"GET", "/kiosks/{id}/health", "/kiosks/" + kiosk + "/health", "", nil, http.StatusOK}), &h); err != nil {
		t.Fatal(err)
	}
	if h["heat_c"] != 51.5 || h["offset_ms"] != 400_000.0 || h["oldest_s"] != 60.0 {
		t.Errorf("%v", h)
	}
	if d := cmp.Diff([]any{map[string]any{"setting": "zone", "value": "Moon/Sea"}}, h["unfollowed"]); d != "" {
		t.Error(d)
	}
}

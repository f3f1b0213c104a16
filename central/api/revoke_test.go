package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
)

// A program that revokes a kiosk which was never heard of, or puts another machine in
// its place, is told what may be lost, and has to say that it means it.
func TestRevokingWhatMayHoldPunchesNeedsForce(t *testing.T) {
	t.Parallel()
	x := newCaller(t)
	kiosk := field(t, x.do(call{"POST", "/kiosks", "/kiosks", `{"name":"Gate"}`, nil, http.StatusCreated}), "id")
	err := x.c.DB.Update(t.Context(), func(tx *centraldb.Tx) error {
		return tx.SetKioskIdentity(t.Context(), centraldb.Kiosk{Kiosk: attendance.Kiosk{ID: kiosk}, Status: centraldb.KioskEnrolled, EnrolledAt: time.Now().UnixNano()})
	})
	if err != nil {
		t.Fatal(err)
	}
	code := "/kiosks/" + kiosk + "/code"
	if refused := string(x.do(call{"POST", "/kiosks/{id}/code", code, "", nil, http.StatusConflict})); !strings.Contains(refused, `"last_seen"`) {
		t.Errorf("a code without what is owed: %s", refused)
	}
	x.do(call{"POST", "/kiosks/{id}/code", code + "?force=true", "", nil, http.StatusCreated})
	path := "/kiosks/" + kiosk + "/revoke"
	if refused := string(x.do(call{"POST", "/kiosks/{id}/revoke", path, "", nil, http.StatusConflict})); !strings.Contains(refused, `"queue"`) {
		t.Errorf("refused without what is owed: %s", refused)
	}
	if k, err := x.c.DB.Kiosk(t.Context(), kiosk); err != nil || k.Status != centraldb.KioskEnrolled {
		t.Errorf("after the refusal it is %q, %v", k.Status, err)
	}
	x.do(call{"POST", "/kiosks/{id}/revoke", path + "?force=true", "", nil, http.StatusOK})
	if k, err := x.c.DB.Kiosk(t.Context(), kiosk); err != nil || k.Status != centraldb.KioskRevoked {
		t.Errorf("by force it is %q, %v", k.Status, err)
	}
}

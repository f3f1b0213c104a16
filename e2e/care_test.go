package e2e

import (
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// TestMaintenanceOnARealKiosk: an admin opens Maintenance with their own PIN, while
// central is there and while it is not, reads real facts, talks to central now,
// and restarts the daemon, which ends well and answers again with nothing lost.
func TestMaintenanceOnARealKiosk(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	staff := importWithPINs(t, c, 2)
	admin, err := c.api.AddPerson(t.Context(), client.NewPerson{Name: "Ada Admin", Role: attendance.Admin})
	if err != nil {
		t.Fatal(err)
	}
	made, err := c.api.SetPIN(t.Context(), admin.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	w := newClock(t, c, "Front door", true)
	eventually(t, 20*time.Second, "the kiosk is connected", func() bool { return w.state(t).Connected })
	if _, err := w.care(t, staff[0].ID, staff[0].PIN); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("somebody else: %v", err)
	}
	var opened local.Condition
	eventually(t, 20*time.Second, "the admin's PIN opens Maintenance", func() bool {
		opened, err = w.care(t, admin.ID, made.PIN)
		return err == nil
	})
	if opened.Name != "Ada Admin" || opened.Server == "" || opened.DiskFree <= 0 || opened.Cert <= time.Now().UnixMilli() ||
		opened.KeyTier != "file" || opened.Started == 0 || opened.Fetched == 0 || max(opened.Offset, -opened.Offset) > 5000 {
		t.Errorf("%+v", opened)
	}
	if err := w.local.SyncNow(t.Context(), opened.Session); err != nil {
		t.Errorf("sync with central there: %v", err)
	}
	roll, err := w.local.RollCall(t.Context(), opened.Session)
	if err != nil || len(roll.People) != 0 || roll.Out < 3 {
		t.Errorf("%+v, %v", roll, err)
	}

	c.proc.kill9()
	if _, err := w.punchWith(t, staff[0].ID, staff[0].PIN, ""); err != nil {
		t.Fatal(err)
	}
	if err := w.local.SyncNow(t.Context(), opened.Session); !problem.Is(err, problem.Unavailable) {
		t.Errorf("sync with central gone: %v", err)
	}
	ill, err := w.local.Condition(t.Context(), opened.Session)
	if err != nil || ill.Queue == 0 || ill.Oldest == 0 || ill.Connected {
		t.Errorf("%+v, %v", ill, err)
	}
	if err := w.local.Restart(t.Context(), opened.Session); err != nil {
		t.Fatal(err)
	}
	<-w.proc.done
	if code := w.proc.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("the daemon ended with %d", code)
	}
	w.up(t)
	if _, err := w.local.Condition(t.Context(), opened.Session); !problem.Is(err, problem.Expired) {
		t.Errorf("the session after the restart: %v", err)
	}
	if again, err := w.care(t, admin.ID, made.PIN); err != nil || again.Queue == 0 || again.Fetched == 0 {
		t.Errorf("after the restart, offline: %+v, %v", again, err)
	}
}

// care tries to open Maintenance.
func (w *clock) care(t *testing.T, person, digits string) (local.Condition, error) {
	t.Helper()
	p, err := pin.Parse(digits)
	if err != nil {
		t.Fatal(err)
	}
	return w.local.Care(t.Context(), local.Attempt{Person: person, PIN: p})
}

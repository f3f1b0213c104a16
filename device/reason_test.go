package device_test

import (
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// strictly is the settings of a kiosk whose Universal PIN wants a reason.
func (w *world) strictly() wire.Row {
	w.t.Helper()
	return row(w.t, wire.KindSettings, devicedb.SettingsID, wire.SettingsRow{
		OrgName: "Acme", KioskName: "Front door", Zone: "Europe/Berlin", RequiresPIN: true, UniversalReason: true, Lang: "de-CH",
	})
}

func (w *world) punchRefused(r local.PunchRequest, code problem.Code) *problem.Error {
	w.t.Helper()
	_, err := w.terminal.Punch(w.t.Context(), r)
	if !problem.Is(err, code) {
		w.t.Fatalf("punch %+v: %v, want %s", r, err, code)
	}
	return problem.From(err)
}

func TestTheUniversalPINMayWantAReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if s := w.in("bob", universalPIN); s.NeedNote {
		t.Error("a reason is wanted where nobody asked for one")
	}
	w.apply(w.strictly())
	s := w.in("bob", universalPIN)
	if !s.NeedNote {
		t.Fatal("the screen is not told to ask")
	}
	for _, note := range []string{"", "  \n "} {
		e := w.punchRefused(local.PunchRequest{Session: s.ID, Action: attendance.In, Note: note}, problem.Invalid)
		if e.Detail["field"] != "note" {
			t.Errorf("note %q: %v", note, e.Detail)
		}
	}
	if n := len(w.bodies(0, record.Punched)); n != 0 {
		t.Fatalf("%d punches without a reason", n)
	}
	w.m.pass(2 * time.Minute) // typed with one finger
	_, err := w.terminal.Punch(t.Context(), local.PunchRequest{Session: s.ID, Action: attendance.In, Note: "Forgot my PIN"})
	must(t, err)
	b := w.bodies(0, record.Punched)
	if len(b) != 1 || b[0].Note != "Forgot my PIN" || b[0].Auth != attendance.AuthUniversal {
		t.Errorf("records = %+v", b)
	}
	s = w.in("bob", universalPIN)
	w.m.pass(local.SessionMax)
	w.punchRefused(local.PunchRequest{Session: s.ID, Action: attendance.Out, Note: "Forgot my PIN"}, problem.Expired)

	own := w.in("ann", annPIN)
	if own.NeedNote {
		t.Error("ann's own PIN wants a reason")
	}
	w.punch(own, attendance.In)
	if st, err := w.terminal.State(t.Context()); err != nil || st.Lang != "de-CH" {
		t.Errorf("language of the state: %q, %v", st.Lang, err)
	}
}

package fleet_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// asks has a machine ask and gives the check value it shows.
func (w *world) asks(t *testing.T, m *machine, address string) (wire.AskReply, error) {
	t.Helper()
	r := m.request(t, "")
	got, err := w.Ask(t.Context(), address, r)
	if err != nil {
		return got, err
	}
	if check, err := wire.CheckValue(w.keys.CA, r); err != nil || got.Check != check {
		t.Errorf("central works out %s, the machine %s, %v", got.Check, check, err)
	}
	return got, nil
}

func TestAMachineIsLetIn(t *testing.T) {
	t.Parallel()
	w, m := newWorld(t), newMachine(t)
	got, err := w.asks(t, m, home)
	if err != nil || got.Reply != nil {
		t.Fatalf("%+v, %v", got, err)
	}
	if list, err := w.Waiting(t.Context()); err != nil || len(list) != 1 || list[0].Check != got.Check || list[0].Address != home {
		t.Fatalf("%+v, %v", list, err)
	}
	kiosk, err := w.Accept(t.Context(), actor, "  "+got.Check[:4]+got.Check[5:]+" ", fleet.Accept{New: fleet.NewKiosk{Name: "Dock 1", RequiresPIN: true}})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // a lost answer is repeated
		let, err := w.asks(t, m, home)
		if err != nil || let.Reply == nil || let.Reply.Kiosk != kiosk || let.Reply.Settings.KioskName != "Dock 1" || let.Reply.Settings.Zone != "Europe/Berlin" {
			t.Fatalf("%+v, %v", let, err)
		}
	}
	k, err := w.db.Kiosk(t.Context(), kiosk)
	if err != nil || k.Status != centraldb.KioskEnrolled || !k.RequiresPIN {
		t.Errorf("%+v, %v", k, err)
	}
	if list, err := w.Waiting(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := w.Accept(t.Context(), actor, got.Check, fleet.Accept{New: fleet.NewKiosk{Name: "Dock 2"}}); !problem.Is(err, problem.NotFound) {
		t.Errorf("twice: %v", err)
	}
	accepts := slices.DeleteFunc(w.auditRows(t), func(r centraldb.AuditRow) bool { return r.Action != "kiosk.accept" })
	if len(accepts) != 1 || accepts[0].Subject != kiosk || accepts[0].Actor != actor {
		t.Errorf("the audit log has %+v", accepts)
	}
}

func TestAMachineTakesAKiosksPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kiosk, _, _ := w.enrolled(t)
	next := newMachine(t)
	got, err := w.asks(t, next, home)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Accept(t.Context(), actor, got.Check, fleet.Accept{Kiosk: kiosk}); !problem.Is(err, problem.Conflict) {
		t.Errorf("punches may still be there: %v", err)
	}
	if _, err := w.Accept(t.Context(), actor, got.Check, fleet.Accept{Kiosk: "nobody"}); !problem.Is(err, problem.NotFound) {
		t.Errorf("nobody: %v", err)
	}
	if id, err := w.Accept(t.Context(), actor, got.Check, fleet.Accept{Kiosk: kiosk, Force: true}); err != nil || id != kiosk {
		t.Fatal(id, err)
	}
	if let, err := w.asks(t, next, home); err != nil || let.Reply == nil || let.Reply.Kiosk != kiosk {
		t.Errorf("%+v, %v", let, err)
	}
}

func TestAMachineIsTurnedAway(t *testing.T) {
	t.Parallel()
	w, m := newWorld(t), newMachine(t)
	got, err := w.asks(t, m, home)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Reject(t.Context(), actor, got.Check); err != nil {
		t.Fatal(err)
	}
	w.pass(59 * time.Minute)
	if _, err := w.asks(t, m, home); !problem.Is(err, problem.Forbidden) {
		t.Errorf("%v", err)
	}
	if err := w.Reject(t.Context(), actor, got.Check); !problem.Is(err, problem.NotFound) {
		t.Errorf("twice: %v", err)
	}
	w.pass(2 * time.Minute)
	if again, err := w.asks(t, m, home); err != nil || again.Reply != nil {
		t.Errorf("after an hour: %+v, %v", again, err)
	}
	if err := w.Reject(t.Context(), actor, "7K3Q"); !problem.Is(err, problem.Invalid) {
		t.Errorf("no value: %v", err)
	}
}

// A machine that stops asking is forgotten, one that goes on is not.
func TestWhoStopsAskingIsForgotten(t *testing.T) {
	t.Parallel()
	w, quiet, patient := newWorld(t), newMachine(t), newMachine(t)
	if _, err := w.asks(t, quiet, home); err != nil {
		t.Fatal(err)
	}
	for range 25 {
		if _, err := w.asks(t, patient, home); err != nil {
			t.Fatal(err)
		}
		w.pass(time.Minute)
	}
	if list, err := w.Waiting(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("%d wait, %v", len(list), err)
	}
}

// Whoever floods the list fills no more than their address may, and all together no more
// than a person can read.
func TestTheListIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 6 {
		if _, err := w.asks(t, newMachine(t), home); (err != nil) != (i == 5) || err != nil && !problem.Is(err, problem.Limited) {
			t.Errorf("%d from one address: %v", i+1, err)
		}
	}
	for i := 5; i < 51; i++ {
		if _, err := w.asks(t, newMachine(t), fmt.Sprint("192.0.2.", 100+i)); (err != nil) != (i == 50) || err != nil && !problem.Is(err, problem.Limited) {
			t.Errorf("%d at all: %v", i+1, err)
		}
	}
	w.pass(11 * time.Minute)
	if _, err := w.asks(t, newMachine(t), home); err != nil {
		t.Errorf("after they stopped: %v", err)
	}
}

func TestBadWishes(t *testing.T) {
	t.Parallel()
	w, m := newWorld(t), newMachine(t)
	withCode := m.request(t, "7K3QX-M0R2T")
	forged := m.request(t, "")
	forged.Serial = "another"
	swapped := m.request(t, "")
	other := newMachine(t)
	swapped, err := wire.EnrolRequest{CSR: swapped.CSR, SealKey: swapped.SealKey}.Sign(other.record)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Ask(t.Context(), home, m.request(t, "")); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		r    wire.EnrolRequest
		code problem.Code
	}{
		"with a code": {withCode, problem.Invalid}, "forged": {forged, problem.Untrusted}, "the same TLS key, another record key": {swapped, problem.Invalid},
	} {
		if _, err := w.Ask(t.Context(), home, c.r); !problem.Is(err, c.code) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if list, err := w.Waiting(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("%d wait, %v", len(list), err)
	}
}

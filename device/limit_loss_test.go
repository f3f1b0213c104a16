package device_test

import (
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

func TestLostCountersStartStrict(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.close()
	garble(t, w.dir+"/journal.db")
	w.open()
	wrong := wrongPINs()
	if e := w.refused("ann", wrong(), problem.Limited); waitOf(e) != time.Minute {
		t.Errorf("the fifth failure: %v", e.Detail)
	}
	w.refused("bob", universalPIN, problem.Limited) // the budget is empty
	w.m.pass(time.Minute)
	w.punch(w.in("bob", bobPIN), attendance.In)
	if e := w.refused("bob", wrong(), problem.Unauthenticated); e.Detail["tries_left"] != 4 {
		t.Errorf("after a success: %v", e.Detail)
	}
	w.m.pass(36 * time.Minute)
	w.in("bob", universalPIN)
}

// What a session has not given back when the plug is pulled stays charged.
func TestTheRefundRidesWithThePunchOrTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wrong := wrongPINs()
	for range 3 {
		w.refused("ann", wrong(), problem.Unauthenticated)
	}
	w.in("ann", annPIN) // charged: four
	w.crash()           // before any refund
	if e := w.refused("ann", wrong(), problem.Limited); waitOf(e) != time.Minute {
		t.Fatalf("the charge was lost: %v", e.Detail)
	}
	w.m.pass(time.Minute)
	s := w.in("ann", annPIN)
	must(t, w.terminal.End(t.Context(), s.ID))
	w.crash()
	if e := w.refused("ann", wrong(), problem.Unauthenticated); e.Detail["tries_left"] != 4 {
		t.Fatalf("the end gave nothing back: %v", e.Detail)
	}
	w.in("ann", annPIN)
	w.m.pass(local.SessionMax)
	w.tick() // the sweep ends it
	w.crash()
	if e := w.refused("ann", wrong(), problem.Unauthenticated); e.Detail["tries_left"] != 4 {
		t.Fatalf("the sweep gave nothing back: %v", e.Detail)
	}
}

// A success forgets the failures before it, not those that came after.
func TestASuccessForgetsOnlyWhatWasBeforeIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wrong := wrongPINs()
	w.refused("ann", wrong(), problem.Unauthenticated)
	s := w.in("ann", annPIN)
	w.refused("ann", wrong(), problem.Unauthenticated)
	w.punch(s, attendance.In)
	if e := w.refused("ann", wrong(), problem.Unauthenticated); e.Detail["tries_left"] != 3 {
		t.Errorf("tries left = %v", e.Detail)
	}
}

func TestAPINThatHasNotArrived(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.apply(w.person("new", attendance.Regular, "", 0, 0))
	for range 3 {
		w.refused("new", annPIN, problem.Unavailable)
	}
	if s := w.in("new", universalPIN); s.Auth != attendance.AuthUniversal {
		t.Errorf("auth = %s", s.Auth)
	}
	w.apply(w.person("new", attendance.Regular, "1470", 1, 0))
	w.in("new", "1470")
}

// The same for the Universal PIN: what was typed while its budget was empty is a
// guess when it is typed again after a refill.
func TestGuessesAtAnEmptyBudgetAreNotFreeAfterARefill(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.spend(40, wrongPINs(), problem.Unauthenticated)
	w.m.pass(30 * time.Minute)
	w.refused("bob", "3999", problem.Unauthenticated)
	w.m.pass(6 * time.Minute)
	w.refused("bob", "3999", problem.Unauthenticated) // takes the one that was given back
	w.refused("bob", universalPIN, problem.Unauthenticated)
}

package device_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/record"
)

// wrongs gives wrong PINs of four digits, each once: none of them is anybody's.
func wrongPINs() func() string {
	n := 3000
	return func() string {
		n++
		return fmt.Sprint(n)
	}
}

func waitOf(e *problem.Error) time.Duration {
	ms, _ := e.Detail["wait_ms"].(int64)
	return time.Duration(ms) * time.Millisecond
}

// SECURITY.md's table, failure by failure, with a kiosk that hears from central.
func TestStepsOfARegularPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.terminal.SetLink(true, w.m.real)
	wrong := wrongPINs()
	for left := 4; left > 0; left-- {
		e := w.refused("ann", wrong(), problem.Unauthenticated)
		if e.Detail["tries_left"] != left {
			t.Errorf("tries left = %v, want %d", e.Detail, left)
		}
	}
	for i, step := range []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 15 * time.Minute, time.Hour} {
		if e := w.refused("ann", wrong(), problem.Limited); waitOf(e) != step {
			t.Fatalf("failure %d: wait %v, want %v", i+5, waitOf(e), step)
		}
		w.m.pass(step - time.Millisecond)
		if e := w.refused("ann", annPIN, problem.Limited); waitOf(e) != time.Millisecond {
			t.Fatalf("failure %d: the right PIN just before the end: %v", i+5, e)
		}
		w.m.pass(time.Millisecond)
	}
	if e := w.refused("ann", wrong(), problem.Locked); waitOf(e) != 0 {
		t.Errorf("locked with a wait: %v", e)
	}
	w.m.pass(1000 * time.Hour)
	w.refused("ann", annPIN, problem.Locked)
	b := w.bodies(0, record.Lock)
	if len(b) != 6 || b[0].Person != "ann" || b[0].Limit != "person" || b[0].Failures != 5 || b[5].Failures != 10 {
		t.Errorf("lock records = %+v", b)
	}
	// An unlock opens it, and starts a new counter.
	w.apply(w.person("ann", attendance.Regular, annPIN, 1, 1))
	if e := w.refused("ann", wrong(), problem.Unauthenticated); e.Detail["tries_left"] != 4 {
		t.Errorf("after the unlock: %v", e.Detail)
	}
	w.in("ann", annPIN)
}

// Whoever has come in after all is not locked at central either: it is told that
// the failures it knows of are forgotten, in the commit that forgets them.
func TestCentralIsToldOfASuccessAfterALock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wrong := wrongPINs()
	fail := func(n int) {
		for range n {
			_, err := w.try("ann", wrong())
			if err == nil {
				t.Fatal("a wrong PIN is right")
			}
			w.m.pass(time.Hour)
		}
	}
	fail(4)
	w.punch(w.in("ann", annPIN), attendance.In)
	if b := w.bodies(0, record.Lock); len(b) != 0 {
		t.Fatalf("told of failures that closed nothing: %+v", b)
	}
	fail(6)
	w.punch(w.in("ann", universalPIN), attendance.Out) // that forgets nothing of hers
	w.m.pass(time.Hour)
	must(t, w.terminal.End(t.Context(), w.in("ann", annPIN).ID))
	w.crash()
	var failures []int
	for _, b := range w.bodies(0, record.Lock) {
		if b.Person != "ann" || b.Limit != "person" || b.PINVersion != 1 {
			t.Errorf("record = %+v", b)
		}
		failures = append(failures, b.Failures)
	}
	if diff := cmp.Diff([]int{5, 6, 0}, failures); diff != "" {
		t.Errorf("central is told of (-want +got):\n%s", diff)
	}
}

func TestStepsOfAnOwner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.terminal.SetLink(true, w.m.real)
	wrong := wrongPINs()
	for range 4 {
		w.refused("olga", wrong(), problem.Unauthenticated)
	}
	for range 3 {
		if e := w.refused("olga", wrong(), problem.Limited); waitOf(e) != 15*time.Minute {
			t.Fatalf("wait %v", waitOf(e))
		}
		w.m.pass(15 * time.Minute)
	}
	w.refused("olga", wrong(), problem.Locked)
	w.apply(w.person("olga", attendance.Owner, "5566", 2, 0))
	w.in("olga", "5566")
}

func TestLockedOfflineHasOneTryPerEightHours(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wrong := wrongPINs()
	for f := range 10 {
		code := problem.Limited
		switch {
		case f < 4:
			code = problem.Unauthenticated
		case f == 9:
			code = problem.Locked
		}
		w.refused("ann", wrong(), code)
		if f < 9 {
			w.m.pass(time.Hour)
		}
	}
	for range 2 {
		w.m.pass(8*time.Hour - time.Millisecond)
		if e := w.refused("ann", annPIN, problem.Locked); waitOf(e) != time.Millisecond {
			t.Fatalf("wait = %v", e.Detail)
		}
		w.m.pass(time.Millisecond)
		w.refused("ann", wrong(), problem.Locked)
	}
	w.m.pass(8 * time.Hour)
	w.terminal.SetLink(true, w.m.real) // who can unlock can be heard
	w.refused("ann", annPIN, problem.Locked)
	w.terminal.SetLink(false, w.m.real)
	w.punch(w.in("ann", annPIN), attendance.In)
	if e := w.refused("ann", wrong(), problem.Unauthenticated); e.Detail["tries_left"] != 4 {
		t.Errorf("after the success: %v", e.Detail)
	}
}

func TestARebootStartsTheStepAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wrong := wrongPINs()
	for range 4 {
		w.refused("ann", wrong(), problem.Unauthenticated)
	}
	w.refused("ann", wrong(), problem.Limited)
	w.m.pass(59 * time.Second)
	w.crash() // the daemon alone: the step goes on
	if e := w.refused("ann", annPIN, problem.Limited); waitOf(e) != time.Second {
		t.Fatalf("wait = %v", e.Detail)
	}
	w.m.reboot("boot-2", 10*time.Second)
	w.crash()
	if e := w.refused("ann", annPIN, problem.Limited); waitOf(e) != 50*time.Second {
		t.Fatalf("wait = %v", e.Detail)
	}
	w.m.pass(50 * time.Second)
	w.in("ann", annPIN)
}

// The wall clock takes part in no limit.
func TestSettingTheClockOpensNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wrong := wrongPINs()
	for range 4 {
		w.refused("ann", wrong(), problem.Unauthenticated)
	}
	w.refused("ann", wrong(), problem.Limited)
	for _, d := range []time.Duration{24 * time.Hour, -48 * time.Hour, 100 * 365 * 24 * time.Hour} {
		w.m.real = w.m.real.Add(d)
		if e := w.refused("ann", annPIN, problem.Limited); waitOf(e) != time.Minute {
			t.Errorf("wall clock moved by %v: %v", d, e.Detail)
		}
	}
}

func TestTheSameWrongPINCountsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 9 {
		if e := w.refused("ann", wrongPIN, problem.Unauthenticated); e.Detail["tries_left"] != 4 {
			t.Fatalf("tries left = %v", e.Detail)
		}
	}
	if e := w.refused("bob", wrongPIN, problem.Unauthenticated); e.Detail["tries_left"] != 4 {
		t.Errorf("another person: %v", e.Detail)
	}
	w.m.pass(10*time.Minute - time.Second)
	if e := w.refused("ann", wrongPIN, problem.Unauthenticated); e.Detail["tries_left"] != 4 {
		t.Errorf("just before ten minutes: %v", e.Detail)
	}
	w.m.pass(time.Second)
	if e := w.refused("ann", wrongPIN, problem.Unauthenticated); e.Detail["tries_left"] != 3 {
		t.Errorf("ten minutes later: %v", e.Detail)
	}
	w.crash() // the memory is gone: it counts again
	if e := w.refused("ann", wrongPIN, problem.Unauthenticated); e.Detail["tries_left"] != 2 {
		t.Errorf("after a restart: %v", e.Detail)
	}
}

// PINs typed while the personal PIN is closed are no guesses at it; typed again
// afterwards they are, and each one costs.
func TestGuessesDuringALockAreNotFreeAfterIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wrong := wrongPINs()
	for range 4 {
		w.refused("ann", wrong(), problem.Unauthenticated)
	}
	w.refused("ann", wrong(), problem.Limited)
	w.refused("ann", "3333", problem.Limited)
	w.m.pass(time.Minute)
	if e := w.refused("ann", "3333", problem.Limited); waitOf(e) != 5*time.Minute {
		t.Errorf("the PIN of the lock was free: %v", e.Detail)
	}
}

func TestALockClosesThePersonalPINOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wrong := wrongPINs()
	for f := range 5 {
		code := problem.Unauthenticated
		if f == 4 {
			code = problem.Limited
		}
		w.refused("ann", wrong(), code)
	}
	a, b := w.refused("ann", annPIN, problem.Limited), w.refused("ann", wrong(), problem.Limited)
	if a.Error() != b.Error() {
		t.Errorf("a match shows while locked: %v / %v", a, b)
	}
	if s := w.in("ann", universalPIN); s.Auth != attendance.AuthUniversal {
		t.Errorf("auth = %s", s.Auth)
	}
}

func TestTheUniversalPIN(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.in("bob", universalPIN)
	if r := w.punch(s, attendance.In); r.Auth != attendance.AuthUniversal {
		t.Errorf("receipt = %+v", r)
	}
	w.refused("olga", universalPIN, problem.Unauthenticated) // owners and admins always use their own
	if s := w.in("olga", ownerPIN); s.Auth != attendance.AuthPersonal {
		t.Errorf("auth = %s", s.Auth)
	}
	// It resets nobody's counter.
	wrong := wrongPINs()
	w.refused("ann", wrong(), problem.Unauthenticated)
	w.punch(w.in("ann", universalPIN), attendance.In)
	if e := w.refused("ann", wrong(), problem.Unauthenticated); e.Detail["tries_left"] != 3 {
		t.Errorf("tries left = %v", e.Detail)
	}
	w.punch(w.in("ann", annPIN), attendance.Out)
	if e := w.refused("ann", wrong(), problem.Unauthenticated); e.Detail["tries_left"] != 4 {
		t.Errorf("after a personal success: %v", e.Detail)
	}
}

// spend makes n failures of the Universal PIN's length, each followed by the
// person's own success, far enough apart that nothing else limits.
func (w *world) spend(n int, wrong func() string, code problem.Code) {
	w.t.Helper()
	for range n {
		w.refused("ann", wrong(), code)
		w.punchAny("ann", annPIN)
		w.punchAny("ann", annPIN)
		w.punchAny("ann", annPIN)
	}
}

func (w *world) punchAny(person, digits string) {
	w.t.Helper()
	s := w.in(person, digits)
	w.punch(s, s.Actions[0])
}

func TestTheUniversalBudgetIsRefilledByRunningTimeOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wrong := wrongPINs()
	w.spend(40, wrong, problem.Unauthenticated)
	if e := w.refused("bob", universalPIN, problem.Unauthenticated); e.Detail["tries_left"] != 4 {
		t.Errorf("empty must look like wrong: %v", e)
	}
	w.tick()
	if b := w.bodies(0, record.Lock); len(b) != 1 || b[0].Limit != "universal" || b[0].Person != "" {
		t.Errorf("central was not told once: %+v", b)
	}
	w.tick()
	w.m.reboot("boot-2", time.Minute) // power off for the night, and another boot
	w.crash()
	w.m.pass(35*time.Minute - time.Second)
	w.refused("bob", "3999", problem.Unauthenticated)
	w.refused("bob", universalPIN, problem.Unauthenticated)
	w.m.pass(time.Second)
	// One is given back: it is enough to try it once, and a success costs none.
	for range 3 {
		w.punchAny("bob", universalPIN)
	}
	w.punchAny("bob", bobPIN)
	w.refused("bob", wrong(), problem.Unauthenticated)
	w.refused("bob", universalPIN, problem.Unauthenticated)
	w.apply(w.universal("8642", 2)) // re-armed
	w.in("bob", "8642")
}

func TestALongUniversalPINIsOnlyGuessedAtItsLength(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.apply(w.universal("258025", 2))
	w.spend(45, wrongPINs(), problem.Unauthenticated)
	w.in("bob", "258025")
}

func TestTheWholeKioskSlowsDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 30 {
		w.apply(w.person(fmt.Sprintf("p%02d", i), attendance.Regular, "1357", 1, 0))
	}
	wrong := wrongPINs()
	for i := range 21 {
		w.refused(fmt.Sprintf("p%02d", i), wrong(), problem.Unauthenticated)
	}
	if e := w.refused("ann", annPIN, problem.Limited); waitOf(e) != 30*time.Second {
		t.Fatalf("wait = %v", e.Detail)
	}
	w.crash()
	w.m.pass(29 * time.Second)
	if e := w.refused("ann", annPIN, problem.Limited); waitOf(e) != time.Second {
		t.Fatalf("a refusal starts the wait again: %v", e.Detail)
	}
	w.m.pass(time.Second)
	w.punch(w.in("ann", annPIN), attendance.In)
	w.tick()
	w.tick()
	if b := w.bodies(0, record.Lock); len(b) != 1 || b[0].Limit != "kiosk" || b[0].Failures != 21 {
		t.Errorf("lock records = %+v", b)
	}
	w.refused("ann", annPIN, problem.Limited)
	w.m.reboot("boot-2", 0) // a reboot starts the 30 s again, and forgets no failure
	w.crash()
	if e := w.refused("ann", annPIN, problem.Limited); waitOf(e) != 30*time.Second {
		t.Errorf("after a reboot: %v", e.Detail)
	}
	w.m.pass(16 * time.Minute)
	w.in("ann", annPIN)
	w.in("bob", bobPIN)
}

// A busy kiosk at shift change is not slowed down by its share of mistakes.
func TestAFewMistakesSlowNobodyDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wrong := wrongPINs()
	for range 30 {
		w.refused("ann", wrong(), problem.Unauthenticated)
		for range 3 {
			w.punchAny("ann", annPIN)
		}
	}
}

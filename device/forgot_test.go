package device_test

import (
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
)

func (w *world) forgot(person string) local.Asked {
	w.t.Helper()
	a, err := w.terminal.Forgot(w.t.Context(), person)
	if err != nil {
		w.t.Fatalf("%s can't ask: %v", person, err)
	}
	return a
}

// Asking needs neither a network nor a PIN, works while the PIN is locked, and is
// in the queue like a punch.
func TestForgotIsQueuedLikeAPunch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.apply(w.person("ann", attendance.Regular, annPIN, 3, 2))
	wrong := wrongPINs()
	for range 4 {
		w.refused("ann", wrong(), problem.Unauthenticated)
	}
	w.refused("ann", wrong(), problem.Limited)
	a := w.forgot("ann")
	if a.Person != "Ann" || a.Repeated || a.At != w.m.real.UnixMilli() {
		t.Errorf("asked = %+v", a)
	}
	w.crash()
	b := w.bodies(0, record.Forgot)
	if len(b) != 1 || b[0].Person != "ann" || b[0].PINVersion != 3 || b[0].UnlockVersion != 2 || b[0].Stamp.Zone != "Europe/Berlin" {
		t.Fatalf("records = %+v", b)
	}
	// The new PIN works as soon as it is here.
	w.apply(w.person("ann", attendance.Regular, "6024", 4, 2))
	w.refused("ann", annPIN, problem.Unauthenticated)
	w.in("ann", "6024")
}

func TestForgotOncePerPersonAndHour(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.forgot("ann")
	w.m.pass(59 * time.Minute)
	if a := w.forgot("ann"); !a.Repeated || a.At != first.At {
		t.Errorf("59 min later: %+v, want that of %d", a, first.At)
	}
	if a := w.forgot("bob"); a.Repeated {
		t.Error("bob has to wait for ann")
	}
	w.crash()
	if a := w.forgot("ann"); !a.Repeated {
		t.Error("a restart forgets who asked")
	}
	// Neither a reboot nor a clock put forward makes the hour shorter: what counts
	// is how long the kiosk has run since.
	w.m.reboot("boot-2", 0)
	w.m.real = w.m.real.Add(48 * time.Hour)
	w.crash()
	if a := w.forgot("ann"); !a.Repeated || a.At != first.At {
		t.Errorf("after a reboot: %+v", a)
	}
	w.m.pass(time.Hour)
	if a := w.forgot("ann"); a.Repeated {
		t.Error("an hour later ann still can't ask")
	}
	if n := len(w.bodies(0, record.Forgot)); n != 3 {
		t.Errorf("%d records, want 3", n)
	}
}

func TestForgotHasABoundPerKiosk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.crew(21)
	last := ids[20]
	for _, id := range ids[:20] {
		w.forgot(id)
		w.m.pass(time.Minute)
	}
	_, err := w.terminal.Forgot(t.Context(), last)
	if !problem.Is(err, problem.Limited) || waitOf(problem.From(err)) != 40*time.Minute {
		t.Fatalf("the 21st: %v", err)
	}
	w.crash()
	if _, err := w.terminal.Forgot(t.Context(), last); !problem.Is(err, problem.Limited) {
		t.Errorf("after a restart: %v", err)
	}
	w.m.pass(40 * time.Minute)
	w.forgot(last)
	if _, err := w.terminal.Forgot(t.Context(), "ann"); !problem.Is(err, problem.Limited) {
		t.Errorf("two at once: %v", err)
	}
}

func TestForgotIsForListedPeopleOfAKioskWithPINs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.terminal.Forgot(t.Context(), "nobody"); !problem.Is(err, problem.NotFound) {
		t.Errorf("nobody: %v", err)
	}
	w.apply(w.settings(false))
	if _, err := w.terminal.Forgot(t.Context(), "ann"); !problem.Is(err, problem.Conflict) {
		t.Errorf("no PIN needed: %v", err)
	}
	if n := len(w.bodies(0, record.Forgot)); n != 0 {
		t.Errorf("%d records", n)
	}
}

// spoil makes a row of the counters unreadable.
func (w *world) spoil(key string) {
	w.t.Helper()
	must(w.t, w.journal.Update(w.t.Context(), func(tx *devicedb.JournalTx) error {
		return tx.PutGuard(key, []byte("\x00{not json"))
	}))
}

// A row of the counters that can't be read is a row that was lost: strict, and
// never a kiosk that refuses everybody.
func TestAnUnreadableCounterCountsAsLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wrong := wrongPINs()
	w.refused("ann", wrong(), problem.Unauthenticated)
	w.spoil("person/ann")
	if e := w.refused("ann", wrong(), problem.Limited); waitOf(e) != time.Minute {
		t.Errorf("ann's fifth failure: %v", e.Detail)
	}
	w.crash()
	// It is known for good: whoever has no counter yet starts at four, too.
	if e := w.refused("bob", wrong(), problem.Limited); waitOf(e) != time.Minute {
		t.Errorf("bob's fifth failure: %v", e.Detail)
	}
	w.m.pass(time.Minute)
	w.punch(w.in("bob", bobPIN), attendance.In)

	w = newWorld(t)
	w.in("bob", universalPIN)
	w.spoil("kiosk")
	w.tick() // the house is kept over it, too
	w.refused("ann", universalPIN, problem.Limited)
	w.m.pass(time.Minute)
	w.punch(w.in("ann", annPIN), attendance.In)
	w.m.pass(36 * time.Minute)
	w.in("bob", universalPIN)
}

// An hour is an hour, also when the running time was lost with its row.
func TestForgotAfterALostRunningTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.m.pass(100 * time.Hour)
	w.forgot("ann")
	w.m.reboot("boot-2", time.Minute)
	w.spoil("kiosk")
	if a := w.forgot("ann"); !a.Repeated {
		t.Error("a lost running time lets everybody ask again")
	}
	w.m.pass(time.Hour)
	if a := w.forgot("ann"); a.Repeated {
		t.Error("ann may never ask again")
	}

	w = newWorld(t)
	w.m.pass(100 * time.Hour)
	for _, id := range w.crew(20) {
		w.forgot(id)
	}
	w.m.reboot("boot-2", time.Minute)
	w.spoil("kiosk")
	if _, err := w.terminal.Forgot(t.Context(), "ann"); !problem.Is(err, problem.Limited) {
		t.Errorf("a lost running time takes the bound away: %v", err)
	}
	w.m.pass(time.Hour)
	w.forgot("ann")

	w = newWorld(t)
	w.forgot("ann")
	w.spoil("asks")
	w.forgot("ann") // when unsure, the request goes through
}

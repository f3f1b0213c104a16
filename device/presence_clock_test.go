package device_test

import (
	"slices"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/sync/wire"
)

// A machine without a clock wakes hours behind, and its own punches then look
// older than what central said before. Who came in here must be able to leave
// here all the same.
func TestAClockThatIsBehindTakesNobodysWayOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	head, err := w.journal.Head(t.Context())
	must(t, err)
	must(t, w.cache.ApplyPresence(t.Context(), wire.PresencePage{Gen: 1, Journal: head.Journal, AsOf: head.Seq, Rows: []wire.PresenceRow{
		{Person: "ann", State: "out", Since: w.m.real.Add(2 * time.Hour).UnixNano(), Kiosk: "back"},
	}}))
	w.punch(w.in("ann", annPIN), attendance.In)
	w.m.pass(8 * time.Hour) // meanwhile the clock has passed the instant of the news

	s := w.in("ann", annPIN)
	if !slices.Contains(s.Actions, attendance.Out) {
		t.Fatalf("who came in here is offered only %v", s.Actions)
	}
	w.punch(s, attendance.Out)
}

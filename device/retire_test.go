package device_test

import (
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// A kiosk that is about to forget everything gives no receipt for what it would forget.
func TestRetire(t *testing.T) {
	t.Parallel()
	w := carded(t, wire.BadgeOnly)
	w.punch(w.in("ann", annPIN), attendance.In)
	s := w.in("bob", bobPIN)
	w.terminal.Retire()
	if _, err := w.terminal.Punch(t.Context(), local.PunchRequest{Session: s.ID, Action: attendance.In}); !problem.Is(err, problem.Unavailable) {
		t.Errorf("a punch: %v", err)
	}
	if got := w.hold(olgaCard); got.Receipt != nil {
		t.Errorf("a card: %+v", got)
	}
	w.refused("ann", annPIN, problem.Unavailable)
	if got := w.bodies(0, record.Punched); len(got) != 1 {
		t.Errorf("%d punches are written", len(got))
	}
}

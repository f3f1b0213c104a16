package schedule_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/timepost/timepost/sync/schedule"
)

func TestAckTimeouts(t *testing.T) {
	t.Parallel()
	for n, want := range []time.Duration{10, 20, 40, 80, 120, 120, 120} {
		if got := schedule.Ack(n); got != want*time.Second {
			t.Errorf("after %d: %s, want %s", n, got, want*time.Second)
		}
	}
	if got := schedule.Ack(1 << 40); got != schedule.MaxWait {
		t.Errorf("after very many: %s", got)
	}
}

func TestFirstReconnectIsSpreadOverTheFleet(t *testing.T) {
	t.Parallel()
	for fleet, want := range map[int]time.Duration{-1: time.Second, 0: time.Second, 50: time.Second, 1000: 10 * time.Second, 6000: time.Minute, 1 << 40: time.Minute} {
		if got := (schedule.Reconnect{Fleet: fleet}).Wait(0, 0.5); got != want/2 {
			t.Errorf("fleet of %d: half way is %s, want %s", fleet, got, want/2)
		}
	}
}

func TestReconnectNeverGivesUpAndNeverHammers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := schedule.Reconnect{Fleet: rapid.Int().Draw(t, "fleet")}
		n, chance := rapid.IntRange(1, 1<<30).Draw(t, "n"), rapid.Float64Range(0, 0.999).Draw(t, "chance")
		if d := r.Wait(n, chance); d < time.Second || d > schedule.MaxWait {
			t.Fatalf("try %d waits %s", n, d)
		}
		if n > 7 && r.Wait(n, chance) < schedule.MaxWait/2 {
			t.Fatalf("try %d still waits only %s", n, r.Wait(n, chance))
		}
	})
}

package roster_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/roster"
	"github.com/timepost/timepost/store/centraldb"
)

// What changed for all kiosks is not pushed to all at once, a PIN or a lock is; and what
// waits is pulled all the same by whoever asks.
func TestWhatCanWait(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	c.spread = roster.NewSpread(c, slog.New(slog.DiscardHandler)) // nobody runs it: what waits stays
	c.rosters = c.newRosters(c.db)
	kiosks := []string{"gate", "lobby", "yard"}
	for _, k := range kiosks {
		c.enrol(k, k)
		c.assign(k, centraldb.Assignments{Everyone: true})
	}
	c.addPeople(person("ada", attendance.Regular))
	c.refresh(kiosks...)
	pushed := func(want int) {
		t.Helper()
		c.mu.Lock()
		defer c.mu.Unlock()
		if len(c.pushed) != want {
			t.Errorf("%d are pushed, want %d", len(c.pushed), want)
		}
		c.pushed = nil
	}
	pushed(3) // people are in it
	k := newCopy()
	c.pull("lobby", k)
	c.change(func(ctx context.Context, tx *centraldb.Tx) error {
		_, err := tx.AddBulletin(ctx, centraldb.Bulletin{Audience: centraldb.ForAll, Text: "Hello"})
		return err
	})
	c.refresh(kiosks...)
	pushed(1)
	c.pull("lobby", k)
	if got := k.messages(t); len(got) != 1 {
		t.Errorf("pulled: %q", got)
	}
	c.setPIN(pin.Personal, "ada", 1, true)
	c.refresh(kiosks...)
	pushed(3)
}

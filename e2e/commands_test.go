package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/sync/wire"
)

// TestCommands: a kiosk is told what to do from afar, does it once and says how it went.
func TestCommands(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	hire(t, c, "Ann Able")
	w := newClock(t, c, "Side Door", false)
	tell := func(verb, want string) client.Command {
		t.Helper()
		return awaitCommand(t, c, w, give(t, c, w, verb), want)
	}
	if got := tell(wire.VerbSync, "done"); got.Said != "All is sent and fetched." {
		t.Errorf("%+v", got)
	}
	if got := tell(wire.VerbRefetch, "done"); got.Said != "The list of people was fetched anew." {
		t.Errorf("%+v", got)
	}
	if got := tell(wire.VerbDiagnostics, "done"); got.Said != "The diagnostics are handed in." {
		t.Errorf("%+v", got)
	}
	if list, err := c.api.Diagnostics(t.Context(), w.id); err != nil || len(list.Archives) != 1 {
		t.Errorf("diagnostics: %+v, %v", list, err)
	}
	if got := tell(wire.VerbRestartScreen, "failed"); got.Said != "No touchscreen is connected." {
		t.Errorf("%+v", got)
	}
	screen(t, w)
	if got := tell(wire.VerbRestartScreen, "done"); got.Said != "The touchscreen runs again." {
		t.Errorf("%+v", got)
	}

	// The daemon ends as one that was told to, and says so once its service has started it.
	n := give(t, c, w, wire.VerbRestart)
	<-w.proc.done
	if code := w.proc.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("kioskd exited with %d", code)
	}
	// Nothing is asked twice of a kiosk that was away: what waits goes on from there.
	later := give(t, c, w, wire.VerbSync)
	taken := give(t, c, w, wire.VerbRestart)
	if _, err := c.api.CancelCommand(t.Context(), w.id, taken); err != nil {
		t.Fatal(err)
	}
	w.up(t)
	if got := awaitCommand(t, c, w, n, "done"); got.Said != "The daemon runs again." {
		t.Errorf("%+v", got)
	}
	awaitCommand(t, c, w, later, "done")
	awaitCommand(t, c, w, taken, "cancelled")
	select {
	case <-w.proc.done:
		t.Error("kioskd has ended again")
	default:
	}
}

func give(t *testing.T, c *centre, w *clock, verb string) uint64 {
	t.Helper()
	got, err := c.api.Command(t.Context(), w.id, client.NewCommand{Verb: verb})
	if err != nil {
		t.Fatal(err)
	}
	return got.N
}

func awaitCommand(t *testing.T, c *centre, w *clock, n uint64, state string) (got client.Command) {
	t.Helper()
	eventually(t, 60*time.Second, state, func() bool {
		var err error
		got, err = c.api.FindCommand(t.Context(), w.id, n)
		return err == nil && got.State == state
	})
	return got
}

// screen follows the kiosk's state as the touchscreen does, and starts anew when told.
func screen(t *testing.T, w *clock) {
	ctx, cancel := context.WithCancel(t.Context())
	done, met := make(chan struct{}), make(chan struct{}, 1)
	follow := func(ctx context.Context) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		first, known := "", false
		for s := range w.local.Watch(ctx) {
			if known && s.Restart != first {
				return
			}
			if !known {
				known, first = true, s.Restart
			}
			select {
			case met <- struct{}{}:
			default:
			}
		}
	}
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			follow(ctx)
		}
	}()
	<-met
	t.Cleanup(func() { cancel(); <-done })
}

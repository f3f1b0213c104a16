package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/problem"
)

// TestWipe: a machine is cleared while somebody clocks in and out at it. Whatever it has
// given a receipt for is at central, once; then it knows nothing any more, and can be set
// up again.
func TestWipe(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	ann := hire(t, c, "Ann Able")
	w := newClock(t, c, "Side Door", false)
	taps := w.tapOn(t, ann)
	got, err := c.api.Wipe(t.Context(), w.id, client.NewWipe{Confirm: "Side Door"})
	if err != nil {
		t.Fatal(err)
	}
	shown := <-taps
	if got = awaitCommand(t, c, w, got.N, "done"); got.Said != "It forgets everything." || got.Force {
		t.Errorf("%+v", got)
	}
	var recorded []string
	for _, p := range c.punches(t) {
		recorded = append(recorded, p.Note)
	}
	slices.Sort(recorded)
	slices.Sort(shown)
	if !slices.Equal(recorded, shown) || len(shown) < 2 {
		t.Errorf("shown as recorded: %q\nat central:        %q", shown, recorded)
	}
	<-w.proc.done
	if code := w.proc.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("kioskd exited with %d", code)
	}
	w.forgotten(t)
	if all, err := c.api.Kiosks(t.Context()); err != nil || len(all) != 1 || all[0].Status != "revoked" {
		t.Errorf("the kiosk is %+v, %v", all, err)
	}
	code, err := c.api.EnrolmentCode(t.Context(), w.id)
	if err != nil {
		t.Fatal(err)
	}
	w.proc.stop(syscall.SIGTERM, 20*time.Second)
	run(t, nil, bin(t, "kioskd"), "enrol", "--data", w.data(), code.URL)
	w.up(t)
	tap(t, w, ann, "again")
}

// tapOn taps until the kiosk takes no punch any more, and gives the notes of what it gave
// a receipt for. A punch that nobody knows of is none that was shown.
func (w *clock) tapOn(t *testing.T, person string) <-chan []string {
	t.Helper()
	tap(t, w, person, "n1")
	out := make(chan []string, 1)
	go func() {
		shown := []string{"n1"}
		for n := 2; ; n++ {
			note := fmt.Sprint("n", n)
			if _, err := w.punch(t, person, note); err != nil {
				out <- shown
				return
			}
			shown = append(shown, note)
		}
	}()
	return out
}

// forgotten starts the daemon, again when it ends, until it says that it is no kiosk, and
// fails where anything of the kiosk is left.
func (w *clock) forgotten(t *testing.T) {
	t.Helper()
	w.launch(t, nil)
	eventually(t, 90*time.Second, "no kiosk any more", func() bool {
		select {
		case <-w.proc.done:
			w.launch(t, nil)
		default:
		}
		s, err := w.local.State(t.Context())
		return err == nil && !s.Enrolled
	})
	entries, err := os.ReadDir(w.data())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != "lock" && e.Name() != "reserve" { // room on the disk, with nothing in it
			t.Errorf("%s is left", e.Name())
		}
	}
}

// TestWipeOfWhatCantBeSent: what would be lost is said and not given up, unless that is
// forced; and the power may fail while it happens.
func TestWipeOfWhatCantBeSent(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	hire(t, c, "Ann Able")
	w := newClock(t, c, "Side Door", false)
	aside := filepath.Join(w.data(), "journal.db.corrupt-0000aaaa")
	if err := os.WriteFile(aside, []byte("nothing can be read of this"), 0o600); err != nil {
		t.Fatal(err)
	}
	wipe := func(force bool, want string) client.Command {
		got, err := c.api.Wipe(t.Context(), w.id, client.NewWipe{Confirm: "side door", Force: force})
		if err != nil {
			t.Fatal(err)
		}
		return awaitCommand(t, c, w, got.N, want)
	}
	if got := wipe(false, "failed"); !strings.HasPrefix(got.Said, "Punches set aside on this kiosk have not been handed in") {
		t.Errorf("%+v", got)
	}
	if s, err := w.local.State(t.Context()); err != nil || s.Leaving || !s.Enrolled {
		t.Errorf("it goes on: %+v, %v", s, err)
	}
	wipe(true, "done")
	w.proc.kill9() // wherever it is by now
	w.forgotten(t)
	if _, err := c.api.Wipe(t.Context(), w.id, client.NewWipe{Confirm: "side door"}); !problem.Is(err, problem.Conflict) {
		t.Errorf("a second time: %v", err)
	}
}

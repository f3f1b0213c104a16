package e2e

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/device/enrol"
	"github.com/timepost/timepost/device/local"
)

// TestAMachineIsLetIn: a machine asks without a code over the socket, as the screen does,
// with a server whose web address it can't verify. The operator compares the value and
// lets it in, and people clock in there. Another is turned away.
func TestAMachineIsLetIn(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	ann := hire(t, c, "Ann Able")
	dir := shortDir(t)
	w := &clock{dir: dir, socket: filepath.Join(dir, "s")}
	w.local = local.Dial(w.socket)
	w.launch(t, nil)
	t.Cleanup(w.local.Close)
	eventually(t, 20*time.Second, "kioskd answers", func() bool { _, err := w.local.State(t.Context()); return err == nil })
	asked, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- w.local.Enrol(t.Context(), local.EnrolRequest{Server: c.web}, func(s local.EnrolStep) {
			if s.Name == enrol.StepWaiting && !s.Done {
				asked <- s.Check
			}
		})
	}()
	check := <-asked
	if list := run(t, c.env(), bin(t, "fleet"), "kiosk", "pending"); !strings.Contains(list, check) {
		t.Fatalf("%s is not on the list:\n%s", check, list)
	}
	id := regexp.MustCompile(`kiosk (dock-1-\w+)\.`).FindStringSubmatch(run(t, c.env(), bin(t, "fleet"), "kiosk", "accept", check, "--name", "Dock 1", "--no-pin"))
	if id == nil {
		t.Fatal("no kiosk was made")
	}
	run(t, c.env(), bin(t, "fleet"), "kiosk", "assign", id[1], "--everyone")
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	eventually(t, 30*time.Second, "Ann is listed", func() bool {
		all, err := w.people(t)
		return err == nil && len(all) == 1
	})
	tap(t, w, ann, "first")
	awaitDrained(t, []*clock{w})

	away := exec.CommandContext(t.Context(), bin(t, "kioskd"), "enrol", "--server", c.web, "--data", filepath.Join(shortDir(t), "data"))
	out := new(strings.Builder)
	away.Stdout, away.Stderr = out, out
	if err := away.Start(); err != nil {
		t.Fatal(err)
	}
	var value string
	eventually(t, 20*time.Second, "the second machine waits", func() bool {
		list, err := c.api.WaitingKiosks(t.Context())
		if err != nil || len(list) != 1 {
			return false
		}
		value = list[0].Check
		return true
	})
	run(t, c.env(), bin(t, "fleet"), "kiosk", "reject", value)
	err := away.Wait()
	if text := out.String(); err == nil || !strings.Contains(text, value) || !strings.Contains(text, "not let in") {
		t.Errorf("%v\n%s", err, text)
	}
}

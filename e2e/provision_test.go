package e2e

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/timepost/timepost/device/local"
)

// TestAMachineSetsItselfUp: a card with a bad file is said on the machine, a good one
// in its place makes it a kiosk by itself, and is removed.
func TestAMachineSetsItselfUp(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	ann := hire(t, c, "Ann Able")
	cards := filepath.Join(c.dir, "cards")
	run(t, append(c.env(), "HOME="+c.dir), bin(t, "fleet"), "provision", "--names", "Side Door", "--no-pin", "--everyone", "--out", cards)
	dir := shortDir(t)
	w := &clock{dir: dir, socket: filepath.Join(dir, "s")}
	w.local = local.Dial(w.socket)
	t.Cleanup(w.local.Close)
	boot := mustWrite(t, filepath.Join(dir, "timepost.toml"), "enrol = \"https://wrong\"\n")
	w.launch(t, nil, "--provision", filepath.Join(dir, "none.toml")+","+boot)
	eventually(t, 20*time.Second, "the bad file is said", func() bool {
		s, err := w.local.State(t.Context())
		return err == nil && !s.Enrolled && s.Provisioning != nil && s.Provisioning.File == boot && s.Provisioning.Code == "invalid"
	})
	good, err := os.ReadFile(filepath.Join(cards, "Side Door", "timepost.toml"))
	if err != nil {
		t.Fatal(err)
	}
	mustWrite(t, boot, string(good))
	eventually(t, 40*time.Second, "it is a kiosk with people", func() bool {
		s, err := w.local.State(t.Context())
		return err == nil && s.KioskName == "Side Door" && s.People > 0 && s.Provisioning == nil
	})
	eventually(t, 20*time.Second, "the file is gone", func() bool {
		_, err := os.Stat(boot)
		return errors.Is(err, os.ErrNotExist)
	})
	tap(t, w, ann, "first")
	awaitDrained(t, []*clock{w})
	// The same file on another machine: its code is used up.
	other := &clock{dir: shortDir(t)}
	other.socket = filepath.Join(other.dir, "s")
	other.local = local.Dial(other.socket)
	t.Cleanup(other.local.Close)
	other.launch(t, nil, "--provision", mustWrite(t, filepath.Join(other.dir, "timepost.toml"), string(good)))
	eventually(t, 20*time.Second, "the used code is said", func() bool {
		s, err := other.local.State(t.Context())
		return err == nil && !s.Enrolled && s.Provisioning != nil && s.Provisioning.Code == "used"
	})
}

package vm

import (
	"path/filepath"
	"testing"
)

// TestACardAtARealReader holds a card to a real evdev device, which QEMU's USB
// keyboard is: kioskd grabs it, and the card punches by itself.
func TestACardAtARealReader(t *testing.T) {
	m := boot(t, filepath.Join(t.TempDir(), "disk"))
	defer m.Cut() //nolint:errcheck // all has been seen
	m.settle(t)
	m.until(t, "kioskd has the reader", "journalctl -u kioskd --no-pager | grep attached || true", func(out string) bool { return out != "" })
	for _, arrived := range []string{"1\n", "2\n"} {
		if err := m.Type("6", "9", "3", "5", "0", "3", "ret"); err != nil {
			t.Fatal(err)
		}
		m.until(t, "the punch arrives", "/host/fleet punches list --json | wc -l", func(out string) bool { return out == arrived })
	}
	got := m.punches(t)
	for i, want := range []arrived{{Person: "Ada Brandt", Action: "in", Auth: "badge"}, {Person: "Ada Brandt", Action: "out", Auth: "badge"}} {
		if g := got[i]; g.Person != want.Person || g.Action != want.Action || g.Auth != want.Auth {
			t.Errorf("punch %d is %+v, want %+v", i, g, want)
		}
	}
}

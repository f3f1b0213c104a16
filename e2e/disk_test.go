package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/timepost/timepost/internal/problem"
)

// smallDisk puts the kiosk's data on a disk of its own, of so many MiB.
func (w *clock) smallDisk(t *testing.T, mib int) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root: a disk of its own is mounted")
	}
	if err := os.MkdirAll(w.data(), 0o700); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%dm,mode=700", mib), "tmpfs", w.data()).CombinedOutput()
	if err != nil {
		t.Fatalf("mount: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "--lazy", w.data()).CombinedOutput(); err != nil {
			t.Errorf("umount: %v: %s", err, out)
		}
	})
}

// fillUp fills the disk to the last byte.
func (w *clock) fillUp(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(filepath.Join(w.data(), name))
	if err != nil {
		t.Fatal(err)
	}
	for size := 1 << 20; size > 0; {
		if _, err := f.Write(make([]byte, size)); errors.Is(err, syscall.ENOSPC) {
			size /= 4
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestADiskThatFillsUp: somebody's files fill the kiosk's disk. The room that was kept is
// given up, the screen says so, people punch on. When that is full too nobody is told
// that anything was recorded; and once there is room again all goes on by itself.
func TestADiskThatFillsUp(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	staff := importWithPINs(t, c, 4)
	w, code := createdClock(t, c, "Front Door", true)
	w.smallDisk(t, 48)
	awaitHashed(t, c)
	run(t, nil, bin(t, "kioskd"), "enrol", "--data", w.data(), code.URL)
	w.up(t)
	eventually(t, 30*time.Second, "the kiosk is connected", func() bool { return w.state(t).Connected })
	l := newTally()
	n := 0
	tap := func() error {
		n++
		note := fmt.Sprintf("0.%d", n)
		p := staff[n%len(staff)]
		_, err := w.punchWith(t, p.ID, p.PIN, note)
		if err == nil {
			l.note(l.shown, note)
		}
		return err
	}
	kept := func() bool { _, err := os.Stat(filepath.Join(w.data(), "reserve")); return err == nil }
	eventually(t, 10*time.Second, "room is kept", func() bool { return kept() && !w.state(t).Cramped })

	w.fillUp(t, "film")
	eventually(t, 10*time.Second, "the screen says that it is full", func() bool { return !kept() && w.state(t).Cramped })
	eventually(t, 10*time.Second, "people punch on", func() bool { return tap() == nil })
	for range 20 {
		if err := tap(); err != nil {
			t.Errorf("there is room, and yet: %v", err)
		}
	}
	w.fillUp(t, "sequel")
	eventually(t, 20*time.Second, "the last room is used up", func() bool { return problem.Is(tap(), problem.OutOfOrder) })
	if s := w.state(t); s.Fault != string(problem.OutOfOrder) {
		t.Errorf("nothing can be recorded, and the screen says %+v", s)
	}

	for _, name := range []string{"film", "sequel"} {
		if err := os.Remove(filepath.Join(w.data(), name)); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, 10*time.Second, "it goes on by itself, and room is kept again", func() bool {
		s := w.state(t)
		return s.Fault == "" && !s.Cramped && kept()
	})
	if err := tap(); err != nil {
		t.Error(err)
	}
	awaitDrained(t, []*clock{w})
	awaitPunches(t, c, l)
	compare(t, c.punches(t), l)
}

// TestARosterThatIsDamagedWithoutANetwork: the list of people is damaged while central is
// away. Everybody is still let in, by the copy.
func TestARosterThatIsDamagedWithoutANetwork(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	staff := importWithPINs(t, c, 4)
	w := newClock(t, c, "Front Door", true)
	eventually(t, 30*time.Second, "the kiosk is connected", func() bool { return w.state(t).Connected })
	path := filepath.Join(w.data(), "cache.db")
	eventually(t, 100*time.Second, "a copy is made", func() bool { _, err := os.Stat(path + ".kept"); return err == nil })
	c.proc.kill9()
	w.proc.kill9()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copy(b[100:], bytes.Repeat([]byte{0xff}, len(b)-100))
	if err := errors.Join(os.WriteFile(path, b, 0o600), os.Remove(path+"-wal")); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	w.up(t)
	l := newTally()
	for i, p := range staff {
		note := fmt.Sprintf("0.%d", i)
		if _, err := w.punchWith(t, p.ID, p.PIN, note); err != nil {
			t.Errorf("%s: %v", note, err)
		}
		l.note(l.shown, note)
		w.refuses(t, p.ID, other(p.PIN, w.universal))
	}
	if aside, err := filepath.Glob(path + ".corrupt-*"); err != nil || len(aside) == 0 {
		t.Errorf("the damaged one is not set aside: %v", err)
	}
	c.up(t)
	awaitDrained(t, []*clock{w})
	awaitPunches(t, c, l)
	compare(t, c.punches(t), l)
}

package torture

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/timepost/timepost/store/devicedb"
)

// card is an ext4 filesystem in a file in memory.
type card struct {
	t           *testing.T
	file, mount string
}

func command(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

// memory gives a folder in memory.
func memory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "torture-")
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(dir)) })
	return dir
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newCard(t *testing.T) *card {
	t.Helper()
	dir := memory(t)
	c := &card{t: t, file: filepath.Join(dir, "card"), mount: filepath.Join(dir, "mount")}
	must(t, os.WriteFile(c.file, nil, 0o600))
	must(t, os.Truncate(c.file, 40<<20))
	command(t, "mkfs.ext4", "-q", "-F", "-J", "size=4", c.file)
	return c
}

func (c *card) plugIn() {
	must(c.t, os.MkdirAll(c.mount, 0o700))
	command(c.t, "mount", "-o", "loop", c.file, c.mount)
}

func (c *card) pullOut() { command(c.t, "umount", c.mount) }

// copied gives the card as it is on the device: read until nothing changes meanwhile.
func (c *card) copied() *card {
	c.t.Helper()
	data, err := os.ReadFile(c.file)
	must(c.t, err)
	for range 100 {
		again, err := os.ReadFile(c.file)
		must(c.t, err)
		if bytes.Equal(data, again) {
			to := &card{t: c.t, file: c.file + "-copy", mount: c.mount + "-copy"}
			must(c.t, os.WriteFile(to.file, data, 0o600))
			return to
		}
		data = again
	}
	c.t.Fatal("the device does not come to rest while the writer is stopped")
	return nil
}

// lacks counts the receipts that the card does not hold.
func (c *card) lacks(receipts map[string]bool) (n int) {
	c.t.Helper()
	c.plugIn()
	defer c.pullOut()
	j, err := open(context.Background(), c.mount)
	must(c.t, err)
	defer func() { must(c.t, j.Close()) }()
	here := map[string]bool{}
	h, err := j.Head(context.Background())
	must(c.t, err)
	for from := uint64(0); from < h.Seq; {
		recs, err := j.After(context.Background(), from, 1000)
		must(c.t, err)
		for _, r := range recs {
			here[receipt(r)] = true
			from = r.Seq
		}
	}
	for r := range receipts {
		if !here[r] {
			n++
		}
	}
	aside, err := filepath.Glob(filepath.Join(c.mount, "*."+devicedb.ReasonCorrupt+"-*"))
	must(c.t, err)
	if len(aside) > 0 {
		n++
	}
	return n
}

// cuts stops a writer so often, and gives how many cuts lost something.
func cuts(t *testing.T, seed uint64, n int, swallow bool) (receipts, losses int) {
	rng := rand.New(rand.NewPCG(seed, 1))
	c := newCard(t)
	c.plugIn()
	defer c.pullOut()
	w := start(t, c.mount, swallow)
	defer w.kill()
	for range n {
		w.letRun(rng)
		w.stop()
		copied := c.copied()
		said := w.said()
		if copied.lacks(said) > 0 {
			losses++
		}
		receipts = len(said)
		w.goOn()
	}
	return receipts, losses
}

// Every receipt that was given before the power fails is on the card, in a filesystem as
// kiosks have it. make torture cuts more often.
func TestPowerCutsOnExt4(t *testing.T) {
	needsRoot(t)
	seed, n := setting(t, "TIMEPOST_SEED", 1), setting(t, "TIMEPOST_CUTS", 10)
	receipts, losses := cuts(t, uint64(seed), n, false)
	t.Logf("%d power cuts on ext4, seed %d: %d receipts, %d cuts lost some", n, seed, receipts, losses)
	if losses > 0 || receipts < n {
		t.Error("receipts are lost, or too few were given")
	}
}

// Where flushes are swallowed, the same cuts lose receipts: the test above can fail.
func TestPowerCutsLoseOnExt4WithoutFlushing(t *testing.T) {
	needsRoot(t)
	receipts, losses := cuts(t, 1, 10, true)
	t.Logf("10 power cuts on ext4 with flushes swallowed: %d receipts, %d cuts lost some", receipts, losses)
	if losses == 0 {
		t.Error("nothing was lost: the cut cuts nothing")
	}
}

// needsRoot: loop devices and mounts do.
func needsRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: a filesystem on a loop device")
	}
	if _, err := os.Stat("/dev/loop-control"); err != nil {
		t.Skip(fmt.Sprint("needs loop devices: ", err))
	}
}

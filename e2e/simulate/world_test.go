package simulate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/timepost/timepost/internal/problem"
)

const org = "acme"

// began is when the simulated time begins.
var began = time.Date(2026, 3, 3, 5, 0, 0, 0, time.UTC)

// world is a fleet at one instant. Broken names what is broken on purpose; "" nothing.
type world struct {
	t      testing.TB
	ctx    context.Context
	dir    string
	seed   uint64
	rng    *rand.Rand
	now    time.Time
	broken string

	centre *centre
	kiosks []*kiosk
	net    *network
	people []*person

	dark   bool // the power of a machine is gone
	faulty bool // a disk has failed

	steps    int
	cuts     int                 // how often the power failed
	putBacks int                 // cards put back to an older copy
	notes    int                 // punches that were tried
	pruned   int                 // the most records that a kiosk has let go of in one journal
	shown    map[string]*receipt // by note: what a person has seen recorded
	trace    hash.Hash
	wrong    string // the first promise that was broken
}

// receipt is what a kiosk has shown as recorded.
type receipt struct {
	kiosk   *kiosk
	journal string
	seq     uint64
	excused bool // it was on a card that was put back to an older copy, or on a revoked machine
}

func newWorld(t testing.TB, seed uint64, broken string) *world {
	t.Helper()
	w := emptyWorld(t, seed, broken)
	w.centre = newCentre(w)
	for n := range 2 + w.rng.IntN(2) {
		w.kiosks = append(w.kiosks, newKiosk(w, fmt.Sprintf("kiosk-%d", n)))
	}
	for range 3 {
		w.hire()
	}
	w.centre.refresh()
	return w
}

// emptyWorld has nobody in it yet.
func emptyWorld(t testing.TB, seed uint64, broken string) *world {
	t.Helper()
	w := &world{
		t: t, ctx: t.Context(), dir: memoryDir(t), seed: seed, rng: rand.New(rand.NewPCG(seed, 1)), now: began, broken: broken,
		shown: map[string]*receipt{}, trace: sha256.New(),
	}
	w.net = &network{w: w}
	return w
}

// memoryDir is a folder in memory where there is one: what is durable is not the question.
func memoryDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "simulate-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func (w *world) close() {
	for _, k := range w.kiosks {
		k.close()
	}
	w.centre.close()
}

// random gives bytes of the seed, for keys and ids.
func (w *world) random() io.Reader { return dice{w.rng} }

type dice struct{ rng *rand.Rand }

func (d dice) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(d.rng.Uint32())
	}
	return len(p), nil
}

// must ends the test where the simulation itself fails.
func (w *world) must(err error) {
	if err != nil && (w.dark || w.faulty) {
		panic(dark{}) // see plug, round
	}
	if err != nil {
		w.t.Helper()
		w.t.Fatalf("seed %d, step %d: %v", w.seed, w.steps, err)
	}
}

// note writes a line of the trace.
func (w *world) note(format string, args ...any) {
	fmt.Fprintf(w.trace, "%d %s ", w.steps, w.now.Sub(began))
	fmt.Fprintf(w.trace, format+"\n", args...)
	if os.Getenv("TIMEPOST_TRACE") != "" {
		w.t.Logf("%d %s "+format, append([]any{w.steps, w.now.Sub(began)}, args...)...)
	}
}

func (w *world) sum() string { return hex.EncodeToString(w.trace.Sum(nil)) }

// broke notes a promise that does not hold; the run ends there.
func (w *world) broke(promise, format string, args ...any) {
	if w.wrong == "" {
		w.wrong = promise + ": " + fmt.Sprintf(format, args...)
	}
}

// run makes so many steps, or fewer where a promise breaks; then everything heals, and
// what was promised for then is checked too.
func (w *world) run(steps int) {
	for w.steps = 0; w.steps < steps && w.wrong == ""; w.steps++ {
		w.step()
		w.check()
	}
	if w.wrong == "" {
		w.heal()
		w.settled()
	}
}

// chance is true once in n.
func (w *world) chance(n int) bool { return w.rng.IntN(n) == 0 }

func (w *world) anyKiosk() *kiosk { return w.kiosks[w.rng.IntN(len(w.kiosks))] }

// step lets one thing happen.
func (w *world) step() {
	w.now = w.now.Add(time.Duration(w.rng.Int64N(int64(3 * time.Second))))
	if w.chance(60) {
		w.pass(time.Duration(w.rng.Int64N(int64(10 * time.Hour))))
	}
	switch n := w.rng.IntN(100); {
	case n < 40:
		w.net.deliver()
	case n < 65:
		w.anyKiosk().talk()
	case n < 82:
		w.somebodyCalls()
	case n < 88:
		w.centre.project()
	case n < 94:
		w.officeHours()
	default:
		w.trouble()
	}
}

func (w *world) pass(d time.Duration) { w.now = w.now.Add(d) }

// trouble lets something go wrong.
func (w *world) trouble() {
	k := w.anyKiosk()
	switch n := w.rng.IntN(100); {
	case n < 25:
		k.cut = !k.cut
		k.hangUp()
		w.note("%s cut %t", k.id, k.cut)
	case n < 35:
		k.restart("killed")
	case n < 45:
		k.powerFails()
	case n < 60:
		k.reboot()
	case n < 72:
		k.off = time.Duration(w.rng.Int64N(int64(400*24*time.Hour))) - 200*24*time.Hour
		w.note("%s clock off by %s", k.id, k.off)
	case n < 80:
		w.centre.restart()
	case n < 84:
		w.centre.powerFails()
	case n < 88:
		w.centre.save()
	case n < 91:
		w.centre.restore()
	case n < 94:
		k.save()
	case n < 96:
		k.putBack()
	case n < 98:
		k.replace()
	default:
		k.revoke()
	}
}

// heal ends all trouble and lets everybody talk until there is nothing left to say.
func (w *world) heal() {
	for _, k := range w.kiosks {
		k.cut = false
		if k.revoked {
			continue
		}
		k.off = 0
	}
	for round := range 4000 {
		w.now = w.now.Add(2 * time.Second)
		for _, k := range w.kiosks {
			k.talk()
		}
		for w.net.deliver() {
		}
		w.centre.project()
		if round > 60 && w.drained() { // each has begun two rounds since
			return
		}
	}
	w.broke("recovery", "the fleet has not come to rest: %s", w.queues())
}

func (w *world) drained() bool {
	for _, k := range w.kiosks {
		if !k.revoked && (k.head().Queue > 0 || !k.current()) {
			return false
		}
	}
	return true
}

func (w *world) queues() (out string) {
	for _, k := range w.kiosks {
		gen, version, err := k.cache.Version(w.ctx)
		out += fmt.Sprintf("%s: queue %d, roster %d.%d of %d, welcomed %t, revoked %t, err %v; ", k.id, k.head().Queue, gen, version, w.centre.version(k.id), k.welcomed, k.revoked, err)
	}
	return out
}

// code gives an error's code, "" for none.
func code(err error) problem.Code {
	if err == nil {
		return ""
	}
	return problem.CodeOf(err)
}

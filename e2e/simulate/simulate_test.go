package simulate

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

// number reads a setting of make simulate.
func number(t *testing.T, name string, usual int) int {
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

func simulated(t *testing.T, seed uint64, steps int, broken string) *world {
	t.Helper()
	w := newWorld(t, seed, broken)
	defer w.close()
	w.run(steps)
	return w
}

// TestSimulation: no promise breaks, whatever the seed lets happen. make simulate runs it
// long.
func TestSimulation(t *testing.T) {
	t.Parallel()
	first, seeds, steps := number(t, "TIMEPOST_SEED", 1), number(t, "TIMEPOST_SEEDS", 6), number(t, "TIMEPOST_STEPS", 1200)
	var shown, restored, back, cuts, ran, pruned atomic.Int64
	t.Run("seeds", func(t *testing.T) {
		for seed := first; seed < first+seeds; seed++ {
			t.Run(strconv.Itoa(seed), func(t *testing.T) {
				t.Parallel()
				w := simulated(t, uint64(seed), steps, "")
				if w.wrong != "" {
					t.Errorf("step %d: %s\nsee it again: make simulate SEED=%d SEEDS=1 STEPS=%d", w.steps, w.wrong, seed, steps)
				}
				ran.Add(int64(w.steps))
				shown.Add(int64(len(w.shown)))
				restored.Add(int64(w.centre.restored))
				back.Add(int64(w.putBacks))
				cuts.Add(int64(w.cuts))
				pruned.Add(int64(w.pruned))
			})
		}
	})
	t.Logf("%d steps over %d seeds from %d: %d punches shown as recorded, central restored %d times, %d cards put back, %d power cuts, %d records let go of", ran.Load(), seeds, first, shown.Load(), restored.Load(), back.Load(), cuts.Load(), pruned.Load())
	if shown.Load() < int64(seeds*steps/40) {
		t.Errorf("only %d punches were shown", shown.Load())
	}
}

// A seed tells the same story each time.
func TestSameSeedSameTrace(t *testing.T) {
	t.Parallel()
	a, b := simulated(t, 42, 800, ""), simulated(t, 42, 800, "")
	if a.sum() != b.sum() {
		t.Errorf("traces differ: %s, %s", a.sum(), b.sum())
	}
	if c := simulated(t, 43, 800, ""); c.sum() == a.sum() {
		t.Error("another seed tells the same")
	}
}

// Each promise is seen to break where something is broken on purpose.
func TestPromisesBite(t *testing.T) {
	t.Parallel()
	for broken, promise := range map[string]string{
		"acknowledges what it has not stored": "acknowledged is stored",
		"forgets what it has shown":           "shown is journalled",
		"counts twice":                        "nothing twice",
		"counts too little":                   "shown is counted",
		"reorders":                            "order",
		"rosters go back":                     "rosters never go back",
		"opens for any PIN":                   "PIN rules",
		"guesses for nothing":                 "guess limits",
	} {
		t.Run(broken, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(5) {
				w := simulated(t, seed+1, 2000, broken)
				if strings.HasPrefix(w.wrong, promise+":") {
					return
				}
				t.Logf("seed %d: %q", seed+1, w.wrong)
			}
			t.Errorf("%q does not break", promise)
		})
	}
}

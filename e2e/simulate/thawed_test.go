package simulate

import (
	"crypto/ed25519"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/record"
)

// TestFreeze is no test: make freeze DIR=... keeps a world as these programs leave it, for
// those that come after: see testdata/frozen.
func TestFreeze(t *testing.T) {
	dir := os.Getenv("TIMEPOST_FREEZE")
	if dir == "" {
		return
	}
	w := newWorld(t, uint64(number(t, "TIMEPOST_SEED", 5)), "")
	for w.steps = 0; w.steps < 2000; w.steps++ {
		w.step()
		w.check()
	}
	for _, k := range w.kiosks { // what is done now waits to be sent
		k.cut = true
		k.hangUp()
	}
	for range 100 {
		w.now = w.now.Add(time.Second)
		w.somebodyCalls()
	}
	for _, k := range w.kiosks { // and somebody has to wait
		w.guessAt(k)
	}
	if w.wrong != "" {
		t.Fatal(w.wrong)
	}
	w.freeze(dir)
}

// guessAt lets somebody who is on the list guess until they have to wait.
func (w *world) guessAt(k *kiosk) {
	said := k.said[k.roster()]
	for _, p := range w.people {
		for n := 0; said[p.id].active && n < 7; n++ {
			_, _ = w.types(k, p, said[p.id], w.digits()) // it is judged
		}
		if said[p.id].active {
			return
		}
	}
}

// Databases of every version before are opened, brought up to date, hold what they held,
// and the fleet goes on: what waited is sent, PINs and limits hold.
func TestFrozenWorldsGoOn(t *testing.T) {
	t.Parallel()
	worlds, err := filepath.Glob("testdata/frozen/*")
	if err != nil || len(worlds) == 0 {
		t.Fatal("no frozen world", err)
	}
	for _, dir := range worlds {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			w, f := thaw(t, dir, 1)
			defer w.close()
			for i, k := range w.kiosks {
				k.heldAll(f.Kiosks[i])
			}
			if counted := w.centre.counted(); !maps.Equal(counted, f.Punches) || len(counted) == 0 {
				t.Errorf("central counts %d punches, not the %d it did", len(counted), len(f.Punches))
			}
			w.run(800)
			if w.wrong != "" {
				t.Errorf("step %d: %s", w.steps, w.wrong)
			}
			t.Logf("%d receipts of then, %d since", len(f.Receipts), len(w.shown)-len(f.Receipts))
			if len(w.shown) < len(f.Receipts)+10 {
				t.Error("hardly anybody punched since")
			}
		})
	}
}

// heldAll checks that the journal is what it was, record by record, and the roster too.
func (k *kiosk) heldAll(f frozenKiosk) {
	t := k.w.t
	t.Helper()
	if h := k.head(); h != f.Head {
		t.Errorf("%s: head %+v, was %+v", k.id, h, f.Head)
	}
	if got := k.hashes(); !slices.Equal(got, f.Hashes) || len(got) == 0 {
		t.Errorf("%s: %d records, not the %d that were", k.id, len(got), len(f.Hashes))
	}
	recs := k.records()
	public := k.key.Public().(ed25519.PublicKey)
	first := record.Chain{Org: org, Kiosk: k.id, Journal: recs[0].Journal}
	for i, fault := range record.Verify(first, public, first.Genesis(public), recs) {
		if fault != record.Good || !record.Signed(public, recs[i].Hash, recs[i].Sig) {
			t.Errorf("%s: record %d is %s", k.id, recs[i].Seq, fault)
		}
	}
	for id, g := range f.Guesses {
		if s := f.Said[id]; s.Active && k.w.now.Sub(g.Last) < lockedFor(g.Failures) {
			_, err := k.terminal.Identify(k.w.ctx, local.Attempt{Person: id, PIN: pinOf(k.w, s.Digits)})
			if code(err) != problem.Limited && code(err) != problem.Locked {
				t.Errorf("%s: %s had to wait, and need not any more: %v", k.id, id, err)
			}
		}
	}
	if at := k.roster(); at != (roll{f.Gen, f.Version}) {
		t.Errorf("%s: roster %+v, was %d.%d", k.id, at, f.Gen, f.Version)
	}
	for id, s := range f.Said {
		p, err := k.cache.Person(k.w.ctx, id)
		if s.Active && (err != nil || !p.Active) || !s.Active && err == nil && p.Active {
			t.Errorf("%s: person %s: %+v, %v", k.id, id, p.Person, err)
		}
	}
}

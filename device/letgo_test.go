package device_test

import (
	"testing"
	"time"

	"github.com/timepost/timepost/store/devicedb"
)

// Records go once central has had them for long, by time in which the machine ran and
// central said that it has them: not by the wall clock, and not while nothing is heard,
// for it may have been restored from a backup without them.
func TestRecordsGoWhenCentralHasHadThemForLong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 3 {
		s := w.in("ann", annPIN)
		w.punch(s, s.Actions[0])
		w.m.pass(time.Hour)
	}
	h, err := w.journal.Head(t.Context())
	must(t, err)
	must(t, w.journal.Release(t.Context(), h.Journal, h.Seq, h.Hash, 1))
	held := func(why string, want uint64) {
		t.Helper()
		w.tick()
		if h, err := w.journal.Head(t.Context()); err != nil || h.Oldest != want {
			t.Errorf("%s: the oldest record is %d, not %d, %v", why, h.Oldest, want, err)
		}
	}
	w.terminal.SetStored(w.m.real)
	held("right away", 1)
	w.m.real = w.m.real.Add(400 * 24 * time.Hour)
	held("the clock was set ahead", 1)
	w.m.pass(devicedb.KeepFor + time.Hour)
	held("central has said nothing since", 1)
	w.terminal.SetStored(w.m.real)
	w.m.pass(time.Hour)
	held("it has", h.Seq)
}

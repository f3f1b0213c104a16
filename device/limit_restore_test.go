package device_test

import (
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/sync/wire"
)

// A restored server sends the Universal PIN's version of its backup. The budget
// of the newer version stays in force, and honest use must not eat it up.
func TestHonestUseOfARestoredUniversalPINCostsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.apply(w.universal(universalPIN, 5))
	w.punch(w.in("bob", universalPIN), attendance.In)

	page := wire.Page{Gen: 2, From: 0, To: 1, Parts: 1, Rows: []wire.Row{
		w.settings(true), w.person("bob", attendance.Regular, bobPIN, 1, 0), w.universal(universalPIN, 4),
	}}
	must(t, w.cache.Apply(t.Context(), []wire.Page{page}))
	for i := range 45 {
		w.m.pass(31 * time.Second)
		s, err := w.try("bob", universalPIN)
		if err != nil {
			t.Fatalf("use %d: %v", i+1, err)
		}
		w.punch(s, s.Actions[0])
	}
}

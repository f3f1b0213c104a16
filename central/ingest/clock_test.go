package ingest_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/central/ingest"
	"github.com/timepost/timepost/sync/wire"
)

// A welcome tells the time only while something keeps central's clock right.
func TestAWelcomeTellsTheTime(t *testing.T) {
	t.Parallel()
	k := newKiosk("gate")
	c := newCentre(t, k)
	if w := c.welcome(k, k.hello()); w.Clock != nil {
		t.Errorf("a central without a clock says %+v", w.Clock)
	}
	right := false
	cfg := c.config(c.log)
	cfg.Clock = func() (string, time.Duration, bool) { return "central a", 20 * time.Millisecond, right }
	c.ingest = ingest.New(cfg)
	if w := c.welcome(k, k.hello()); w.Clock != nil {
		t.Errorf("a central that doubts its clock says %+v", w.Clock)
	}
	right = true
	want := &wire.Clock{Source: "central a", Received: start.UnixNano(), Sent: start.UnixNano(), Err: 20_000_000}
	if d := cmp.Diff(want, c.welcome(k, k.hello()).Clock); d != "" {
		t.Error(d)
	}
}

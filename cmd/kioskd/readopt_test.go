package main

import (
	"testing"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/agent"
)

// A kiosk asks whether it is known when it is refused for good, or has heard nothing for
// long; never while it is connected or need not be.
func TestWhenAKioskAsksWhetherItIsKnown(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	late := began.Add(6 * time.Minute)
	for name, c := range map[string]struct {
		s      agent.Status
		denied bool
		now    time.Time
		want   bool
	}{
		"refused, a new certificate too":   {agent.Status{Fault: problem.Forbidden}, true, began, true},
		"refused, a certificate may come":  {agent.Status{Fault: problem.Forbidden}, false, late, false},
		"silence since the start":          {agent.Status{Fault: problem.Unavailable}, true, late, true},
		"silence since a moment":           {agent.Status{Fault: problem.Unavailable, LastContact: late.Add(-time.Minute)}, true, late, false},
		"silence of the time before":       {agent.Status{Fault: problem.Unavailable, LastContact: began.Add(-time.Hour)}, true, began.Add(time.Minute), false},
		"connected":                        {agent.Status{Connected: true, Fault: problem.Forbidden}, true, late, false},
		"between rounds, nothing is wrong": {agent.Status{}, true, late, false},
	} {
		asks := &comeback{denied: func() bool { return c.denied }}
		if got := asks.due(c.s, began, c.now); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

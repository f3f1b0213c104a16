package main

import (
	"errors"
	"testing"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/agent"
)

// A server that does not take what is handed in is not asked all the time, and one
// that does is asked at once again.
func TestHandingInIsTriedLessAndLessOften(t *testing.T) {
	t.Parallel()
	var p patience
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	if !p.over(now) {
		t.Error("the first try waits")
	}
	for _, want := range []time.Duration{
		10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second, 160 * time.Second,
		320 * time.Second, 640 * time.Second, 1280 * time.Second, 2560 * time.Second, time.Hour, time.Hour,
	} {
		p.took(now, errors.New("no"))
		if p.over(now.Add(want-time.Second)) || !p.over(now.Add(want)) {
			t.Errorf("it waits %s, want %s", p.next.Sub(now), want)
		}
	}
	p.took(now, nil)
	if !p.over(now) {
		t.Error("it waits after a success")
	}
}

func TestOnlyARefusalIsHandedPast(t *testing.T) {
	t.Parallel()
	for want, s := range map[bool][]agent.Status{
		true:  {{Fault: problem.Forbidden}},
		false: {{}, {Fault: problem.Unavailable}, {Fault: problem.Untrusted}, {Fault: problem.Forbidden, Connected: true}},
	} {
		for _, each := range s {
			if refused(each) != want {
				t.Errorf("%+v: %v", each, !want)
			}
		}
	}
}

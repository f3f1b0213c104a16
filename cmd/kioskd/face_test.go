package main

import (
	"context"
	"testing"

	"github.com/timepost/timepost/device/hw"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// Without a Terminal the screen is told why, and told again when that changes.
func TestFaceWithoutATerminal(t *testing.T) {
	t.Parallel()
	clocks, err := hw.OpenClocks()
	if err != nil {
		t.Fatal(err)
	}
	f := newFace(clocks, nil)
	ctx, cancel := context.WithCancel(t.Context())
	watch := f.Watch(ctx)
	if s := <-watch; s.Enrolled || s.Fault != "" || s.Zone != "UTC" {
		t.Errorf("nobody yet: %+v", s)
	}
	if _, err := f.Identify(ctx, local.Attempt{Person: "ann"}); !problem.Is(err, problem.Conflict) {
		t.Errorf("nobody yet: %v", err)
	}
	for name, err := range deskOf(ctx, f) {
		if !problem.Is(err, problem.Conflict) {
			t.Errorf("nobody yet: %s: %v", name, err)
		}
	}
	f.fail(problem.OutOfOrder)
	if s := <-watch; !s.Enrolled || s.Fault != string(problem.OutOfOrder) {
		t.Errorf("out of order: %+v", s)
	}
	if _, err := f.Punch(ctx, local.PunchRequest{}); !problem.Is(err, problem.OutOfOrder) {
		t.Errorf("out of order: %v", err)
	}
	f.serve(nil) // the Terminal is being put together again
	if s := <-watch; !s.Enrolled || s.Fault != "" {
		t.Errorf("starting: %+v", s)
	}
	if _, err := f.People(ctx, local.PeopleQuery{Limit: 1}); !problem.Is(err, problem.Unavailable) {
		t.Errorf("starting: %v", err)
	}
	if err := f.End(ctx, "gone"); err != nil {
		t.Errorf("end: %v", err)
	}
	cancel()
	for range watch { // closed at the end
	}
}

// deskOf asks for everything besides punching.
func deskOf(ctx context.Context, f *face) map[string]error {
	out := map[string]error{"read": f.Read(ctx, "t", "m")}
	_, out["hours"] = f.Hours(ctx, "s")
	_, out["missed"] = f.Missed(ctx, local.Missed{})
	_, out["unresolved"] = f.Unresolved(ctx, "s")
	_, out["undo"] = f.Undo(ctx, "t")
	_, out["unlisted"] = f.NotListed(ctx, local.Newcomer{})
	return out
}

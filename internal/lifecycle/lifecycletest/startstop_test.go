package lifecycletest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/internal/lifecycle"
)

func TestGroupStartsAndStops(t *testing.T) {
	t.Parallel()
	StartStop(t, func() lifecycle.Service {
		var g lifecycle.Group
		g.AddFunc("a", func(ctx context.Context) error { <-ctx.Done(); return nil })
		var inner lifecycle.Group
		inner.AddFunc("b", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		g.Add("inner", &inner)
		return &g
	})
}

// Every kind of bad service is told from a good one.
func TestRoundFindsBadServices(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	for _, c := range []struct {
		name string
		run  lifecycle.Func
		want string
	}{
		{"deaf", func(context.Context) error { <-release; return nil }, "did not return"},
		{"fails", func(ctx context.Context) error { <-ctx.Done(); return errors.New("boom") }, "boom"},
		{"leaks", func(ctx context.Context) error {
			go func() { <-release }()
			<-ctx.Done()
			return ctx.Err()
		}, "outlive"},
		{"unasked", func(context.Context) error { return context.Canceled }, "run service"},
		{"good", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, ""},
		{"done", func(context.Context) error { return nil }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := round(t.Name(), 5*time.Millisecond, c.run, 50*time.Millisecond, 50*time.Millisecond)
			switch {
			case c.want == "" && err != nil:
				t.Errorf("a good service was refused: %v", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("round = %v, want an error with %q", err, c.want)
			}
		})
	}
}

package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/internal/lifecycle"
)

// diary notes what services do, in order.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) note(line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, line)
}

func (d *diary) expect(t *testing.T, want ...string) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if diff := cmp.Diff(want, d.lines); diff != "" {
		t.Errorf("order of events (-want +got):\n%s", diff)
	}
}

// slow is a Readier that takes its time to become ready and to stop.
type slow struct {
	*lifecycle.Signal
	name       string
	diary      *diary
	start, end time.Duration
}

func (s slow) Ready() <-chan struct{} { return s.Done() }

func (s slow) Run(ctx context.Context) error {
	time.Sleep(s.start)
	s.diary.note(s.name + " ready")
	s.Set()
	<-ctx.Done()
	time.Sleep(s.end)
	s.diary.note(s.name + " ended")
	return ctx.Err()
}

func newSlow(d *diary, name string) slow {
	return slow{lifecycle.NewSignal(), name, d, time.Second, time.Second}
}

func TestStartsInOrderAndStopsInReverse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var d diary
		g := lifecycle.Group{StopWithin: time.Minute}
		for _, name := range []string{"store", "agent", "socket"} {
			g.Add(name, newSlow(&d, name))
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-g.Ready()
			d.note("group ready")
			cancel()
		}()
		if err := g.Run(ctx); err != nil {
			t.Errorf("Run = %v, want nil after a cancellation", err)
		}
		d.expect(t, "store ready", "agent ready", "socket ready", "group ready",
			"socket ended", "agent ended", "store ended")
	})
}

func TestFirstFailureStopsAll(t *testing.T) {
	t.Parallel()
	errDisk := errors.New("disk is full")
	synctest.Test(t, func(t *testing.T) {
		var d diary
		var g lifecycle.Group
		g.Add("below", newSlow(&d, "below"))
		g.AddFunc("broken", func(context.Context) error {
			time.Sleep(time.Hour)
			return errDisk
		})
		g.Add("above", newSlow(&d, "above"))
		err := g.Run(t.Context())
		if !errors.Is(err, errDisk) || !strings.Contains(err.Error(), "run broken: disk is full") {
			t.Errorf("Run = %v, want the failure with its name", err)
		}
		d.expect(t, "below ready", "above ready", "above ended", "below ended")
	})
}

func TestFailureWhileStartingStartsNoMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var d diary
		var g lifecycle.Group
		g.AddFunc("broken", func(context.Context) error { return errors.New("no key") })
		g.Add("waits", newSlow(&d, "waits"))
		g.Add("never", newSlow(&d, "never"))
		if err := g.Run(t.Context()); err == nil {
			t.Error("Run = nil, want the failure")
		}
		for _, line := range d.lines {
			if strings.HasPrefix(line, "never") {
				t.Errorf("a service was started after a failure: %s", line)
			}
		}
		select {
		case <-g.Ready():
			t.Error("the group said it was ready")
		default:
		}
	})
}

func TestEveryFailureIsReported(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var g lifecycle.Group
		g.AddFunc("store", func(ctx context.Context) error {
			<-ctx.Done()
			return errors.Join(ctx.Err(), errors.New("close store: busy"))
		})
		g.AddFunc("link", func(context.Context) error { return errors.New("refused") })
		err := g.Run(t.Context())
		for _, want := range []string{"run link: refused", "close store: busy"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("Run = %v, want it to hold %q", err, want)
			}
		}
	})
}

func TestFinishedServicesStopNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var g lifecycle.Group
		g.AddFunc("migrate", func(context.Context) error { return nil })
		g.AddFunc("work", func(ctx context.Context) error {
			select {
			case <-ctx.Done():
				return errors.New("stopped early")
			case <-time.After(time.Hour):
				return nil
			}
		})
		if err := g.Run(t.Context()); err != nil {
			t.Errorf("Run = %v, want nil", err)
		}
		if d := time.Since(began); d != time.Hour {
			t.Errorf("the group ran %v, want until its last service ended", d)
		}
	})
}

func TestStuckServiceIsNamedAndOthersEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var d diary
		g := lifecycle.Group{StopWithin: 10 * time.Second}
		g.Add("store", newSlow(&d, "store"))
		g.AddFunc("stuck", func(context.Context) error { <-release; return nil })
		g.Add("socket", newSlow(&d, "socket"))
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-g.Ready(); cancel() }()
		began := time.Now()
		err := g.Run(ctx)
		if !errors.Is(err, lifecycle.ErrStuck) || !strings.Contains(err.Error(), ": stuck:") {
			t.Errorf("Run = %v, want ErrStuck that names only \"stuck\"", err)
		}
		if took := time.Since(began) - 2*time.Second; took != 10*time.Second {
			t.Errorf("stopping took %v, want the bound of 10s", took)
		}
		d.expect(t, "store ready", "socket ready", "socket ended", "store ended")
		close(release)
	})
}

func TestUnaskedCancellationIsAFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var g lifecycle.Group
		g.AddFunc("confused", func(context.Context) error { return context.Canceled })
		if err := g.Run(t.Context()); err == nil {
			t.Error("Run = nil, but nobody cancelled")
		}
	})
}

func TestCancelledBeforeStart(t *testing.T) {
	t.Parallel()
	var g lifecycle.Group
	g.AddFunc("any", func(context.Context) error { return errors.New("was started") })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := g.Run(ctx); err != nil {
		t.Errorf("Run = %v, want nil and nothing started", err)
	}
}

func TestIsCancellation(t *testing.T) {
	t.Parallel()
	real := errors.New("real")
	for _, c := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{real, false},
		{context.DeadlineExceeded, false},
		{context.Canceled, true},
		{fmt.Errorf("read: %w", context.Canceled), true},
		{errors.Join(context.Canceled, context.Canceled), true},
		{errors.Join(context.Canceled, real), false},
		{fmt.Errorf("%w while %w", context.Canceled, real), false},
	} {
		if got := lifecycle.IsCancellation(c.err); got != c.want {
			t.Errorf("IsCancellation(%v) = %v, want %v", c.err, got, c.want)
		}
	}
}

func ExampleGroup() {
	ctx, cancel := context.WithCancel(context.Background())
	var g lifecycle.Group
	g.AddFunc("store", func(ctx context.Context) error {
		<-ctx.Done()
		fmt.Println("store closed")
		return nil
	})
	g.AddFunc("link", func(ctx context.Context) error {
		<-ctx.Done()
		fmt.Println("link closed")
		return ctx.Err()
	})
	go func() {
		<-g.Ready()
		cancel()
	}()
	fmt.Println(g.Run(ctx))
	// Output:
	// link closed
	// store closed
	// <nil>
}

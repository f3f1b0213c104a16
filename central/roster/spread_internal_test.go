package roster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/sync/wire"
)

// tape notes what is pushed and when; it refuses what it is told to.
type tape struct {
	began time.Time
	heard []string
	fails bool
}

func (t *tape) Publish(_ context.Context, m wire.Message) error {
	t.heard = append(t.heard, fmt.Sprint(time.Since(t.began), " ", m.Topic))
	if t.fails {
		return errors.New("nobody there")
	}
	return nil
}

// Pushes go out in the order of their time, one of each kiosk; one that fails holds up
// none, and what is left at the end is not pushed.
func TestSpread(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out := &tape{began: time.Now(), fails: true}
		s := NewSpread(out, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		synctest.Wait()
		s.put("a", 3*time.Second, wire.Message{Topic: "a1"})
		s.put("b", time.Second, wire.Message{Topic: "b1"})
		s.put("c", 2*time.Second, wire.Message{Topic: "c1"})
		s.put("b", 4*time.Second, wire.Message{Topic: "b2"})
		time.Sleep(5 * time.Second)
		s.put("a", time.Second, wire.Message{Topic: "a2"})
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if d := cmp.Diff([]string{"2s c1", "3s a1", "4s b2"}, out.heard); d != "" {
			t.Error(d)
		}
	})
}

// A small fleet hears at once or nearly so, the largest within a minute.
func TestPlace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		n, all int
		want   time.Duration
	}{{0, 1, 0}, {0, 2, 0}, {1, 2, 30 * time.Millisecond}, {99, 100, 2970 * time.Millisecond}, {2000, 4000, 30 * time.Second}, {3999, 4000, 59985 * time.Millisecond}} {
		if got := place(c.n, c.all); got != c.want {
			t.Errorf("%d of %d: %v, want %v", c.n, c.all, got, c.want)
		}
	}
}

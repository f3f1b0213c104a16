package schedule_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/sync/schedule"
)

// A round that takes longer than its interval leaves out rounds; none overlap.
func TestRunDoesNotOverlap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, err := schedule.Parse("* * * * *")
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		start := time.Now()
		var began []time.Duration
		done := make(chan error, 1)
		go func() {
			done <- schedule.Run(ctx, s, time.Now, nil, func(context.Context) {
				began = append(began, time.Since(start))
				time.Sleep(90 * time.Second)
			})
		}()
		time.Sleep(5 * time.Minute)
		stop()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		want := []time.Duration{time.Minute, 3 * time.Minute, 5 * time.Minute}
		if diff := cmp.Diff(want[:2], began[:2]); diff != "" || len(began) > 3 {
			t.Fatalf("rounds began at %v %s", began, diff)
		}
	})
}

func TestPokeRunsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, err := schedule.Parse("@every 1h")
		if err != nil {
			t.Fatal(err)
		}
		poke, ran := make(chan struct{}, 1), make(chan time.Time, 9)
		go schedule.Run(t.Context(), s, time.Now, poke, func(context.Context) { ran <- time.Now() })
		time.Sleep(time.Minute)
		poked := time.Now()
		poke <- struct{}{}
		if got := <-ran; !got.Equal(poked) {
			t.Fatalf("ran at %s, poked at %s", got, poked)
		}
		if got := <-ran; !got.Equal(s.Next(poked)) {
			t.Fatalf("ran at %s, was due at %s", got, s.Next(poked))
		}
	})
}

// A kiosk boots in 1970 and learns the time a minute later. The round that was
// due tonight must not wait for as long as it was when the clock was wrong.
func TestRunNoticesThatTheClockWasSet(t *testing.T) {
	t.Parallel()
	for name, jump := range map[string]time.Duration{
		"forward": 56*365*24*time.Hour + 23*time.Hour + 50*time.Minute,
		"back":    -(30*24*time.Hour + 10*time.Minute),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, err := schedule.Parse("0 0 * * *")
				if err != nil {
					t.Fatal(err)
				}
				var shift time.Duration
				start := time.Now()
				now := func() time.Time {
					if time.Since(start) < 90*time.Second {
						return time.Now().UTC()
					}
					return time.Now().UTC().Add(shift)
				}
				shift = jump
				ran := make(chan time.Time)
				go schedule.Run(t.Context(), s, now, nil, func(ctx context.Context) {
					select {
					case ran <- time.Now():
					case <-ctx.Done():
					}
				})
				if took := (<-ran).Sub(start); took > 12*time.Minute {
					t.Fatalf("the round came after %s", took)
				}
			})
		})
	}
}

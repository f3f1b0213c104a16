package roster_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/central/roster"
	"github.com/timepost/timepost/internal/lifecycle"
	"github.com/timepost/timepost/internal/lifecycle/lifecycletest"
)

// refreshes notes what is refreshed, and fails the first time.
type refreshes struct {
	fail bool
	got  []string
}

func (r *refreshes) Refresh(_ context.Context, kiosks ...string) error {
	if r.fail {
		r.fail = false
		return errors.New("busy")
	}
	r.got = append(r.got, kiosks...)
	return nil
}

func (r *refreshes) RefreshAll(ctx context.Context) error { return r.Refresh(ctx, "all") }

func (r *refreshes) Holders(_ context.Context, people []string) (map[string][]string, error) {
	out := map[string][]string{}
	for _, id := range people {
		out[id] = []string{"gate", id + "-dock"}
	}
	return out, nil
}

// Much that changes in a row is one refresh of each kiosk; what fails is not lost.
func TestLaterRefreshesOnce(t *testing.T) {
	t.Parallel()
	r := &refreshes{fail: true}
	l := roster.NewLater(r, r, slog.New(slog.NewTextHandler(io.Discard, nil)))
	l.Soon([]string{"ada", "bob"})
	l.Soon([]string{"ada"})
	if err := l.Once(t.Context()); err == nil {
		t.Error("a failure is not told")
	}
	for range 2 {
		if err := l.Once(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(r.got)
	if d := cmp.Diff([]string{"ada-dock", "bob-dock", "gate"}, r.got); d != "" {
		t.Error(d)
	}
	r.got = nil
	l.All()
	l.Soon([]string{"ada"})
	if err := l.Once(t.Context()); err != nil || !slices.Equal(r.got, []string{"all"}) {
		t.Error(r.got, err)
	}
}

func TestLaterStartsAndStops(t *testing.T) {
	t.Parallel()
	lifecycletest.StartStop(t, func() lifecycle.Service {
		r := &refreshes{}
		l := roster.NewLater(r, r, slog.New(slog.NewTextHandler(io.Discard, nil)))
		l.All()
		return l
	})
}

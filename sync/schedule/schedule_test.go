package schedule_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/schedule"
)

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestNext(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ expr, now, want string }{
		{"", "2026-03-01T10:00:00Z", "2026-03-01T10:01:00Z"},
		{"* * * * *", "2026-03-01T10:00:59.5Z", "2026-03-01T10:01:00Z"},
		{"*/5 * * * *", "2026-03-01T10:01:00Z", "2026-03-01T10:05:00Z"},
		{"0 2 * * 1-5", "2026-02-27T02:00:00Z", "2026-03-02T02:00:00Z"},
		{"@hourly", "2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z"},
		{"@every 90s", "2026-03-01T10:00:00Z", "2026-03-01T10:01:30Z"},
		{"@every 10m", "2026-03-01T10:07:03Z", "2026-03-01T10:10:00Z"},
		{"@every 10m", "1969-12-31T23:57:00Z", "1970-01-01T00:00:00Z"},
		{"0 0 29 2 *", "2097-01-01T00:00:00Z", "2104-02-29T00:00:00Z"},
	} {
		s, err := schedule.Parse(c.expr)
		if err != nil {
			t.Fatalf("%q: %v", c.expr, err)
		}
		if got := s.Next(at(c.now)); !got.Equal(at(c.want)) {
			t.Errorf("%q after %s: %s, want %s", c.expr, c.now, got, c.want)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for _, expr := range []string{"x", "* * * *", "* * * * * *", "60 * * * *", "0 0 30 2 *", "TZ=UTC", "CRON_TZ=UTC * * * * *", "@never", "@every x", "*/0 * * * *"} {
		if _, err := schedule.Parse(expr); !problem.Is(err, problem.Invalid) {
			t.Errorf("%q: %v", expr, err)
		}
	}
}

// Local time is skipped in spring and comes twice in autumn; neither may stop
// the rounds or run one before its time.
func TestDaylightSaving(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	s, err := schedule.Parse("*/15 * * * *")
	if err != nil {
		t.Fatal(err)
	}
	for _, night := range []string{"2026-03-28T23:00:00Z", "2026-10-24T23:00:00Z"} {
		now := at(night).In(berlin)
		for range 16 {
			next := s.Next(now)
			if d := next.Sub(now); d != 15*time.Minute {
				t.Fatalf("after %s comes %s", now, next)
			}
			now = next
		}
	}
}

func TestSplaySpreadsAFleet(t *testing.T) {
	t.Parallel()
	for expr, limit := range map[string]time.Duration{
		"* * * * *": time.Minute, "0,1 * * * *": time.Minute, "@every 10s": 10 * time.Second,
		"@hourly": schedule.MaxSplay, "0 2 * * *": schedule.MaxSplay, "0 0 1 1 *": schedule.MaxSplay,
	} {
		s, err := schedule.Parse(expr)
		if err != nil {
			t.Fatal(err)
		}
		buckets := make([]int, 10)
		for i := range 1000 {
			splay := s.For(fmt.Sprintf("kiosk-%d", i)).Splay()
			if splay < 0 || splay >= limit {
				t.Fatalf("%q: splay %s", expr, splay)
			}
			buckets[int(splay*10/limit)]++
		}
		for i, n := range buckets {
			if n < 50 || n > 150 {
				t.Errorf("%q: %d of 1000 kiosks in tenth %d", expr, n, i)
			}
		}
	}
}

// For every kiosk and moment: the next round is later, and no round lies between.
func TestNextProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		expr := rapid.SampledFrom([]string{"* * * * *", "*/7 * * * *", "0 2 * * *", "@every 17s", "@every 3h", "5,6 9-17 * * 1-5"}).Draw(t, "expr")
		s, err := schedule.Parse(expr)
		if err != nil {
			t.Fatal(err)
		}
		s = s.For(rapid.StringMatching(`[a-z0-9]{1,12}`).Draw(t, "kiosk"))
		now := time.UnixMilli(rapid.Int64Range(0, 4_000_000_000_000).Draw(t, "now")).UTC()
		next := s.Next(now)
		if !next.After(now) {
			t.Fatalf("%s is not after %s", next, now)
		}
		between := now.Add(time.Duration(rapid.Int64Range(0, int64(next.Sub(now))-1).Draw(t, "between")))
		if got := s.Next(between); !got.Equal(next) {
			t.Fatalf("between %s and %s comes %s", between, next, got)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "* * * * *", "@every 1s", "@every -5m", "TZ=", "CRON_TZ=x", "0 0 31 2 *", "1-5/2 * ? JAN MON", "@midnight", "*/-1 * * * *"} {
		f.Add(s)
	}
	now := at("2026-03-01T10:00:00Z")
	f.Fuzz(func(t *testing.T, expr string) {
		s, err := schedule.Parse(expr)
		if err != nil {
			if !problem.Is(err, problem.Invalid) {
				t.Fatalf("%v", err)
			}
			return
		}
		if next := s.For("kiosk").Next(now); !next.After(now) {
			t.Fatalf("%q: %s", expr, next)
		}
	})
}

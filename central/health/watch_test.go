package health_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/central/health"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// ward is a Watch over real tables, with a clock that is moved by hand. Its time
// begins on a Monday at 5:55.
type ward struct {
	t     *testing.T
	db    *centraldb.DB
	watch *health.Watch
	now   time.Time
	used  []string // kiosks that are in use whenever somebody asks
}

func (w *ward) KiosksUsed(context.Context, int64, int64) ([]string, error) { return w.used, nil }

type wardStore struct {
	*centraldb.DB
	w *ward
}

func (s wardStore) KiosksUsed(ctx context.Context, from, to int64) ([]string, error) {
	if to-from != int64(2*time.Hour) || time.Unix(0, to).Weekday() != s.w.now.Weekday() {
		s.w.t.Errorf("asked about %s to %s", time.Unix(0, from), time.Unix(0, to))
	}
	return s.w.KiosksUsed(ctx, from, to)
}

func newWard(t *testing.T, kiosks ...string) *ward {
	t.Helper()
	w := &ward{t: t, db: open(t, kiosks...), now: now, used: kiosks}
	w.watch = health.NewWatch(wardStore{w.db, w}, health.Usual(), func() time.Time { return w.now }, slog.New(slog.DiscardHandler))
	return w
}

// pass lets minutes go by: each kiosk tells what it has to, and the watch looks.
func (w *ward) pass(minutes int, tell func(kiosk string) *wire.Health, kiosks ...string) {
	w.t.Helper()
	for range minutes {
		w.now = w.now.Add(time.Minute)
		for _, k := range kiosks {
			h := tell(k)
			if h == nil {
				continue
			}
			h.At = w.now.UnixMilli()
			err := w.db.Update(w.t.Context(), func(tx *centraldb.Tx) error {
				return tx.PutHealth(w.t.Context(), centraldb.KioskHealth{Kiosk: k, At: w.now.UnixNano(), Health: *h})
			})
			if err != nil {
				w.t.Fatal(err)
			}
		}
		if err := w.watch.Once(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
}

// told gives the titles of the notices so far, and the bodies.
func (w *ward) told() (titles []string, bodies string) {
	w.t.Helper()
	err := w.db.Update(w.t.Context(), func(tx *centraldb.Tx) error {
		_, all, err := tx.Unmailed(w.t.Context(), 100)
		for _, n := range all {
			titles, bodies = append(titles, n.Title), bodies+n.Body+"\n"
			if n.Audience != centraldb.ToAdmins || n.Path == "" {
				w.t.Errorf("%+v", n)
			}
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return titles, bodies
}

func (w *ward) want(titles ...string) {
	w.t.Helper()
	if got, bodies := w.told(); fmt.Sprint(got) != fmt.Sprint(titles) {
		w.t.Fatalf("told %q, want %q\n%s", got, titles, bodies)
	}
}

func fine(string) *wire.Health    { return &wire.Health{} }
func nothing(string) *wire.Health { return nil }
func late(string) *wire.Health    { return &wire.Health{Offset: -60_000} }

// One mail when it begins, one when it is over, none in between; what comes back
// within the hour is not told again, what flickers never is.
func TestAnAlertIsToldOnceAndItsEnd(t *testing.T) {
	t.Parallel()
	w := newWard(t, "gate")
	for range 6 {
		w.pass(1, late, "gate")
		w.pass(1, fine, "gate")
	}
	w.want()
	w.pass(20, late, "gate")
	w.want("Kiosk gate: Its clock is 60 seconds behind")
	w.pass(4, fine, "gate")
	w.pass(3, late, "gate")
	w.want("Kiosk gate: Its clock is 60 seconds behind") // not over in between
	w.pass(10, fine, "gate")
	w.want("Kiosk gate: Its clock is 60 seconds behind", "Kiosk gate is well again")
	w.pass(10, late, "gate")
	w.pass(10, fine, "gate")
	if titles, bodies := w.told(); len(titles) != 2 || !strings.Contains(bodies, "over after 30 minutes") {
		t.Errorf("told again: %q\n%s", titles, bodies)
	}
	w.pass(60, fine, "gate")
	w.pass(3, late, "gate")
	if titles, _ := w.told(); len(titles) != 3 {
		t.Errorf("a day later it is news: %q", titles)
	}
	open, err := w.db.OpenAlerts(t.Context())
	if err != nil || len(open) != 1 || open[0].Kind != "clock" || open[0].Severity != "warning" {
		t.Errorf("%+v, %v", open, err)
	}
}

// A site that loses its network is one mail, not forty; so is its return.
func TestManyKiosksAreOneMail(t *testing.T) {
	t.Parallel()
	var ids []string
	for i := range 40 {
		ids = append(ids, fmt.Sprintf("k-%02d", i))
	}
	w := newWard(t, ids...)
	w.pass(3, fine, ids...)
	w.pass(12, nothing, ids...)
	w.want("40 kiosks need attention")
	if _, body := w.told(); !strings.Contains(body, "and 10 more.") || !strings.Contains(body, "Not heard for ") || !strings.Contains(body, "Check its power") {
		t.Error(body)
	}
	w.pass(8, fine, ids...)
	w.want("40 kiosks need attention", "40 things are well again at kiosks")
}

// A kiosk that falls silent is told of before its people come, and not in a night
// in which nobody does; nor is it well because night has come.
func TestSilenceIsNewsInWorkingHours(t *testing.T) {
	t.Parallel()
	w := newWard(t, "gate")
	err := w.db.Update(t.Context(), func(tx *centraldb.Tx) error { // it is no new kiosk
		k, err := tx.Kiosk(t.Context(), "gate")
		k.EnrolledAt = now.AddDate(-1, 0, 0).UnixNano()
		if err != nil {
			return err
		}
		return tx.SetKioskIdentity(t.Context(), k)
	})
	if err != nil {
		t.Fatal(err)
	}
	w.used = nil
	w.pass(2, fine, "gate")
	w.pass(60, nothing, "gate")
	w.want()
	w.used = []string{"gate"}
	w.pass(8, nothing, "gate")
	if titles, _ := w.told(); len(titles) != 1 || !strings.HasPrefix(titles[0], "Kiosk gate: Not heard for") {
		t.Fatalf("%q", titles)
	}
	w.used = nil
	w.pass(30, nothing, "gate")
	if titles, _ := w.told(); len(titles) != 1 {
		t.Fatalf("night is no recovery: %q", titles)
	}
	w.pass(6, fine, "gate")
	if titles, _ := w.told(); len(titles) != 2 || titles[1] != "Kiosk gate is well again" {
		t.Fatalf("%q", titles)
	}
}

// After a start nobody is silent before they had time to come back; a new kiosk is
// expected in office hours.
func TestAStartIsNoSilence(t *testing.T) {
	t.Parallel()
	w := newWard(t, "gate")
	w.used = nil
	w.now = w.now.Add(2 * time.Hour) // Monday, 7:55
	w.watch = health.NewWatch(wardStore{w.db, w}, health.Usual(), func() time.Time { return w.now }, slog.New(slog.DiscardHandler))
	w.pass(5, nothing, "gate")
	w.want()
	w.pass(3, nothing, "gate")
	w.want("Kiosk gate: Has never been heard of")
}

// What is wrong goes by the limits that the watch was given.
func TestOtherLimits(t *testing.T) {
	t.Parallel()
	w := newWard(t, "gate")
	limits := health.Usual()
	limits.Clock = 2 * time.Minute
	w.watch = health.NewWatch(wardStore{w.db, w}, limits, func() time.Time { return w.now }, slog.New(slog.DiscardHandler))
	w.pass(5, late, "gate")
	w.want()
}

package health_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/health"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

var now = time.Date(2026, 3, 2, 5, 55, 0, 0, time.UTC)

// well is a kiosk with nothing wrong, heard of a minute ago.
func well() health.Subject {
	heard, heat := now.Add(-time.Minute), 55_000
	return health.Subject{
		Kiosk: centraldb.Kiosk{
			Kiosk: attendance.Kiosk{ID: "gate", Name: "Gate", Zone: "Europe/Berlin"}, Status: centraldb.KioskEnrolled, Mode: "live",
			EnrolledAt: now.Add(-100 * 24 * time.Hour).UnixNano(), LastSeen: heard.UnixNano(),
		},
		Health: &centraldb.KioskHealth{
			Kiosk: "gate", At: heard.UnixNano(), HadScreen: true,
			Health: wire.Health{
				At: heard.UnixMilli(), Started: heard.Add(-time.Hour).UnixMilli(), Fetched: heard.UnixMilli(), Roster: 7,
				DiskFree: 4 << 30, DiskSize: 8 << 30, Heat: &heat, Cert: now.Add(60 * 24 * time.Hour).UnixMilli(),
				BcryptMS: 400, Readers: 1, Attached: 1, Screens: 1,
			},
		},
		Newest: 7,
	}
}

func heardBefore(s *health.Subject, d time.Duration) {
	s.Kiosk.LastSeen = now.Add(-d).UnixNano()
	s.Health.At = s.Kiosk.LastSeen
}

func TestNothingIsWrongWithAKioskThatIsWell(t *testing.T) {
	t.Parallel()
	if got := health.Judge(well(), health.Usual(), now); got != nil {
		t.Errorf("%+v", got)
	}
	old := well()
	old.Health = nil // an older kioskd does not tell
	if got := health.Judge(old, health.Usual(), now); got != nil {
		t.Errorf("%+v", got)
	}
	for _, status := range []string{centraldb.KioskNew, centraldb.KioskRevoked} {
		gone := well()
		gone.Kiosk.Status, gone.Kiosk.LastSeen, gone.Health = status, 0, nil
		if got := health.Judge(gone, health.Usual(), now); got != nil {
			t.Errorf("%s: %+v", status, got)
		}
	}
}

// Each thing that goes wrong is found when it crosses its limit, not before, and
// said in words.
func TestWhatIsWrongIsFound(t *testing.T) {
	t.Parallel()
	ms := func(d time.Duration) int64 { return d.Milliseconds() }
	heat := func(milli int) *int { return &milli }
	for name, c := range map[string]struct {
		almost, wrong func(*health.Subject)
		kind          health.Kind
		severity      health.Severity
		words         string
	}{
		"silent": {
			func(s *health.Subject) { heardBefore(s, 4*time.Minute) }, func(s *health.Subject) { heardBefore(s, 50*time.Minute) },
			health.Silent, health.Critical, "Not heard for 50 minutes.",
		},
		"queue": {
			func(s *health.Subject) { s.Health.Queue, s.Health.Oldest = 90, s.Health.Health.At-ms(14*time.Minute) },
			func(s *health.Subject) { s.Health.Queue, s.Health.Oldest = 1, s.Health.Health.At-ms(3*time.Hour) },
			health.Queue, health.Warning, "1 record waits there, the oldest for 3 hours.",
		},
		"queue of days": {
			func(s *health.Subject) { s.Health.Queue = 5 },
			func(s *health.Subject) { s.Health.Queue, s.Health.Oldest = 12, s.Health.Health.At-ms(49*time.Hour) },
			health.Queue, health.Critical, "12 records wait there, the oldest for 2 days.",
		},
		"clock behind": {
			func(s *health.Subject) { s.Health.Offset = -29_000 }, func(s *health.Subject) { s.Health.Offset = -125_000 },
			health.Clock, health.Warning, "Its clock is 2 minutes behind.",
		},
		"clock far ahead": {
			func(s *health.Subject) { s.Health.Offset = 29_000 }, func(s *health.Subject) { s.Health.Offset = ms(73 * 365 * 24 * time.Hour) },
			health.Clock, health.Critical, "Its clock is 26645 days ahead.",
		},
		"certificate": {
			func(s *health.Subject) { s.Health.Cert = now.Add(15 * 24 * time.Hour).UnixMilli() },
			func(s *health.Subject) { s.Health.Cert = now.Add(13 * 24 * time.Hour).UnixMilli() },
			health.Certificate, health.Warning, "Its certificate ends in 13 days.",
		},
		"certificate over": {
			func(s *health.Subject) { s.Health.Cert = 0 }, func(s *health.Subject) { s.Health.Cert = now.Add(-time.Hour).UnixMilli() },
			health.Certificate, health.Critical, "Its certificate has ended.",
		},
		"disk": {
			func(s *health.Subject) { s.Health.DiskFree, s.Health.DiskSize = 0, 0 }, func(s *health.Subject) { s.Health.DiskFree = 300 << 20 },
			health.Disk, health.Warning, "Only 300 MB free on its disk.",
		},
		"disk full": {
			func(s *health.Subject) { s.Health.DiskFree = 500 << 20 }, func(s *health.Subject) { s.Health.DiskFree = 0 },
			health.Disk, health.Critical, "Only 0 MB free on its disk.",
		},
		"heat": {
			func(s *health.Subject) { s.Health.Health.Heat = heat(74_900) }, func(s *health.Subject) { s.Health.Health.Heat = heat(75_000) },
			health.Heat, health.Warning, "It is 75 °C hot.",
		},
		"roster": {
			func(s *health.Subject) { s.Newest = 9 },
			func(s *health.Subject) { s.Newest, s.Health.Fetched = 9, s.Health.Health.At-ms(5*time.Hour) },
			health.Roster, health.Warning, "Its list of people is 5 hours old.",
		},
		"screen": {
			func(s *health.Subject) { s.Health.Screens, s.Health.HadScreen = 0, false },
			func(s *health.Subject) { s.Health.Screens = 0 }, health.Screen, health.Critical, "No touchscreen program is running.",
		},
		"screen not up yet": {
			func(s *health.Subject) { s.Health.Screens, s.Health.Started = 0, s.Health.Health.At-ms(time.Minute) },
			func(s *health.Subject) { s.Health.Screens, s.Health.Started = 0, s.Health.Health.At-ms(3*time.Minute) },
			health.Screen, health.Critical, "No touchscreen program is running.",
		},
		"reader": {
			func(s *health.Subject) { s.Health.Readers, s.Health.Attached = 0, 0 }, func(s *health.Subject) { s.Health.Attached = 0 },
			health.Reader, health.Warning, "1 badge reader is not connected.",
		},
		"settings": {
			func(s *health.Subject) { // what it says of settings that were changed since is old
				s.Newest, s.Health.Unfollowed = 8, []wire.Unfollowed{{Setting: "zone", Value: "Moon/Sea"}}
			},
			func(s *health.Subject) {
				s.Health.Unfollowed = []wire.Unfollowed{{Setting: "schedule", Value: "often"}, {Setting: "zone", Value: "Moon/Sea"}}
			},
			health.Settings, health.Warning, "It can't follow 2 settings: schedule “often”, zone “Moon/Sea”.",
		},
		"cloned": {
			func(*health.Subject) {}, func(s *health.Subject) { s.Kiosk.ClonedAt = now.Add(-time.Minute).UnixNano() },
			health.Cloned, health.Critical, "Two machines run with its keys.",
		},
		"slow": {
			func(s *health.Subject) { s.Health.BcryptMS = 2500 }, func(s *health.Subject) { s.Health.BcryptMS = 4210 },
			health.SlowPIN, health.Warning, "A PIN takes 4.2 s to check.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := well()
			c.almost(&s)
			if got := health.Judge(s, health.Usual(), now); got != nil {
				t.Errorf("too early: %+v", got)
			}
			s = well()
			c.wrong(&s)
			got := health.Judge(s, health.Usual(), now)
			if len(got) != 1 || got[0].Kind != c.kind || got[0].Severity != c.severity || got[0].Words != c.words || got[0].Next == "" {
				t.Errorf("%+v", got)
			}
		})
	}
}

// What a silent kiosk said before is told only where it is still true.
func TestOldNewsIsNotNews(t *testing.T) {
	t.Parallel()
	s := well()
	hot := 90_000
	s.Health.Health.Heat, s.Health.DiskFree, s.Health.Screens = &hot, 0, 0
	s.Health.Queue, s.Health.Oldest = 3, s.Health.Health.At-1_000_000
	kinds := func() (out []health.Kind) {
		for _, f := range health.Judge(s, health.Usual(), now) {
			out = append(out, f.Kind)
		}
		return out
	}
	if d := cmp.Diff([]health.Kind{health.Disk, health.Heat, health.Screen, health.Queue}, kinds()); d != "" {
		t.Error("worst first: " + d)
	}
	heard := now.Add(-10 * time.Hour).UnixNano()
	s.Kiosk.LastSeen, s.Health.At = heard, heard
	if d := cmp.Diff([]health.Kind{health.Silent, health.Queue}, kinds()); d != "" {
		t.Error(d)
	}
}

// A kiosk on a schedule may miss one round, by its own zone's clock.
func TestAScheduledKioskMaySleep(t *testing.T) {
	t.Parallel()
	s := well()
	s.Kiosk.Mode, s.Kiosk.Schedule = "scheduled", "0 6-20 * * *"
	s.Kiosk.LastSeen = time.Date(2026, 3, 1, 19, 0, 5, 0, time.UTC).UnixNano() // 20:00 in Berlin: the day's last round
	s.Health = nil
	for at, want := range map[time.Duration]int{5*time.Hour + 30*time.Minute: 0, 6*time.Hour + 2*time.Minute: 0, 6*time.Hour + 4*time.Minute: 1} {
		midnight := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
		if got := health.Judge(s, health.Usual(), midnight.Add(at)); len(got) != want {
			t.Errorf("at %s: %+v", at, got)
		}
	}
	never := well()
	never.Kiosk.LastSeen, never.Health = 0, nil
	if got := health.Judge(never, health.Usual(), now); len(got) != 1 || got[0].Words != "Has never been heard of." {
		t.Errorf("%+v", got)
	}
}

// The list of kiosks judges all of them at each look.
func BenchmarkJudge(b *testing.B) {
	s := well()
	s.Kiosk.Schedule = "*/5 6-20 * * *"
	for b.Loop() {
		health.Judge(s, health.Usual(), now)
	}
}

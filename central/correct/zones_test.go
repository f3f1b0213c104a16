package correct_test

import (
	"testing"
	"time"
	_ "time/tzdata" // the same rules on every machine

	"pgregory.net/rapid"

	"github.com/timepost/timepost/central/correct"
	"github.com/timepost/timepost/internal/problem"
)

// Where clocks were turned back, by whatever they are turned, the first of the two is
// meant; what they skipped is no time.
func TestTypedTimesWhereClocksChange(t *testing.T) {
	t.Parallel()
	for _, x := range []struct{ zone, day, clock, want string }{
		{"Europe/Berlin", "2025-03-30", "01:59", "2025-03-30T00:59:00Z"},
		{"Europe/Berlin", "2025-03-30", "02:00", ""},
		{"Europe/Berlin", "2025-03-30", "02:59:59", ""},
		{"Europe/Berlin", "2025-03-30", "03:00", "2025-03-30T01:00:00Z"},
		{"Europe/Berlin", "2025-10-26", "01:59", "2025-10-25T23:59:00Z"},
		{"Europe/Berlin", "2025-10-26", "02:00", "2025-10-26T00:00:00Z"},
		{"Europe/Berlin", "2025-10-26", "02:59", "2025-10-26T00:59:00Z"},
		{"Europe/Berlin", "2025-10-26", "03:00", "2025-10-26T02:00:00Z"},
		{"America/New_York", "2025-11-02", "01:30", "2025-11-02T05:30:00Z"},
		{"Australia/Lord_Howe", "2025-04-06", "01:29", "2025-04-05T14:29:00Z"},
		{"Australia/Lord_Howe", "2025-04-06", "01:30", "2025-04-05T14:30:00Z"}, // comes twice, half an hour apart
		{"Australia/Lord_Howe", "2025-04-06", "01:45", "2025-04-05T14:45:00Z"},
		{"Australia/Lord_Howe", "2025-04-06", "02:00", "2025-04-05T15:30:00Z"},
		{"Australia/Lord_Howe", "2025-10-05", "02:15", ""},
		{"Australia/Lord_Howe", "2025-10-05", "02:30", "2025-10-04T15:30:00Z"},
		{"Antarctica/Troll", "2025-10-26", "02:30", "2025-10-26T00:30:00Z"}, // comes twice, two hours apart
		{"America/Santiago", "2024-09-08", "00:30", ""},
		{"America/Santiago", "2024-04-06", "23:30", "2024-04-07T02:30:00Z"},
		{"Pacific/Apia", "2011-12-30", "12:00", ""},
	} {
		at, err := correct.ParseLocal(x.day, x.clock, zoneOf(t, x.zone))
		switch {
		case x.want == "" && (!problem.Is(err, problem.Invalid) || fieldOf(err) != "time"):
			t.Errorf("%s %s %s: %s %v", x.zone, x.day, x.clock, at, err)
		case x.want != "" && (err != nil || at.Format(time.RFC3339) != x.want):
			t.Errorf("%s %s %s: %s %v, want %s", x.zone, x.day, x.clock, at.Format(time.RFC3339), err, x.want)
		}
	}
}

// Every time that a clock on the wall has shown can be typed, and means the first
// instant at which it showed it.
func TestWhatAClockShowsCanBeTyped(t *testing.T) {
	t.Parallel()
	names := []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "America/Havana", "Antarctica/Troll", "Asia/Kathmandu", "Africa/Casablanca", "America/St_Johns"}
	rapid.Check(t, func(rt *rapid.T) {
		zone := zoneOf(t, rapid.SampledFrom(names).Draw(rt, "zone"))
		at := time.Unix(rapid.Int64Range(1_300_000_000, 2_114_380_800).Draw(rt, "at"), 0).In(zone)
		if _, ends := at.ZoneBounds(); rapid.Bool().Draw(rt, "near a change") && !ends.IsZero() {
			at = ends.Add(time.Duration(rapid.IntRange(-10_000, 10_000).Draw(rt, "seconds")) * time.Second).In(zone)
		}
		got, err := correct.ParseLocal(at.Format(time.DateOnly), at.Format(time.TimeOnly), zone)
		if err != nil {
			rt.Fatalf("%s: %v", at, err)
		}
		if d := at.Sub(got); d != 0 && (d < 0 || d > 2*time.Hour || got.In(zone).Format(time.DateTime) != at.Format(time.DateTime)) {
			rt.Fatalf("%s is read as %s", at, got.In(zone))
		}
		for _, earlier := range []time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour} {
			if before := got.Add(-earlier).In(zone); before.Format(time.DateTime) == at.Format(time.DateTime) {
				rt.Fatalf("%s is read as %s, not as the first, %s", at, got.In(zone), before)
			}
		}
	})
}

func zoneOf(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

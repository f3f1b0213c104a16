package attendance_test

import (
	"testing"
	"time"
	_ "time/tzdata" // the same rules on every machine

	"pgregory.net/rapid"

	"github.com/timepost/timepost/attendance"
)

func zoneOf(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// Where a day begins and how long it is, in places that do it differently.
func TestDaysOfTheYear(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		zone, day, begins string
		hours             float64
	}{
		{"Europe/Berlin", "2026-03-28", "2026-03-28T00:00:00+01:00", 24},
		{"Europe/Berlin", "2026-03-29", "2026-03-29T00:00:00+01:00", 23},
		{"Europe/Berlin", "2026-10-25", "2026-10-25T00:00:00+02:00", 25},
		{"America/New_York", "2026-03-08", "2026-03-08T00:00:00-05:00", 23},
		{"America/New_York", "2026-11-01", "2026-11-01T00:00:00-04:00", 25},
		{"Australia/Lord_Howe", "2026-04-05", "2026-04-05T00:00:00+11:00", 24.5},
		{"Australia/Lord_Howe", "2026-10-04", "2026-10-04T00:00:00+10:30", 23.5},
		{"America/Santiago", "2024-09-07", "2024-09-07T00:00:00-04:00", 24},
		{"America/Santiago", "2024-09-08", "2024-09-08T01:00:00-03:00", 23}, // put forward at midnight
		{"America/Santiago", "2024-09-09", "2024-09-09T00:00:00-03:00", 24},
		{"America/Santiago", "2024-04-06", "2024-04-06T00:00:00-03:00", 25}, // put back at the end of the day
		{"America/Santiago", "2024-04-07", "2024-04-07T00:00:00-04:00", 24},
		{"America/Havana", "2024-03-10", "2024-03-10T01:00:00-04:00", 23},
		{"America/Havana", "2024-11-03", "2024-11-03T00:00:00-04:00", 25}, // midnight comes twice
		{"Africa/Cairo", "2024-04-26", "2024-04-26T01:00:00+03:00", 23},
		{"Asia/Beirut", "2024-03-31", "2024-03-31T01:00:00+03:00", 23},
		{"Pacific/Apia", "2011-12-29", "2011-12-29T00:00:00-10:00", 24},
		{"Pacific/Apia", "2011-12-30", "2011-12-31T00:00:00+14:00", 0}, // there was none
		{"Pacific/Apia", "2011-12-31", "2011-12-31T00:00:00+14:00", 24},
		{"Antarctica/Troll", "2026-03-29", "2026-03-29T00:00:00Z", 22},
		{"UTC", "2026-12-31", "2026-12-31T00:00:00Z", 24},
	} {
		zone := zoneOf(t, x.zone)
		day, err := time.Parse(time.DateOnly, x.day)
		if err != nil {
			t.Fatal(err)
		}
		y, m, d := day.Date()
		begins, ends := attendance.DayStart(y, m, d, zone), attendance.DayStart(y, m, d+1, zone)
		if got := begins.Format(time.RFC3339); got != x.begins {
			t.Errorf("%s %s begins %s, want %s", x.zone, x.day, got, x.begins)
		}
		if got := ends.Sub(begins).Hours(); got != x.hours {
			t.Errorf("%s %s has %v hours, want %v", x.zone, x.day, got, x.hours)
		}
	}
}

// Days follow each other without a gap, whatever a zone does: nothing that was worked
// is lost between them or counted twice.
func TestDaysFollowEachOther(t *testing.T) {
	t.Parallel()
	names := []string{
		"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "America/Havana", "Africa/Cairo", "Asia/Beirut",
		"Pacific/Apia", "Antarctica/Troll", "Asia/Kathmandu", "America/St_Johns", "Africa/Casablanca", "Asia/Gaza", "Pacific/Kiritimati", "America/Asuncion",
	}
	rapid.Check(t, func(rt *rapid.T) {
		zone := zoneOf(t, rapid.SampledFrom(names).Draw(rt, "zone"))
		at := time.Unix(rapid.Int64Range(946_684_800, 2_114_380_800).Draw(rt, "at"), 0).In(zone) // 2000 to 2037
		y, m, d := at.Date()
		from, to := attendance.DayStart(y, m, d, zone), attendance.NextDay(at)
		if at.Before(from) || !at.Before(to) {
			rt.Fatalf("%s is not between %s and %s", at, from, to)
		}
		if length := to.Sub(from); length < 20*time.Hour || length > 27*time.Hour {
			rt.Fatalf("%s has %s", at, length)
		}
		if fy, fm, fd := from.Date(); fy != y || fm != m || fd != d {
			rt.Fatalf("the day of %s begins %s", at, from)
		}
		if end := to.Add(-time.Second).In(zone); end.Day() != d {
			rt.Fatalf("the day of %s ends %s", at, end)
		}
	})
}

// What was worked is what has passed, whatever clocks did meanwhile: the days of any
// zone add up to it, nights over both changes of the clocks included.
func TestTheDaysAddUp(t *testing.T) {
	t.Parallel()
	names := []string{"Europe/Berlin", "Australia/Lord_Howe", "America/Santiago", "America/Havana", "Antarctica/Troll", "Pacific/Apia"}
	rapid.Check(t, func(rt *rapid.T) {
		zone := zoneOf(t, rapid.SampledFrom(names).Draw(rt, "zone"))
		first := time.Unix(rapid.Int64Range(1_300_000_000, 1_900_000_000).Draw(rt, "first"), 0).In(zone)
		if _, ends := first.ZoneBounds(); !ends.IsZero() && rapid.Bool().Draw(rt, "near a change") {
			first = ends.Add(-time.Duration(rapid.IntRange(0, 40).Draw(rt, "hours")) * time.Hour).In(zone)
		}
		var punches []attendance.Punch
		var worked time.Duration
		at := first
		for range rapid.IntRange(1, 6).Draw(rt, "shifts") {
			length := time.Duration(rapid.IntRange(0, 14*3600).Draw(rt, "length")) * time.Second
			punches = append(punches, attendance.Punch{Action: attendance.In, At: at.UTC()}, attendance.Punch{Action: attendance.Out, At: at.Add(length).UTC()})
			worked += length
			at = at.Add(length + time.Duration(rapid.IntRange(1, 12*3600).Draw(rt, "rest"))*time.Second)
		}
		spans := attendance.Spans(punches)
		var sum time.Duration
		y, m, d := first.Date()
		for day := attendance.DayStart(y, m, d, zone); day.Before(at); day = attendance.NextDay(day) {
			sum += attendance.Worked(spans, day, attendance.NextDay(day), at)
		}
		if sum != worked {
			rt.Fatalf("the days make %s of %s", sum, worked)
		}
	})
}

package attendance

import "time"

// DayStart gives the first instant of a day of the calendar in a zone, in that zone.
// Not every day begins at 00:00: where clocks are put forward at midnight it begins at
// 01:00, where they are put back over it at the first of two midnights, and a day that
// a zone left out begins, and ends, where the next one does.
func DayStart(year int, month time.Month, day int, zone *time.Location) time.Time {
	noon := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	before, after := offset(noon.Add(-30*time.Hour), zone), offset(noon.Add(30*time.Hour), zone)
	// With what was in force before, it comes first where it comes twice.
	for _, off := range []time.Duration{max(before, after), min(before, after)} {
		at := noon.Add(-off).In(zone)
		if y, m, d := at.Date(); y == noon.Year() && m == noon.Month() && d == noon.Day() && at.Hour() == 0 && at.Minute() == 0 && at.Second() == 0 {
			return at
		}
	}
	start, _ := noon.Add(-before).In(zone).ZoneBounds() // clocks jumped over it just then
	return start
}

// NextDay gives the first instant of the day after that of t, in t's zone. What lies
// between two of them may be 23 or 25 hours, or something else.
func NextDay(t time.Time) time.Time {
	y, m, d := t.Date()
	return DayStart(y, m, d+1, t.Location())
}

func offset(at time.Time, zone *time.Location) time.Duration {
	_, seconds := at.In(zone).Zone()
	return time.Duration(seconds) * time.Second
}

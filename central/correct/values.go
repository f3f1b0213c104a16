package correct

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// The bounds of what is typed, in characters.
const (
	LeastReason = 3
	MostReason  = 200
	MostNote    = 200
	MostProject = 80
)

// earliest is the first year that an entry may lie in.
const earliest = 2000

// fill puts values into a row.
func (c *Correct) fill(row *centraldb.Correction, v Values, zone *time.Location) error {
	if !v.Action.Valid() {
		return invalid("action", "Choose what it was.", "In, out, break, back from the break, or another project.")
	}
	at, err := v.moment(zone)
	if err != nil {
		return err
	}
	field := "time"
	if v.Day != "" && at.In(zone).Format(time.DateOnly) > c.Now().In(zone).Format(time.DateOnly) {
		field = "day"
	}
	if at.After(c.Now()) {
		return invalid(field, "That is in the future.", "Give a time that has passed.")
	}
	if at.Year() < earliest {
		return invalid("day", "That is too long ago.", fmt.Sprintf("Give a day from the year %d on.", earliest))
	}
	row.Action, row.At = v.Action, at.UnixNano()
	if row.Project, err = clean("project", v.Project, MostProject); err != nil {
		return err
	}
	row.Note, err = clean("note", v.Note, MostNote)
	return err
}

// moment gives the instant that the values name.
func (v Values) moment(zone *time.Location) (time.Time, error) {
	if v.Day == "" && v.Clock == "" && !v.At.IsZero() {
		return v.At.UTC(), nil
	}
	return ParseLocal(v.Day, v.Clock, zone)
}

// ParseLocal reads a day, 2006-01-02, and a time of day, 15:04 or 15:04:05, in a
// zone. Where clocks were turned back, it is the first of the two; a time that
// they skipped is none. Errors: problem.Invalid with the detail "field" (day,
// time).
func ParseLocal(day, clock string, zone *time.Location) (time.Time, error) {
	day, clock = strings.TrimSpace(day), strings.TrimSpace(clock)
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return time.Time{}, invalid("day", "This is not a day.", "Write it like 2026-03-01.")
	}
	if len(clock) == len("15:04") {
		clock += ":00"
	}
	if _, err := time.Parse(time.TimeOnly, clock); err != nil || len(clock) != len(time.TimeOnly) {
		return time.Time{}, invalid("time", "This is not a time of day.", "Write it like 08:05 or 17:30.")
	}
	typed := day + " " + clock
	at, err := time.ParseInLocation(time.DateTime, typed, zone)
	if err != nil {
		return time.Time{}, invalid("time", "This is not a time of day.", "Write it like 08:05 or 17:30.")
	}
	if at.Format(time.DateTime) != typed {
		return time.Time{}, invalid("time", "The clocks skipped that time on that day.", "Give a time before or after it.")
	}
	if began, _ := at.ZoneBounds(); !began.IsZero() {
		_, before := began.Add(-time.Second).Zone() // by 30 minutes on Lord Howe, by two hours at Troll
		_, now := at.Zone()
		if earlier := at.Add(time.Duration(now-before) * time.Second); now < before && earlier.Format(time.DateTime) == typed {
			at = earlier
		}
	}
	return at.UTC(), nil
}

// clean trims a text of one line and bounds it.
func clean(field, text string, most int) (string, error) {
	text = strings.TrimSpace(text)
	if !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		return "", invalid(field, "This holds characters that can't be stored.", "Write it on one line.")
	}
	if utf8.RuneCountInString(text) > most {
		return "", invalid(field, "This is too long.", fmt.Sprintf("At most %d characters.", most))
	}
	return text, nil
}

func invalid(field, message, hint string) error {
	return problem.New(problem.Invalid, message, hint).With("field", field)
}

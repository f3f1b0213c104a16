package admin

import (
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
)

// dayHours is what one person worked on one day of the kiosk's calendar.
type dayHours struct {
	Day    time.Time // its first instant
	Spans  []piece
	Worked time.Duration
	Breaks time.Duration
	NoOut  bool // a clock-out is missing: that stretch counts as nothing
	Weak   int  // punches without the person's own PIN
	Fixed  int  // entries that somebody put right

	Projects []projectTime // what Worked was booked on
}

// piece is the part of a span that lies in a day.
type piece struct {
	Start, End time.Time // in the kiosk's zone
	Break      bool
	Running    bool // End is now
}

// X gives where the piece begins on a day's line of 1440 units.
func (s piece) X() int { return s.Start.Hour()*60 + s.Start.Minute() }

// W gives how long the piece is on that line; a short one can still be seen.
func (s piece) W() int {
	end := s.End.Hour()*60 + s.End.Minute()
	if s.whole() {
		end = 24 * 60
	}
	return max(4, end-s.X())
}

// From and To give the piece's ends as a clock shows them.
func (s piece) From() string { return s.Start.Format("15:04") }

// To gives the end, 24:00 for midnight.
func (s piece) To() string {
	if s.whole() {
		return "24:00"
	}
	return s.End.Format("15:04")
}

// whole says that the piece goes to the end of its day, which is not 00:00 everywhere.
func (s piece) whole() bool {
	return s.End.After(s.Start) && s.End.Equal(attendance.NextDay(s.Start))
}

// Title says the piece in words.
func (s piece) Title() string {
	kind := "Worked "
	if s.Break {
		kind = "Break "
	}
	to := s.To()
	if s.Running {
		to = "now"
	}
	return kind + s.From() + " to " + to
}

// hoursOf pairs what holds of one person's punches, in the order of their time, and gives the
// days from first to before last on which there is something. A shift that goes
// past midnight counts on both days. The punches should begin a day earlier, so
// that a shift which was open at midnight is known. A shift without an end is
// counted up to now, but not one that is longer than anybody works.
func hoursOf(lines []centraldb.Entry, first, last, now time.Time) []dayHours {
	punches := make([]attendance.Punch, len(lines))
	for i, l := range lines {
		punches[i] = l.Punch()
	}
	spans := attendance.Spans(punches)
	for i, s := range spans {
		if s.Open() && now.Sub(s.Start) > longOpen {
			spans[i].Doubt = true
		}
	}
	var out []dayHours
	for day := first; day.Before(last); day = attendance.NextDay(day) {
		if d, ok := hoursOn(day, lines, spans, now); ok {
			out = append(out, d)
		}
	}
	return out
}

func hoursOn(day time.Time, lines []centraldb.Entry, spans []attendance.Span, now time.Time) (d dayHours, some bool) {
	end := attendance.NextDay(day)
	d = dayHours{Day: day, Worked: attendance.Worked(spans, day, end, now), Projects: projectTimes(spans, day, end, now)}
	for _, l := range lines {
		if at := time.Unix(0, l.At); !at.Before(day) && at.Before(end) {
			some = true
			if !l.Added() && l.Auth != attendance.AuthPersonal {
				d.Weak++
			}
			if l.Fix.ID != 0 {
				d.Fixed++
			}
		}
	}
	for _, s := range spans {
		inside := !s.Start.Before(day) && s.Start.Before(end)
		if s.Doubt {
			d.NoOut = d.NoOut || inside
			continue
		}
		p := piece{Start: s.Start, End: s.End, Break: s.Break, Running: s.Open()}
		if p.Running {
			p.End = now
		}
		p.Running = p.Running && !p.End.After(end)
		p.Start, p.End = later(p.Start, day).In(day.Location()), earlier(p.End, end).In(day.Location())
		if !p.End.After(p.Start) {
			continue
		}
		d.Spans = append(d.Spans, p)
		if p.Break {
			d.Breaks += p.End.Sub(p.Start)
		}
	}
	return d, some || len(d.Spans) > 0
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

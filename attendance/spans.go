package attendance

import "time"

// Span is a stretch of time that one person worked, or took a break.
type Span struct {
	Person  string    `json:"person"`
	Start   time.Time `json:"start"` // UTC
	End     time.Time `json:"end"`   // UTC; zero while it is open
	Break   bool      `json:"break"`
	Project string    `json:"project,omitempty"`
	Doubt   bool      `json:"doubt,omitempty"` // the end is missing or lies before the start: the length is not known and counts as nothing
}

// Open says whether the span has not ended yet.
func (s Span) Open() bool { return s.End.IsZero() && !s.Doubt }

// Length gives the span's length, at instant now for an open one. A span in
// doubt and one that would be negative count as nothing: hours are never invented.
func (s Span) Length(now time.Time) time.Duration {
	end := s.End
	if s.Doubt {
		return 0
	}
	if end.IsZero() {
		end = now
	}
	return max(0, end.Sub(s.Start))
}

// Spans pairs one person's punches, given in order, into worked and break
// spans. An In while already in leaves the earlier span in doubt, as does a
// clock that went back; an Out, break or switch without an In makes none. A
// switch during a break ends it. Equal instants are in order, and count nothing.
func Spans(punches []Punch) []Span {
	var out []Span
	open := -1
	closeAt := func(at time.Time) {
		if open < 0 {
			return
		}
		if at.Before(out[open].Start) {
			out[open].Doubt = true
		} else {
			out[open].End = at
		}
		open = -1
	}
	begin := func(u Punch, rest bool, project string) {
		out = append(out, Span{Person: u.Person, Start: u.At, Break: rest, Project: project})
		open = len(out) - 1
	}
	project := ""
	for _, u := range punches {
		switch u.Action {
		case In:
			if open >= 0 {
				out[open].Doubt, open = true, -1
			}
			project = u.Project
			begin(u, false, project)
		case Out:
			closeAt(u.At)
		case Unresolved:
			if open >= 0 {
				out[open].Doubt, open = true, -1
			}
		case BreakStart:
			if open >= 0 && !out[open].Break {
				closeAt(u.At)
				begin(u, true, project)
			}
		case BreakEnd:
			if open >= 0 && out[open].Break {
				closeAt(u.At)
				begin(u, false, project)
			}
		case Switch:
			if open >= 0 {
				closeAt(u.At)
				project = u.Project
				begin(u, false, project)
			}
		}
	}
	return out
}

// Worked sums the worked spans that overlap [from, to), counting open ones up
// to now. Breaks do not count.
func Worked(spans []Span, from, to, now time.Time) time.Duration {
	var sum time.Duration
	for _, s := range spans {
		if s.Break || s.Doubt {
			continue
		}
		end := s.End
		if end.IsZero() {
			end = now
		}
		start := s.Start
		if start.Before(from) {
			start = from
		}
		if end.After(to) {
			end = to
		}
		sum += max(0, end.Sub(start))
	}
	return sum
}

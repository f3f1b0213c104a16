package clocktrust

import (
	"math"
	"time"
)

// Exact is the half-width up to which a time is shown without a doubt: a clock on a
// wall says no more.
const Exact = 30 * time.Second

// Quality says what an Interval is good for.
type Quality string

// The qualities. Only an exact time counts without a person's word.
const (
	IsExact   Quality = "exact"   // at most Exact to either side
	IsBounded Quality = "bounded" // between two instants that are known
	IsOpen    Quality = "open"    // one side is known, or none
)

// Interval holds the true time: unix nanoseconds. An unknown side is math.MinInt64
// or math.MaxInt64.
type Interval struct {
	Lo, Hi  int64
	Quality Quality
	// Disputed: two sources, or one source with itself, contradict each other. The
	// interval spans what both say.
	Disputed bool
}

// Time gives the middle of an interval, and how far the truth can be from it. ok is
// false for an open one.
func (i Interval) Time() (middle time.Time, half time.Duration, ok bool) {
	if i.Quality == IsOpen {
		return time.Time{}, 0, false
	}
	return time.Unix(0, i.Lo+(i.Hi-i.Lo)/2).UTC(), time.Duration((i.Hi - i.Lo + 1) / 2), true
}

// Resolve says when the instant was that came at nanoseconds after the start of the
// boot with this index, by the machine's crystal (Elapsed).
//
// Anchors of that boot decide. Without any, the instant came after everything known
// of earlier boots and before everything known of later ones.
func (h History) Resolve(boot int, at int64) Interval {
	if boot < 0 || boot >= len(h.boots) || at < 0 || at > Longest {
		return Interval{Lo: math.MinInt64, Hi: math.MaxInt64, Quality: IsOpen}
	}
	if len(h.boots[boot].Anchors) > 0 {
		return h.boots[boot].anchored(at)
	}
	i := Interval{Lo: h.after(boot, at), Hi: h.before(boot, at)}
	i.Quality = quality(i.Lo, i.Hi)
	return i
}

func quality(lo, hi int64) Quality {
	switch {
	case lo == math.MinInt64 || hi == math.MaxInt64 || hi < lo:
		return IsOpen
	case hi-lo <= int64(2*Exact):
		return IsExact
	}
	return IsBounded
}

// after gives the earliest the instant can have been: the last that is known of the
// nearest earlier boot with anchors, and all the time machines ran since.
func (h History) after(boot int, at int64) int64 {
	ran := at - drift(at)
	for b := boot - 1; b >= 0; b-- {
		if len(h.boots[b].Anchors) > 0 {
			return h.boots[b].anchored(h.boots[b].Lasted).Lo + max(ran, 0)
		}
		ran += h.boots[b].Lasted - drift(h.boots[b].Lasted)
	}
	return math.MinInt64
}

// before gives the latest the instant can have been: the start of the nearest later
// boot with anchors, less all the time machines still ran until then.
func (h History) before(boot int, at int64) int64 {
	left := h.boots[boot].Lasted - at
	ran := max(left, 0)
	ran -= drift(ran)
	for b := boot + 1; b < len(h.boots); b++ {
		if len(h.boots[b].Anchors) > 0 {
			return h.boots[b].anchored(0).Hi - max(ran, 0)
		}
		ran += h.boots[b].Lasted - drift(h.boots[b].Lasted)
	}
	return math.MaxInt64
}

// span is an interval under way.
type span struct{ lo, hi int64 }

func (s span) meets(o span) bool { return s.lo <= o.hi && o.lo <= s.hi }
func (s span) fresh() bool       { return s.hi-s.lo <= int64(2*Exact) }
func (s span) with(o span) span  { return span{min(s.lo, o.lo), max(s.hi, o.hi)} }

// common gives what all of the spans allow; ok is false when they contradict.
func common(spans []span) (out span, ok bool) {
	out = spans[0]
	for _, s := range spans[1:] {
		out.lo, out.hi = max(out.lo, s.lo), min(out.hi, s.hi)
	}
	return out, out.lo <= out.hi
}

// joined spans the fresh ones, or all where none is fresh.
func joined(spans []span) span {
	var out span
	found := false
	for _, fresh := range []bool{true, false} {
		for _, s := range spans {
			switch {
			case found && s.fresh() == fresh:
				out = out.with(s)
			case s.fresh() == fresh:
				out, found = s, true
			}
		}
		if found {
			break
		}
	}
	return out
}

// anchored resolves by the anchors of one boot. Each source narrows its own answer;
// then the answers of sources are joined, so that one right source is enough. A
// source not heard for days, and so vague, can't make a precise one vague; but what
// contradicts the others is always spanned too.
func (b Boot) anchored(at int64) Interval {
	sources, disputed := b.sources(at)
	out := joined(sources)
	for _, s := range sources {
		if !out.meets(s) {
			out = out.with(s)
		}
	}
	if _, ok := common(sources); !ok {
		disputed = true
	}
	return Interval{Lo: out.lo, Hi: out.hi, Disputed: disputed, Quality: quality(out.lo, out.hi)}
}

// sources gives what each source of the boot says of an instant. One that
// contradicts itself, as a central whose clock was set does, is heard by its anchors
// of the days around.
func (b Boot) sources(at int64) (out []span, disputed bool) {
	var own []span
	for i, a := range b.Anchors {
		d := at - a.At
		e := a.Err + drift(d)
		own = append(own, span{a.UTC + d - e, a.UTC + d + e})
		if i+1 < len(b.Anchors) && b.Anchors[i+1].Source == a.Source {
			continue
		}
		s, ok := common(own)
		if !ok {
			s, disputed = joined(own), true
		}
		out, own = append(out, s), own[:0]
	}
	return out, disputed
}

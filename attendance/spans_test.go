package attendance_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/timepost/timepost/attendance"
	"pgregory.net/rapid"
)

func TestSpans(t *testing.T) {
	t.Parallel()
	const none = -1
	type span struct {
		Start, End int // minutes; none: open or in doubt
		Break      bool
		Doubt      bool
		Project    string
	}
	in, out, rest, back, change := attendance.In, attendance.Out, attendance.BreakStart, attendance.BreakEnd, attendance.Switch
	for _, c := range []struct {
		name    string
		punches []attendance.Punch
		want    []span
		worked  int // minutes at 600
	}{
		{"nothing", nil, nil, 0},
		{"a shift", []attendance.Punch{punch(0, in), punch(480, out)}, []span{{Start: 0, End: 480}}, 480},
		{
			"a break does not count",
			[]attendance.Punch{punch(0, in), punch(60, rest), punch(90, back), punch(120, out)},
			[]span{{Start: 0, End: 60}, {Start: 60, End: 90, Break: true}, {Start: 90, End: 120}},
			90,
		},
		{
			"out ends the break",
			[]attendance.Punch{punch(0, in), punch(60, rest), punch(90, out)},
			[]span{{Start: 0, End: 60}, {Start: 60, End: 90, Break: true}},
			60,
		},
		{"still in", []attendance.Punch{punch(500, in)}, []span{{Start: 500, End: none}}, 100},
		{
			"still on break",
			[]attendance.Punch{punch(0, in), punch(60, rest)},
			[]span{{Start: 0, End: 60}, {Start: 60, End: none, Break: true}},
			60,
		},
		{
			"a forgotten out counts nothing",
			[]attendance.Punch{punch(0, in), punch(300, in), punch(310, out)},
			[]span{{Start: 0, End: none, Doubt: true}, {Start: 300, End: 310}},
			10,
		},
		{
			"a clock that went back counts nothing",
			[]attendance.Punch{punch(100, in), punch(50, out)},
			[]span{{Start: 100, End: none, Doubt: true}},
			0,
		},
		{"orphans make none", []attendance.Punch{punch(0, out), punch(1, rest), punch(2, back), punch(3, change), punch(4, "dance")}, nil, 0},
		{"a break end while in", []attendance.Punch{punch(0, in), punch(10, back), punch(20, out)}, []span{{Start: 0, End: 20}}, 20},
		{
			"a second break start",
			[]attendance.Punch{punch(0, in), punch(10, rest), punch(20, rest), punch(30, back), punch(40, out)},
			[]span{{Start: 0, End: 10}, {Start: 10, End: 30, Break: true}, {Start: 30, End: 40}},
			20,
		},
		{
			"a switch ends a break",
			[]attendance.Punch{punch(0, in), punch(10, rest), punch(20, change), punch(30, out)},
			[]span{{Start: 0, End: 10}, {Start: 10, End: 20, Break: true}, {Start: 20, End: 30}},
			20,
		},
		{
			"all in one second",
			[]attendance.Punch{punch(9, in), punch(9, rest), punch(9, back), punch(9, out), punch(9, in), punch(19, out)},
			[]span{{Start: 9, End: 9}, {Start: 9, End: 9, Break: true}, {Start: 9, End: 9}, {Start: 9, End: 19}},
			10,
		},
	} {
		spans := attendance.Spans(c.punches)
		var got []span
		for _, s := range spans {
			end := none
			if !s.End.IsZero() {
				end = int(s.End.Sub(at(0)).Minutes())
			}
			got = append(got, span{int(s.Start.Sub(at(0)).Minutes()), end, s.Break, s.Doubt, s.Project})
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.name, diff)
		}
		if w := attendance.Worked(spans, at(0), at(24*60), at(600)); w != time.Duration(c.worked)*time.Minute {
			t.Errorf("%s: worked %s, want %d min", c.name, w, c.worked)
		}
	}
}

func TestSpansKeepProjects(t *testing.T) {
	t.Parallel()
	in, change := punch(0, attendance.In), punch(30, attendance.Switch)
	in.Project, change.Project = "roof", "yard"
	spans := attendance.Spans([]attendance.Punch{in, punch(10, attendance.BreakStart), punch(20, attendance.BreakEnd), change, punch(40, attendance.Out)})
	var got []string
	for _, s := range spans {
		got = append(got, s.Project)
	}
	if diff := cmp.Diff([]string{"roof", "roof", "roof", "yard"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestWorkedClips(t *testing.T) {
	t.Parallel()
	shift := attendance.Spans([]attendance.Punch{punch(0, attendance.In), punch(100, attendance.Out)})
	open := attendance.Spans([]attendance.Punch{punch(0, attendance.In)})
	for _, c := range []struct {
		name          string
		spans         []attendance.Span
		from, to, now int
		want          int
	}{
		{"inside", shift, 10, 20, 500, 10},
		{"before", shift, -50, 0, 500, 0},
		{"after", shift, 100, 200, 500, 0},
		{"over the start", shift, -10, 30, 500, 30},
		{"over the end", shift, 90, 300, 500, 10},
		{"empty", shift, 50, 50, 500, 0},
		{"turned round", shift, 60, 40, 500, 0},
		{"open", open, 0, 500, 60, 60},
		{"open and clipped", open, 10, 20, 60, 10},
		{"open, now before the start", open, -100, 500, -5, 0},
	} {
		if got := attendance.Worked(c.spans, at(c.from), at(c.to), at(c.now)); got != time.Duration(c.want)*time.Minute {
			t.Errorf("%s: %s, want %d min", c.name, got, c.want)
		}
	}
}

func TestLength(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		span attendance.Span
		want time.Duration
		open bool
	}{
		{"closed", attendance.Span{Start: at(0), End: at(5)}, 5 * time.Minute, false},
		{"open", attendance.Span{Start: at(0)}, 60 * time.Minute, true},
		{"open, from the future", attendance.Span{Start: at(90)}, 0, true},
		{"negative", attendance.Span{Start: at(5), End: at(0)}, 0, false},
		{"doubt", attendance.Span{Start: at(0), Doubt: true}, 0, false},
	} {
		if got := c.span.Length(at(60)); got != c.want || c.span.Open() != c.open {
			t.Errorf("%s: %s, open %v", c.name, got, c.span.Open())
		}
	}
}

func actions(t *rapid.T, step *rapid.Generator[int]) []attendance.Punch {
	now, out := 0, []attendance.Punch(nil)
	for range rapid.IntRange(0, 25).Draw(t, "punches") {
		now += step.Draw(t, "minutes")
		out = append(out, punch(now, rapid.SampledFrom([]attendance.Action{
			attendance.In, attendance.Out,
			attendance.BreakStart, attendance.BreakEnd, attendance.Switch, "dance",
		}).Draw(t, "action")))
	}
	return out
}

// Whatever arrives, worked time is never negative, never more than there was
// between the first punch and now, never break time, and days add up.
func TestHoursAreNeverInvented(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		punches := actions(t, rapid.SampledFrom([]int{0, 0, 1, 17, 300, 1000}))
		spans := attendance.Spans(punches)
		first, now := at(0), at(0)
		if len(punches) > 0 {
			first = punches[0].At
			now = punches[len(punches)-1].At.Add(time.Duration(rapid.IntRange(0, 600).Draw(t, "until now")) * time.Minute)
		}
		from, days := at(-8*60), 14*24
		whole := attendance.Worked(spans, from, from.Add(time.Duration(days*60)*time.Hour), now)
		if whole < 0 || whole > now.Sub(first) {
			t.Fatalf("worked %s in %s", whole, now.Sub(first))
		}
		var sum, lengths time.Duration
		for d := range days * 60 / 24 {
			day := from.Add(time.Duration(d) * 24 * time.Hour)
			w := attendance.Worked(spans, day, day.Add(24*time.Hour), now)
			if w < 0 || w > 24*time.Hour {
				t.Fatalf("worked %s on a day", w)
			}
			sum += w
		}
		var rest time.Duration
		for _, s := range spans {
			if s.Break {
				rest += s.Length(now)
			} else {
				lengths += s.Length(now)
			}
		}
		if sum != whole || lengths != whole || whole+rest > now.Sub(first) {
			t.Fatalf("days %s, spans %s, breaks %s, whole %s of %s", sum, lengths, rest, whole, now.Sub(first))
		}
	})
}

// With clocks that jump both ways nothing is negative either, and a span that
// counts has its end after its start.
func TestHoursOfBadClocks(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		for _, s := range attendance.Spans(actions(t, rapid.IntRange(-500, 500))) {
			if s.Length(at(0)) < 0 || !s.End.IsZero() && (s.Doubt || s.End.Before(s.Start)) {
				t.Fatalf("%+v", s)
			}
		}
	})
}

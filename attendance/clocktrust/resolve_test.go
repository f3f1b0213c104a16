package clocktrust_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/clocktrust"
)

const noon = int64(1790000000) * second

func anchor(boot int, at, utc, err int64, source string) clocktrust.Anchor {
	return clocktrust.Anchor{Boot: boot, At: at, UTC: utc, Err: err, Source: source}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	for _, s := range []struct {
		name     string
		lasted   []int64
		anchors  []clocktrust.Anchor
		boot     int
		at       int64
		about    int64 // middle, within a second
		half     int64 // seconds, rounded up
		quality  clocktrust.Quality
		disputed bool
	}{
		{"at the anchor", []int64{hour}, []clocktrust.Anchor{anchor(0, hour, noon, second, "ntp")}, 0, hour, noon, 2, clocktrust.IsExact, false},
		{"before the first anchor", []int64{day}, []clocktrust.Anchor{anchor(0, day, noon, second, "ntp")}, 0, 0, noon - day, 14, clocktrust.IsExact, false},
		{"long after the last", []int64{30 * day}, []clocktrust.Anchor{anchor(0, 0, noon, second, "ntp")}, 0, 30 * day, noon + 30*day, 390, clocktrust.IsBounded, false},
		{
			"two anchors narrow it", []int64{day}, []clocktrust.Anchor{anchor(0, 0, noon-20*second, 20*second, "a"), anchor(0, 0, noon+20*second, 20*second, "a")},
			0, 0, noon, 1, clocktrust.IsExact, false,
		},
		{
			"two sources span it", []int64{day}, []clocktrust.Anchor{anchor(0, 0, noon-10*second, 10*second, "a"), anchor(0, 0, noon+10*second, 10*second, "b")},
			0, 0, noon, 21, clocktrust.IsExact, false,
		},
		{
			"sources that contradict each other", []int64{day}, []clocktrust.Anchor{anchor(0, 0, noon-hour, second, "a"), anchor(0, 0, noon+hour, second, "b")},
			0, 0, noon, 3602, clocktrust.IsBounded, true,
		},
		{
			"a source long not heard adds no doubt", []int64{60 * day}, []clocktrust.Anchor{anchor(0, 0, noon-60*day, second, "a"), anchor(0, 60*day, noon, second, "b")},
			0, 60 * day, noon, 2, clocktrust.IsExact, false,
		},
		{
			"a source that was wrong once, long ago", []int64{60 * day}, []clocktrust.Anchor{anchor(0, 0, noon-50*day, second, "a"), anchor(0, 60*day, noon, second, "a")},
			0, 60 * day, noon, 2, clocktrust.IsExact, true,
		},
		{
			"between two boots", []int64{hour, 2 * hour, hour}, []clocktrust.Anchor{anchor(0, hour, noon, second, "ntp"), anchor(2, 0, noon+4*hour, second, "ntp")},
			1, hour, noon + 2*hour, 3602, clocktrust.IsBounded, false,
		},
		{
			"a short outage is exact", []int64{hour, hour, hour}, []clocktrust.Anchor{anchor(0, hour, noon, second, "ntp"), anchor(2, 0, noon+hour+40*second, second, "ntp")},
			1, hour / 2, noon + hour/2 + 20*second, 22, clocktrust.IsExact, false,
		},
	} {
		i := clocktrust.NewHistory(s.lasted, s.anchors).Resolve(s.boot, s.at)
		middle, half, ok := i.Time()
		if !ok || i.Quality != s.quality || i.Disputed != s.disputed ||
			middle.Sub(time.Unix(0, s.about)).Abs() > time.Second || half > time.Duration(s.half)*time.Second || half < time.Duration(s.half-2)*time.Second {
			t.Errorf("%s: %v +- %v, %+v", s.name, middle.Sub(time.Unix(0, s.about)), half, i)
		}
	}
}

func TestWhatNobodyKnowsIsOpen(t *testing.T) {
	t.Parallel()
	lasted := []int64{hour, hour, hour}
	early := []clocktrust.Anchor{anchor(0, hour, noon, 0, "ntp")}
	late := []clocktrust.Anchor{anchor(2, 0, noon, 0, "ntp")}
	for name, i := range map[string]clocktrust.Interval{
		"no anchors":    clocktrust.NewHistory(lasted, nil).Resolve(1, 0),
		"no such boot":  clocktrust.NewHistory(lasted, early).Resolve(3, 0),
		"before a boot": clocktrust.NewHistory(lasted, early).Resolve(0, -1),
	} {
		if _, _, ok := i.Time(); ok || i.Quality != clocktrust.IsOpen || i.Lo != math.MinInt64 || i.Hi != math.MaxInt64 {
			t.Errorf("%s: %+v", name, i)
		}
	}
	if i := clocktrust.NewHistory(lasted, early).Resolve(1, hour/2); i.Lo < noon+hour/2-second || i.Hi != math.MaxInt64 || i.Quality != clocktrust.IsOpen {
		t.Errorf("after all that is known: %+v", i)
	}
	if i := clocktrust.NewHistory(lasted, late).Resolve(1, hour/2); i.Hi > noon-hour/2+second || i.Lo != math.MinInt64 || i.Quality != clocktrust.IsOpen {
		t.Errorf("before all that is known: %+v", i)
	}
}

func TestEvidenceInAStamp(t *testing.T) {
	t.Parallel()
	good := attendance.Stamp{Real: noon, Boot: 30 * second, Mono: 20 * second, Raw: 21 * second, MaxError: 1000}
	if at, ok := clocktrust.Elapsed(good); !ok || at != 31*second {
		t.Errorf("elapsed %d, %v", at, ok)
	}
	if a, ok := clocktrust.OfStamp(4, good); !ok || a != anchor(4, 31*second, noon, 1_000_000, clocktrust.NTP) {
		t.Errorf("anchor %+v, %v", a, ok)
	}
	for name, spoil := range map[string]func(*attendance.Stamp){
		"unsynchronised": func(s *attendance.Stamp) { s.Status = attendance.StaUnsync },
		"no crystal":     func(s *attendance.Stamp) { s.Raw = 0 },
		"no boottime":    func(s *attendance.Stamp) { s.Boot = 0 },
		"no error":       func(s *attendance.Stamp) { s.MaxError = 0 },
	} {
		s := good
		spoil(&s)
		if a, ok := clocktrust.OfStamp(0, s); ok {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

func TestAnAnswerIsAsGoodAsItsWay(t *testing.T) {
	t.Parallel()
	a := clocktrust.Answered(0, "c", 10*second, 13*second, noon, noon+second, 0)
	if a.At != 11*second+second/2 || a.UTC != noon+second/2 || a.Err < second+50_000_000 || a.Err > second+51_000_000 {
		t.Errorf("%+v", a)
	}
	if b := clocktrust.Answered(0, "c", 10*second, 13*second, noon, noon+second, hour); b.Err < hour+second {
		t.Errorf("a central that doubts itself: %+v", b)
	}
	if b := clocktrust.Answered(0, "c", 10*second, 13*second, noon, noon+hour, 0); b.Err <= 0 {
		t.Errorf("a central that thinks longer than it took: %+v", b)
	}
}

// Whatever a hostile machine tells, the answer is an interval or nothing: no sum
// overflows.
func TestAnyEvidenceGivesAnInterval(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 4).Draw(t, "boots")
		lasted := rapid.SliceOfN(rapid.Int64(), n, n).Draw(t, "lasted")
		anchors := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) clocktrust.Anchor {
			return anchor(rapid.IntRange(-1, 5).Draw(t, "boot"), rapid.Int64().Draw(t, "at"), rapid.Int64().Draw(t, "utc"),
				rapid.Int64().Draw(t, "err"), rapid.SampledFrom([]string{"", "ntp", "c"}).Draw(t, "source"))
		}), 0, 6).Draw(t, "anchors")
		i := clocktrust.NewHistory(lasted, anchors).Resolve(rapid.IntRange(-1, 5).Draw(t, "b"), rapid.Int64().Draw(t, "at"))
		if i.Quality != clocktrust.IsOpen && i.Lo > i.Hi {
			t.Fatalf("%+v", i)
		}
	})
}

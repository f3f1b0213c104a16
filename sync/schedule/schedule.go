package schedule

import (
	"hash/fnv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/timepost/timepost/internal/problem"
)

// Default is the schedule of a kiosk for which nobody has chosen one.
const Default = "* * * * *"

// MaxSplay is the most that a kiosk's rounds are shifted. A nightly round has an
// interval of a day, and whoever wrote 02:00 for a metered line means the night,
// not a time drawn from the whole day.
const MaxSplay = 15 * time.Minute

const (
	maxExpr  = 256 // bytes; the longest sensible expression lists every minute
	probes   = 64  // how many firings are looked at to learn the shortest interval
	leapStep = 4   // years; robfig/cron gives up after five, leap days around 2100 are eight apart
)

// Schedule is a parsed expression, shifted by one kiosk's splay.
type Schedule struct {
	base  cron.Schedule
	every time.Duration // set for @every, which lies on a grid of its own
	limit time.Duration // the splay is below it
	splay time.Duration
	expr  string
}

// Parse reads a cron expression; empty is Default. The error is problem.Invalid.
func Parse(expr string) (*Schedule, error) {
	if expr = strings.TrimSpace(expr); expr == "" {
		expr = Default
	}
	// The parser indexes past the end of "TZ=UTC" without fields. The zone is
	// not its business here anyway: it is the location of the time Next is given.
	if len(expr) > maxExpr || strings.Contains(expr, "TZ=") {
		return nil, invalid(nil)
	}
	base, err := cron.ParseStandard(expr)
	if err != nil {
		return nil, invalid(err)
	}
	s := &Schedule{base: base, expr: expr}
	if d, ok := base.(cron.ConstantDelaySchedule); ok {
		s.every = d.Delay
	}
	if s.Next(reference()).IsZero() {
		return nil, invalid(nil) // 30 February
	}
	s.limit = min(s.shortest(), MaxSplay)
	return s, nil
}

// For gives the schedule of one kiosk: shifted by hash(kiosk) modulo the
// shortest interval between two rounds, at most MaxSplay.
func (s *Schedule) For(kiosk string) *Schedule {
	h := fnv.New64a()
	h.Write([]byte(kiosk)) // never fails, by the contract of hash.Hash
	c := *s
	c.splay = time.Duration(h.Sum64()%uint64(s.limit/time.Millisecond)) * time.Millisecond
	return &c
}

// Splay tells by how much the schedule is shifted.
func (s *Schedule) Splay() time.Duration { return s.splay }

// String gives the expression.
func (s *Schedule) String() string { return s.expr }

// Next gives the first round after now, in now's location; the fields of the
// expression are wall time there. It is always later than now.
func (s *Schedule) Next(now time.Time) time.Time {
	t := now.Add(-s.splay)
	if s.every > 0 {
		return nextOnGrid(t, s.every).Add(s.splay)
	}
	for range 3 {
		if n := s.base.Next(t); !n.IsZero() {
			return n.Add(s.splay)
		}
		t = t.AddDate(leapStep, 0, 0)
	}
	return time.Time{}
}

// nextOnGrid gives the first multiple of d since the Unix epoch after t, so that
// a kiosk that restarts keeps its place.
func nextOnGrid(t time.Time, d time.Duration) time.Time {
	sec, step := t.Unix(), int64(d/time.Second)
	k := sec / step
	if sec%step < 0 {
		k-- // before 1970
	}
	return time.Unix((k+1)*step, 0).In(t.Location())
}

// shortest gives the shortest interval between two of the first firings, before
// there is a splay.
func (s *Schedule) shortest() time.Duration {
	if s.every > 0 {
		return s.every
	}
	last, best := s.Next(reference()), MaxSplay
	for range probes {
		next := s.Next(last)
		if d := next.Sub(last); d > 0 && d < best {
			best = d
		}
		last = next
	}
	return best
}

// reference is where the properties of an expression are looked up: the start of
// a leap year, in UTC.
func reference() time.Time { return time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC) }

func invalid(err error) error {
	p := problem.New(problem.Invalid, "This is not a schedule.",
		`Write five fields like "*/5 * * * *", or "@hourly", or "@every 10m".`)
	if err != nil {
		return p.Because(err)
	}
	return p
}

package clocktrust_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/clocktrust"
)

// histories is how many lives of a machine the simulation makes.
const histories = 20_000

const (
	second = int64(time.Second)
	hour   = int64(time.Hour)
	day    = 24 * hour
)

// machine is a kiosk whose true time is known: every clock of it is wrong in its own
// way. true_ is unix nanoseconds.
type machine struct {
	r     *rand.Rand
	true_ int64
	ppb   int64 // how fast the crystal runs wrong; it wanders
	slew  int64 // how fast NTP slews MONOTONIC and BOOTTIME, ppb on top
	stamp attendance.Stamp
}

// pass lets d nanoseconds of true time pass, in steps in which the crystal is steady.
func (m *machine) pass(d int64) {
	for d > 0 {
		step := min(d, hour)
		d -= step
		m.true_ += step
		raw := step + step/1_000_000_000*m.ppb + step%1_000_000_000*m.ppb/1_000_000_000
		slewed := raw + raw/1_000_000_000*m.slew
		m.stamp.Raw += raw
		m.stamp.Mono += slewed
		m.stamp.Boot += slewed
		m.stamp.Real += slewed
		m.ppb = min(max(m.ppb+m.r.Int64N(4001)-2000, -100_000), 100_000)
	}
}

// sleep suspends the machine: only Boot and Real go on.
func (m *machine) sleep(d int64) {
	m.true_ += d
	m.stamp.Boot += d
	m.stamp.Real += d
}

// reboot switches the machine off for a while. Its clock comes up with any time.
func (m *machine) reboot(off int64) {
	m.true_ += off
	m.stamp = attendance.Stamp{
		Raw: 1 + m.r.Int64N(second), BootSeq: m.stamp.BootSeq + 1,
		Real: m.true_ - m.r.Int64N(400*day) + 30*day, Status: attendance.StaUnsync,
	}
	m.stamp.Mono = m.stamp.Raw
	m.stamp.Boot = m.stamp.Raw
}

// synchronise corrects the wall clock as NTP does: by a step, to within its maxerror.
func (m *machine) synchronise() {
	m.stamp.MaxError = 1 + m.r.Int64N(2_000_000) // µs
	m.stamp.Real = m.true_ + (m.r.Int64N(2*m.stamp.MaxError+1)-m.stamp.MaxError)*1000
	m.stamp.Status = 0
}

// unsynchronise sets the wall clock by hand, to anything.
func (m *machine) unsynchronise() {
	m.stamp.Real += m.r.Int64N(20*day) - 10*day
	m.stamp.Status = attendance.StaUnsync
}

// ask exchanges four timestamps with a central whose clock is wrong by off: the way
// there and the way back take their own time.
func (m *machine) ask(boot int, name string, off, claimed int64) clocktrust.Anchor {
	from, _ := clocktrust.Elapsed(m.stamp)
	m.pass(1 + m.r.Int64N(3*second))
	utc := m.true_ + off
	m.pass(1 + m.r.Int64N(3*second))
	to, _ := clocktrust.Elapsed(m.stamp)
	return clocktrust.Answered(boot, name, from, to, utc, utc, claimed)
}

// known is a punch of which the true time is known.
type known struct {
	boot  int
	at    int64
	true_ int64
}

// story is one history and what is true of it.
type story struct {
	lasted  []int64
	anchors []clocktrust.Anchor
	punches []known
}

// tell makes up a machine's life. In a boot in which a source lies, another one is
// right and heard at least daily: more no resolver can ask for.
func tell(seed uint64) story {
	m := &machine{r: rand.New(rand.NewPCG(seed, 1)), true_: int64(1790000000) * second}
	m.ppb = m.r.Int64N(200_001) - 100_000
	var s story
	for boot := range 1 + m.r.IntN(5) {
		m.reboot(m.r.Int64N(3 * day))
		s.boot(m, boot)
	}
	return s
}

func (s *story) boot(m *machine, boot int) {
	ntp, central := m.r.IntN(3) == 0, m.r.IntN(3) != 0
	lie := int64(0)
	if ntp && m.r.IntN(2) == 0 {
		lie = m.r.Int64N(4*hour) - 2*hour
	}
	sign := int64(1)
	if m.r.IntN(2) == 0 {
		sign = -1
	}
	m.slew = sign * []int64{0, 0, 500_000, 83_333_000}[m.r.IntN(4)]
	for range 1 + m.r.IntN(40) {
		m.pass(m.r.Int64N([]int64{hour, 12 * hour, 20 * hour}[m.r.IntN(3)]) + 1)
		if m.r.IntN(20) == 0 {
			m.sleep(m.r.Int64N(hour))
		}
		s.event(m, boot, ntp, central, lie)
		at, _ := clocktrust.Elapsed(m.stamp)
		s.punches = append(s.punches, known{boot, at, m.true_})
	}
	at, _ := clocktrust.Elapsed(m.stamp)
	s.lasted = append(s.lasted, at)
}

// event is what else happens at the machine just then.
func (s *story) event(m *machine, boot int, ntp, central bool, lie int64) {
	if ntp {
		m.synchronise()
		a, ok := clocktrust.OfStamp(boot, m.stamp)
		if !ok {
			panic("a synchronised stamp is no anchor")
		}
		s.anchors = append(s.anchors, a)
	}
	if m.r.IntN(10) == 0 {
		m.unsynchronise()
		if _, ok := clocktrust.OfStamp(boot, m.stamp); ok {
			panic("an unsynchronised stamp is an anchor")
		}
	}
	if central && m.r.IntN(3) > 0 {
		claimed := m.r.Int64N(second)
		honest := m.r.Int64N(2*claimed+1) - claimed
		s.anchors = append(s.anchors, m.ask(boot, "central-a", honest+lie, claimed))
		if m.r.IntN(3) == 0 { // a replica, whose clock is another one
			honest := m.r.Int64N(2*claimed+1) - claimed
			s.anchors = append(s.anchors, m.ask(boot, "central-b", honest+lie/2, claimed))
		}
	}
}

// check counts the punches whose true time is outside of what is said of them, and
// gives the half-widths of those with anchors.
func (s *story) check(h clocktrust.History) (outside int, halves []int64, open int) {
	for _, p := range s.punches {
		i := h.Resolve(p.boot, p.at)
		if p.true_ < i.Lo || p.true_ > i.Hi {
			outside++
		}
		if _, half, ok := i.Time(); ok {
			halves = append(halves, int64(half))
		} else {
			open++
		}
	}
	return outside, halves, open
}

// Over thousands of lives of a machine, with drift that wanders, slews, steps,
// suspends, asymmetric delays, replicas that disagree and centrals that lie, no true
// time is outside of its interval.
func TestNoTrueTimeIsOutside(t *testing.T) {
	t.Parallel()
	var halves []int64
	punches, open := 0, 0
	for seed := range uint64(histories) {
		s := tell(seed)
		outside, hs, o := s.check(clocktrust.NewHistory(s.lasted, s.anchors))
		if outside > 0 {
			t.Fatalf("seed %d: %d of %d true times are outside", seed, outside, len(s.punches))
		}
		halves, open, punches = append(halves, hs...), open+o, punches+len(s.punches)
	}
	slices.Sort(halves)
	q := func(p int) time.Duration { return time.Duration(halves[len(halves)*p/100]).Round(time.Millisecond) }
	t.Logf("%d histories, %d punches, %d of them open; half-width p50 %v, p90 %v, p99 %v",
		histories, punches, open, q(50), q(90), q(99))
	if open == 0 || open == punches || q(50) > clocktrust.Exact {
		t.Error("the simulation does not show what it should")
	}
}

// The simulation finds evidence that is wrong: without its slack for drift, with an
// anchor that claims too much, and with a boot counted as longer than it was.
func TestTheSimulationBites(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*story){
		"anchors that claim to be exact": func(s *story) {
			for i := range s.anchors {
				s.anchors[i].Err = 0
			}
		},
		"anchors a second late": func(s *story) {
			for i := range s.anchors {
				s.anchors[i].UTC += 10 * second
			}
		},
		"boots that lasted longer": func(s *story) {
			for i := range s.lasted {
				s.lasted[i] += 5 * day
			}
		},
		"elapsed time that NTP slews": func(s *story) {
			for i := range s.punches {
				s.punches[i].at += s.punches[i].at / 12 // chronyd's 83,333 ppm
			}
		},
	} {
		found := 0
		for seed := range uint64(200) {
			s := tell(seed)
			spoil(&s)
			outside, _, _ := s.check(clocktrust.NewHistory(s.lasted, s.anchors))
			found += outside
		}
		if found == 0 {
			t.Errorf("%s: not found", name)
		}
	}
}

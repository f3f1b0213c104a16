package times_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/clocktrust"
	"github.com/timepost/timepost/sync/record"
)

// Whatever happens to a machine and whenever evidence comes: no interval misses the true
// time, and what is exact counts at it.
func TestHistories(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		o := newOffice(t)
		m := newMachine(1)
		m.ppm = rapid.Int64Range(-100, 100).Draw(rt, "ppm")
		truth := map[int64]time.Time{}
		some := func(name string, most time.Duration) time.Duration {
			return time.Duration(rapid.Int64Range(0, int64(most)).Draw(rt, name))
		}
		for range rapid.IntRange(1, 40).Draw(rt, "events") {
			m.pass(some("passes", 8*time.Hour))
			switch rapid.IntRange(0, 7).Draw(rt, "event") {
			case 0:
				m.reboot(some("off", 100*time.Hour))
				if rapid.Bool().Draw(rt, "new journal") {
					before := m.journal
					m.journal, m.seq = record.JournalID{byte(m.boots + 1)}, 0
					o.feed(m, record.Body{Type: record.Opened, Stamp: m.stamp(), Reason: "reopen", PrevJournal: before})
				}
			case 1:
				m.off = some("ahead", 200*time.Hour) - 100*time.Hour
				m.synced = 0
			case 2:
				err := some("error", 40*time.Second) + time.Millisecond
				o.feed(m, m.anchor(time.Duration(rapid.Int64Range(-int64(err), int64(err)).Draw(rt, "wrong by")), err))
			case 3:
				m.synced = some("maxerror", 10*time.Second) + time.Millisecond
				m.off = m.synced / 2
			case 4:
				o.took()
			default:
				m.pass(time.Millisecond)
				truth[o.feed(m, m.punch(attendance.In))] = m.now
			}
			m.synced += time.Duration(int64(m.synced) / 10) // nobody corrects it meanwhile
		}
		o.took()
		for punch, was := range truth {
			p, held := o.known(punch)
			if p.Version != clocktrust.Version || p.Interval.Lo > was.UnixNano() || p.Interval.Hi < was.UnixNano() {
				rt.Fatalf("punch %d was at %v, not in %+v", punch, was, p)
			}
			if p.Interval.Quality == clocktrust.IsExact && time.Unix(0, held.At).Sub(was).Abs() > 2*clocktrust.Exact+time.Second {
				rt.Fatalf("punch %d was at %v and counts at %v", punch, was, time.Unix(0, held.At).UTC())
			}
		}
	})
}

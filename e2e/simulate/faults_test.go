package simulate

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/disktest"
)

// round is a full punch and a full round of syncing at one kiosk whose disk fails.
type round struct {
	*world
	k     *kiosk
	p     *person
	n     int           // the calls so far
	at    disktest.Call // the first that failed
	stays bool
	last  error          // that somebody was told
	up    bool           // the daemon has started
	said  map[string]int // what people were told instead of a receipt
	fault error          // of the first call that failed
}

// faults are what a disk says. Each comes once, and for as long as the round lasts.
func faults() map[string]error {
	return map[string]error{"EIO": syscall.EIO, "ENOSPC": syscall.ENOSPC, "EROFS": syscall.EROFS, "short write": disktest.Short(1)}
}

func newRound(t *testing.T) *round {
	w := newWorld(t, 7, "")
	for _, k := range w.kiosks[1:] {
		k.cut = true
	}
	r := &round{world: w, k: w.kiosks[0], p: w.people[0], said: map[string]int{}}
	r.rest()
	return r
}

// rest lets the kiosk and central talk until nothing is left to say.
func (r *round) rest() {
	for n := 0; n < 500 && (r.k.head().Queue > 0 || !r.k.current() || !r.k.welcomed); n++ {
		r.talkOnce()
	}
}

func (r *round) talkOnce() {
	r.pass(2e9)
	r.k.talk()
	for r.net.deliverTo("") || r.net.deliverTo(r.k.id) {
	}
}

// give changes the person's PIN, so that there is something to fetch.
func (r *round) give() {
	r.p.digits = r.digits()
	r.p.pin++
	r.world.give(r.p)
	r.centre.refresh()
}

// fail lets call k fail, and, where it stays, every later one.
func (r *round) fail(k int, fault error, stays bool) {
	r.n, r.at, r.stays = 0, disktest.Call{}, stays
	r.k.plug.disk.Before(func(c disktest.Call) error {
		r.n++
		switch {
		case r.n == k:
			r.at, r.faulty, r.fault = c, true, verdictOf(fault, c)
			return fault
		case r.n > k && (stays || errors.As(fault, new(disktest.Short)) && r.n == k+1):
			if c.Op == disktest.Read && fault != syscall.EIO {
				return nil // a full disk can be read
			}
			if errors.As(fault, new(disktest.Short)) {
				return syscall.ENOSPC
			}
			return fault
		}
		return nil
	})
}

// verdictOf gives what a call fails with: only a write can be short.
func verdictOf(fault error, c disktest.Call) error {
	if errors.As(fault, new(disktest.Short)) && c.Op != disktest.Write {
		return syscall.EIO
	}
	return fault
}

// tolerant runs a part of the round; what the disk breaks off, it breaks off.
func (r *round) tolerant(f func()) {
	defer func() {
		if x := recover(); x != nil && x != (dark{}) {
			panic(x)
		}
	}()
	f()
}

// play goes through the round once: somebody comes, types a wrong PIN and the right one,
// punches, everything is sent and fetched, and the daemon starts anew.
func (r *round) play() {
	r.give()
	old := r.k.said[r.k.roster()][r.p.id].digits
	r.come("0000", false)
	r.come(old, true)
	for n := 0; n < 30 && (r.faulty || r.k.head().Queue > 0 || !r.k.current()); n++ {
		r.tolerant(r.talkOnce)
	}
	r.up = false
	r.tolerant(func() {
		r.k.closeDark()
		r.k.open()
		r.up = true
	})
}

// come is one person before the screen.
func (r *round) come(digits string, right bool) {
	typed, err := pin.Parse(digits)
	r.must(err)
	s, err := r.k.terminal.Identify(r.ctx, local.Attempt{Person: r.p.id, PIN: typed})
	if err != nil {
		r.hear("identify", err, right)
		return
	}
	r.notes++
	q := local.PunchRequest{Session: s.ID, Action: s.Actions[0], Note: fmt.Sprint("note ", r.notes)}
	got, err := r.k.terminal.Punch(r.ctx, q)
	if err != nil {
		r.hear("punch", err, right)
		return
	}
	r.shown[q.Note] = &receipt{kiosk: r.k, journal: r.k.head().Journal.String(), seq: got.Seq}
}

// hear takes note of what the screen says instead of a receipt: that this clock is out of
// order, which it also says of damage; or, of a wrong PIN, that it is wrong.
func (r *round) hear(what string, err error, right bool) {
	c := code(err)
	r.last = err
	r.said[string(c)]++
	st, serr := r.k.terminal.State(r.ctx)
	if r.stays && c == problem.OutOfOrder && r.at.Op == disktest.Write && serr == nil && st.Fault == "" {
		r.t.Errorf("%v at %v: %s: %v, and the next person sees nothing of it", r.fault, r.at, what, err)
	}
	if c == problem.Damaged && errors.Is(r.fault, syscall.EIO) {
		return // SQLite takes a read that fails for damage
	}
	if c != problem.OutOfOrder && (right || c != problem.Unauthenticated && c != problem.Locked) {
		r.t.Errorf("%v at %v: %s: %v (%s)", r.fault, r.at, what, err, c)
	}
}

// healed is the disk at work again: without a person's help a punch is taken, everything is
// sent, and nothing was set aside.
func (r *round) healed(name string) {
	r.k.plug.disk.Before(nil)
	r.faulty = false
	if !r.up { // it tries again by itself
		r.k.closeDark()
		r.k.open()
	}
	before := len(r.shown)
	r.pass(24 * 3600e9) // closed PINs are open again
	r.come(r.k.said[r.k.roster()][r.p.id].digits, true)
	if len(r.shown) != before+1 {
		r.t.Fatalf("%s at %v: no punch is taken after it: %v", name, r.at, r.last)
	}
	if st, err := r.k.terminal.State(r.ctx); err != nil || st.Fault != "" {
		r.t.Errorf("%s at %v: the screen still says %q, %v", name, r.at, st.Fault, err)
	}
	r.rest()
	if q := r.k.head().Queue; q > 0 || !r.k.current() {
		r.t.Fatalf("%s at %v: it does not come to rest: %s", name, r.at, r.queues())
	}
	r.journalledAt(r.k)
	if r.wrong != "" {
		r.t.Fatalf("%s at %v: %s", name, r.at, r.wrong)
	}
	if aside := r.k.aside(); len(aside) > 0 {
		r.t.Fatalf("%s at %v: set aside: %v", name, r.at, aside)
	}
}

// A disk that fails at any call of a punch and a round, once or from there on: no receipt
// that is not true, words that say so, and as soon as the disk works everything goes on.
func TestFaultsAtEveryCall(t *testing.T) {
	t.Parallel()
	for _, name := range slices.Sorted(maps.Keys(faults())) {
		for _, stays := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s stays %t", strings.ReplaceAll(name, " ", "_"), stays), func(t *testing.T) {
				t.Parallel()
				r := newRound(t)
				defer r.close()
				r.everyCall(name, stays)
			})
		}
	}
}

func (r *round) everyCall(name string, stays bool) {
	calls := 0
	for k := 1; ; k++ {
		r.fail(k, faults()[name], stays)
		r.play()
		if r.n < k {
			calls = r.n
			break
		}
		r.healed(name)
	}
	r.k.plug.disk.Before(nil)
	r.rest()
	r.centre.project()
	r.settled()
	if r.wrong != "" {
		r.t.Error(r.wrong)
	}
	r.t.Logf("%d calls, each failed; %d punches shown; said instead: %v", calls, len(r.shown), r.said)
	if calls < 50 || r.said[string(problem.OutOfOrder)] == 0 {
		r.t.Error("hardly anything failed")
	}
}

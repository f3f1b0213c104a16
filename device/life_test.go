package device_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// life is what two people do at a kiosk, and what must come of it, written a second
// time as plain lists.
type life struct {
	w       *world
	punches map[string][]lifePunch // that count, in the order of their records
	tickets []lifeTicket
	back    bool // the clock on the wall was set back: an hour may have been worked twice by it
}

type lifePunch struct {
	action attendance.Action
	at     time.Time
	boot   string
	up     time.Duration
	seq    uint64
}

type lifeTicket struct {
	id, person string
	seq        uint64
	until      time.Duration
	lost       bool // the daemon was restarted since
}

func newLife(t testing.TB) *life {
	t.Helper()
	l := &life{w: newWorld(t), punches: map[string][]lifePunch{}}
	l.w.match = func(hash []byte, _ pin.Kind, subject string, p pin.PIN) (bool, error) {
		return !bytes.Equal(hash, l.w.dummy) && p.Reveal() == map[string]string{"ann": annPIN, "bob": bobPIN}[subject], nil
	}
	l.w.quiet = true
	l.w.crash()
	return l
}

func (l *life) someone(t *rapid.T) string {
	return rapid.SampledFrom([]string{"ann", "bob"}).Draw(t, "person")
}

func (l *life) come(person string) local.Session {
	return l.w.in(person, map[string]string{"ann": annPIN, "bob": bobPIN}[person])
}

// state follows the punches: the last one decides.
func (l *life) state(person string) attendance.State {
	ps := l.punches[person]
	if len(ps) == 0 {
		return attendance.StateOut
	}
	return map[attendance.Action]attendance.State{
		attendance.In: attendance.StateIn, attendance.BreakEnd: attendance.StateIn, attendance.BreakStart: attendance.StateBreak,
		attendance.Out: attendance.StateOut, attendance.Unresolved: attendance.StateOut,
	}[ps[len(ps)-1].action]
}

func (l *life) note(person string, a attendance.Action, seq uint64) {
	l.punches[person] = append(l.punches[person], lifePunch{a, l.w.m.real, l.w.m.boot, l.w.m.up, seq})
}

// newest gives the last punch.
func (l *life) newest(person string) (p lifePunch, ok bool) {
	if ps := l.punches[person]; len(ps) > 0 {
		return ps[len(ps)-1], true
	}
	return p, false
}

func (l *life) punch(t *rapid.T) {
	person := l.someone(t)
	s := l.come(person)
	a := rapid.SampledFrom([]attendance.Action{attendance.In, attendance.Out, attendance.BreakStart, attendance.BreakEnd, attendance.Unresolved}).Draw(t, "action")
	r, err := l.w.terminal.Punch(l.w.t.Context(), local.PunchRequest{Session: s.ID, Action: a})
	if may := slices.Contains(s.Actions, a); may != (err == nil) {
		t.Fatalf("%s of %v: %v", a, s.Actions, err)
	}
	if err != nil {
		must(l.w.t, l.w.terminal.End(l.w.t.Context(), s.ID))
		return
	}
	l.note(person, a, r.Seq)
	l.tickets = append(l.tickets, lifeTicket{r.Ticket, person, r.Seq, l.w.m.up + local.TicketLife, false})
}

func (l *life) undo(t *rapid.T) {
	if len(l.tickets) == 0 {
		t.Skip("nothing to take back")
	}
	// Mostly the newest one: the others are refused.
	tk := l.tickets[max(0, len(l.tickets)-rapid.SampledFrom([]int{1, 1, 1, 2, 5}).Draw(t, "ticket"))]
	last, ok := l.newest(tk.person)
	want := problem.Code("")
	switch {
	case tk.lost || l.w.m.up >= tk.until:
		want = problem.Expired
	case !ok || last.seq != tk.seq:
		want = problem.Conflict
	}
	u, err := l.w.terminal.Undo(l.w.t.Context(), tk.id)
	if problem.CodeOf(err) != want {
		t.Fatalf("undo %+v: %v, want %q", tk, err, want)
	}
	if want == "" {
		l.punches[tk.person] = l.punches[tk.person][:len(l.punches[tk.person])-1]
		if u.State != l.state(tk.person) || u.At != last.at.UnixMilli() || u.Action != last.action {
			t.Fatalf("undone %+v, it leaves %s", u, l.state(tk.person))
		}
	}
}

func (l *life) unresolved(t *rapid.T) {
	person := l.someone(t)
	s := l.come(person)
	next, err := l.w.terminal.Unresolved(l.w.t.Context(), s.ID)
	if (err == nil) != (s.Forgotten != 0) || err != nil && !problem.Is(err, problem.Conflict) {
		t.Fatalf("forgotten %d: %v", s.Forgotten, err)
	}
	if err == nil {
		head, err := l.w.journal.Head(l.w.t.Context())
		must(l.w.t, err)
		l.note(person, attendance.Unresolved, head.Seq)
		if next.Forgotten != 0 || next.Double != nil || !slices.Contains(next.Actions, attendance.In) {
			t.Fatalf("and then: %+v", next)
		}
	}
	must(l.w.t, l.w.terminal.End(l.w.t.Context(), s.ID))
}

func (l *life) pass(t *rapid.T) {
	l.w.m.pass(rapid.SampledFrom([]time.Duration{0, time.Second, 20 * time.Second, 45 * time.Second, 10 * time.Minute, 5 * time.Hour, 13 * time.Hour}).Draw(t, "time"))
}

// step sets the clock on the wall: no time passes.
func (l *life) step(t *rapid.T) {
	by := rapid.SampledFrom([]time.Duration{-26 * time.Hour, -time.Hour, -time.Second, time.Second, time.Hour}).Draw(t, "step")
	l.w.m.real = l.w.m.real.Add(by)
	l.back = l.back || by < 0
}

func (l *life) restart(*rapid.T) {
	for i := range l.tickets {
		l.tickets[i].lost = true
	}
	l.w.crash()
}

func (l *life) reboot(t *rapid.T) {
	l.w.m.reboot(l.w.m.boot+"+", time.Duration(rapid.IntRange(1, 90).Draw(t, "boot seconds"))*time.Second)
	l.restart(t)
}

// check looks at somebody through their own session.
func (l *life) check(t *rapid.T) {
	person := l.someone(t)
	s := l.come(person)
	last, ok := l.newest(person)
	double := ok && last.boot == l.w.m.boot && l.w.m.up-last.up < time.Minute && last.action != attendance.Unresolved
	if s.Person.State != l.state(person) || (s.Double != nil) != double {
		t.Fatalf("%s is %s (%s), double %+v (%v)", person, s.Person.State, l.state(person), s.Double, double)
	}
	if double && (s.Double.Action != last.action || s.Double.At != last.at.UnixMilli() || s.Double.Ticket == "") {
		t.Fatalf("double %+v of %+v", s.Double, last)
	}
	for _, a := range l.state(person).Actions(false) {
		if !slices.Contains(s.Actions, a) {
			t.Fatalf("%s is %s and may not %s: %v", person, l.state(person), a, s.Actions)
		}
	}
	l.checkHours(t, person, s)
	must(l.w.t, l.w.terminal.End(l.w.t.Context(), s.ID))
}

// checkHours holds what is shown against the person's own punches, and no others.
func (l *life) checkHours(t *rapid.T, person string, s local.Session) {
	h, err := l.w.terminal.Hours(l.w.t.Context(), s.ID)
	must(l.w.t, err)
	var want []local.Past
	for _, p := range slices.Backward(l.punches[person]) {
		if len(want) < 10 {
			want = append(want, local.Past{Action: p.action, At: p.at.UnixMilli()})
		}
	}
	if diff := cmp.Diff(want, h.Last); diff != "" {
		t.Fatalf("the hours of %s: %s", person, diff)
	}
	sum := int64(0)
	for _, d := range h.Days {
		if d.Worked < 0 || d.Worked > 25*anHour && !l.back {
			t.Fatalf("a day of %s: %+v", person, d)
		}
		sum += d.Worked
	}
	if sum != h.Week || h.Today != h.Days[len(h.Days)-1].Worked {
		t.Fatalf("sums: %+v", h)
	}
}

// Whatever people do, take back and leave open, and whatever happens to the clock
// and the machine meanwhile: everybody stands where their own punches left them,
// sees those and no others, and is asked about a second one exactly when it came
// within the minute.
func TestALifeAtTheKiosk(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		l := newLife(inMemory{t, rt})
		defer l.w.close()
		rt.Repeat(map[string]func(*rapid.T){
			"punch": l.punch, "undo": l.undo, "unresolved": l.unresolved, "pass": l.pass, "step": l.step,
			"restart": l.restart, "reboot": l.reboot, "": l.check,
		})
	})
}

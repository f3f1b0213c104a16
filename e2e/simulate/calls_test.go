package simulate

import (
	"fmt"
	"strings"
	"time"

	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// guesses is what was compared of a person's PIN since it was right last.
type guesses struct {
	pin, unlock uint64
	failures    int
	last        time.Time
}

// match compares as bcrypt would.
func (k *kiosk) match(hash []byte, _ pin.Kind, subject string, p pin.PIN) (bool, error) {
	right := strings.TrimRight(string(hash[len("$2a$10$"):]), " ") == subject+"."+p.Reveal()
	if k.w.broken == "opens for any PIN" {
		right = true
	}
	return right, nil
}

// somebodyCalls comes to a kiosk and types a PIN, the right one mostly.
func (w *world) somebodyCalls() {
	w.somebodyCallsAt(w.anyKiosk())
}

func (w *world) somebodyCallsAt(k *kiosk) {
	p := w.people[w.rng.IntN(len(w.people))]
	is, known := k.said[k.roster()][p.id]
	digits := is.digits
	if !known || digits == "" || w.chance(5) || w.broken == "guesses for nothing" {
		digits = w.digits()
	}
	s, err := w.types(k, p, is, digits)
	if w.dark {
		return // whatever the screen said, nobody has read it
	}
	if err != nil || w.chance(10) { // who walks away leaves the session to its end
		return
	}
	w.notes++
	r := local.PunchRequest{Session: s.ID, Action: s.Actions[0], Note: fmt.Sprint("note ", w.notes)}
	got, err := k.terminal.Punch(w.ctx, r)
	w.note("%s punched %s: seq %d, %s", p.id, r.Action, got.Seq, code(err))
	if err != nil || w.dark {
		return
	}
	h := k.head()
	w.note("%s shows %s in %s", k.id, r.Note, h.Journal)
	w.shown[r.Note] = &receipt{kiosk: k, journal: h.Journal.String(), seq: got.Seq, excused: k.revoked}
}

// types lets a person, who is as the kiosk has heard, type digits.
func (w *world) types(k *kiosk, p *person, is state, digits string) (local.Session, error) {
	s, err := k.terminal.Identify(w.ctx, local.Attempt{Person: p.id, PIN: pinOf(w, digits)})
	w.note("%s at %s: %s, %s", p.id, k.id, digits, code(err))
	w.judge(k, p, is, digits, err)
	return s, err
}

func pinOf(w *world, digits string) pin.PIN {
	p, err := pin.Parse(digits)
	w.must(err)
	return p
}

// judge holds what became of an attempt to the rules.
func (w *world) judge(k *kiosk, p *person, is state, digits string, err error) {
	right := is.active && digits == is.digits
	switch {
	case err == nil && !right:
		w.broke("PIN rules", "%s let %s in with %s, %+v is in force", k.id, p.id, digits, is)
	case code(err) == problem.Unauthenticated && right:
		w.broke("PIN rules", "%s refused %s, whose PIN %s is", k.id, p.id, digits)
	}
	g := k.guesses[p.id]
	if g == nil || g.pin != is.pin || g.unlock != is.unlock {
		g = &guesses{pin: is.pin, unlock: is.unlock}
		k.guesses[p.id] = g
	}
	if w.dark && right {
		g.failures = 0 // it may have been taken for right, and that may be on the disk
	}
	if !is.active || !known(err) {
		return
	}
	switch wait := lockedFor(g.failures); {
	case w.now.Sub(g.last) < wait && code(err) != problem.Locked && code(err) != problem.Limited:
		w.broke("guess limits", "%s told of a PIN of %s %s after failure %d; it is closed for %s", k.id, p.id, w.now.Sub(g.last), g.failures, wait)
	case err == nil:
		g.failures = 0
	case k.counts(g, err):
		g.failures, g.last = g.failures+1, w.now
	}
}

// known says whether an attempt came to the person's limit at all.
func known(err error) bool {
	return err == nil || code(err) == problem.Unauthenticated || code(err) == problem.Locked || code(err) == problem.Limited
}

// counts says whether an attempt that was refused was a guess: it was said to be wrong, or
// it has closed the PIN, which is then closed for as long as that failure closes it.
func (k *kiosk) counts(g *guesses, err error) bool {
	if code(err) == problem.Unauthenticated {
		return true
	}
	wait, ok := problem.From(err).Detail["wait_ms"].(int64)
	return g.failures >= 4 && ok && time.Duration(wait)*time.Millisecond >= lockedFor(g.failures+1)-time.Second
}

// lockedFor is how long a PIN is closed after so many failures: as published.
func lockedFor(failures int) time.Duration {
	switch {
	case failures < 5:
		return 0
	case failures == 5:
		return time.Minute
	case failures == 6:
		return 5 * time.Minute
	case failures < 9:
		return 15 * time.Minute
	case failures == 9:
		return time.Hour
	}
	return 8 * time.Hour
}

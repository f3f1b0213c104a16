package device

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/timepost/timepost/attendance"
)

// guards is where the counters are kept: a transaction of the journal. LoseGuards
// notes for good that counters were lost, from within the transaction on.
type guards interface {
	Guard(key string) ([]byte, error)
	PutGuard(key string, state []byte) error
	GuardsLost() bool
	LoseGuards() error
}

// guess is one try to be identified by a PIN, as the limits see it.
type guess struct {
	person           string // "": a team's, which is a guess at the Universal PIN only
	role             attendance.Role
	hasPIN           bool   // there is a personal PIN to guess
	pinVersion       uint64 // of the personal PIN
	unlockVersion    uint64
	asUniversal      bool // it could be the Universal PIN: its length, and a role that it opens
	universalVersion uint64
	online           bool // central can be heard, so that it can unlock
	now              instant

	// The same wrong PIN for the same person was counted within ten minutes.
	personCounted, universalCounted bool
}

// charge is what a guess has cost before it was compared, and what it may open.
type charge struct {
	guess
	wait      time.Duration // the kiosk as a whole has to wait: nothing was charged, nothing may be compared
	lock      personLock    // as it stood before this guess
	counter   personCounter // after the charge
	universal bool          // the Universal PIN would be accepted
	budget    uint64        // the PIN version whose budget was charged: a restored central may send an older one

	paidPerson, paidUniversal, paidKiosk bool
	run                                  time.Duration
}

// kioskGuard is the state that all people share; one row, so that a charge
// writes two.
type kioskGuard struct {
	Up        uptime           `json:"up"`
	Universal universalCounter `json:"universal"`
	Window    kioskWindow      `json:"window"`
}

const kioskKey = "kiosk"

func personKey(id string) string { return "person/" + id }

// pay charges a guess to all three limits. It is one commit, made before any
// compare, so that pulling the plug never makes a guess free.
func pay(g guards, a guess) (charge, error) {
	c := charge{guess: a}
	k, err := loadKiosk(g, a.now)
	if err != nil {
		return c, err
	}
	c.run = k.Up.Run
	if c.wait = k.Window.wait(c.run); c.wait > 0 {
		return c, nil
	}
	if a.person != "" {
		if err := c.payPerson(g); err != nil {
			return c, err
		}
	}
	if a.asUniversal {
		k.Universal = k.Universal.current(a.universalVersion, c.run, g.GuardsLost())
		c.universal, c.budget = k.Universal.Left > 0, k.Universal.PIN
		if c.universal && !a.universalCounted {
			k.Universal, c.paidUniversal = k.Universal.charge()
		}
	}
	repeated := (a.personCounted || !a.hasPIN) && (a.universalCounted || !a.asUniversal) && (a.personCounted || a.universalCounted)
	if !repeated {
		k.Window, c.paidKiosk = k.Window.charge(c.run), true
	}
	return c, save(g, kioskKey, k)
}

// payPerson charges the person's own counter.
func (c *charge) payPerson(g guards) error {
	p, err := loadPerson(g, c.guess)
	if err != nil {
		return err
	}
	c.lock = p.lock(c.role, c.now, c.online)
	if c.hasPIN && !c.lock.closed && !c.personCounted {
		p, c.paidPerson = p.fail(c.now), true
	}
	c.counter = p
	return save(g, personKey(c.person), p)
}

// refund is what a success gives back. It rides in the commit of the punch, or
// of the session's end.
type refund struct {
	charge
	forget int // failures of the person
}

// personal gives the refund of a success with the personal PIN: it forgets all
// failures up to it.
func (c charge) personal() refund { return refund{charge: c, forget: c.counter.Failures} }

// byUniversal gives the refund of a success with the Universal PIN: only what
// this guess was charged.
func (c charge) byUniversal() refund {
	r := refund{charge: c}
	if c.paidPerson {
		r.forget = 1
	}
	return r
}

func (r refund) nothing() bool { return r.forget == 0 && !r.paidUniversal && !r.paidKiosk }

// apply writes the refund, and gives the person's counter as it is then. Counters
// that have been replaced by newer ones since get nothing; given says so.
func (r refund) apply(g guards, now instant) (p personCounter, given bool, err error) {
	k, err := loadKiosk(g, now)
	if err != nil {
		return p, false, err
	}
	if r.paidUniversal {
		k.Universal = k.Universal.refund(r.budget)
	}
	if r.paidKiosk {
		k.Window = k.Window.refund(r.run)
	}
	if err := save(g, kioskKey, k); err != nil || r.forget == 0 {
		return p, false, err
	}
	p, _, err = load[personCounter](g, personKey(r.person))
	if err != nil || p.PIN != r.counter.PIN || p.Unlock != r.counter.Unlock {
		return p, false, err
	}
	p = p.forget(r.forget)
	return p, true, save(g, personKey(r.person), p)
}

// loadKiosk gives the shared state as it is at now, with the uptime to save.
func loadKiosk(g guards, now instant) (kioskGuard, error) {
	k, _, err := load[kioskGuard](g, kioskKey)
	if err != nil {
		return k, err
	}
	k.Up = k.Up.save(now)
	k.Window = k.Window.current(k.Up.Run)
	if k.Universal.Opened {
		k.Universal = k.Universal.current(k.Universal.PIN, k.Up.Run, false)
	}
	return k, nil
}

// loadPerson gives a person's counter for the versions in force. One that is
// missing after a loss starts as if there had been four failures.
func loadPerson(g guards, a guess) (personCounter, error) {
	p, found, err := load[personCounter](g, personKey(a.person))
	if err != nil {
		return p, err
	}
	if !found {
		p = personCounter{PIN: a.pinVersion, Unlock: a.unlockVersion}
		if g.GuardsLost() {
			p.Failures = lostFailures
		}
	}
	return p.current(a.pinVersion, a.unlockVersion), nil
}

// load reads one row. A row that can't be read is a row that was lost: what it
// guarded starts strict, and so does everybody who has no counter yet. It must
// never close the kiosk for good, and never open it.
func load[T any](g guards, key string) (state T, found bool, err error) {
	b, err := g.Guard(key)
	if err != nil || b == nil {
		return state, false, err
	}
	if json.Unmarshal(b, &state) == nil {
		return state, true, nil
	}
	var none T
	return none, false, g.LoseGuards()
}

func save(g guards, key string, state any) error {
	b, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("encode guard %s: %w", key, err)
	}
	return g.PutGuard(key, b)
}

package device

import (
	"context"
	"fmt"
	"sync"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/wire"
)

// Identify finds out whether the person who stands here is the one they say. See
// local.Terminal for its errors. The guess is charged durably before anything is
// compared, and there are always exactly two comparisons.
func (t *Terminal) Identify(ctx context.Context, a local.Attempt) (local.Session, error) {
	settings, err := t.settings(ctx)
	if err != nil {
		return local.Session{}, err
	}
	person, err := t.person(ctx, a.Person)
	if err != nil {
		return local.Session{}, err
	}
	stamp := t.c.Clocks(settings.Zone)
	s := &session{person: person, auth: attendance.AuthNone}
	if settings.RequiresPIN {
		if s.auth, s.refund, err = t.prove(ctx, person, a.PIN, instantOf(stamp)); err != nil {
			return local.Session{}, err
		}
	}
	if settings.UniversalReason && s.auth == attendance.AuthUniversal {
		s.reason = true
	}
	stamp = t.c.Clocks(settings.Zone)
	s.began = instantOf(stamp).boot
	s.auth = t.withBadge(person.ID, s.auth, s.began)
	s.used = s.began
	view, err := t.view(ctx, s, stamp)
	if err != nil {
		return local.Session{}, err
	}
	if err := t.open(ctx, s); err != nil {
		return local.Session{}, err
	}
	view.ID, view.NeedNote, s.answered = s.id, s.reason, true
	t.log.Info("person identified", "person", person.ID, "auth", string(s.auth))
	return view, nil
}

// person gives somebody who may clock in here.
func (t *Terminal) person(ctx context.Context, id string) (wire.PersonRow, error) {
	p, err := t.c.Roster.Person(ctx, id)
	if err == nil && (!p.Active || !p.Listed) {
		err = problem.New(problem.NotFound, "This name is not on this kiosk's list.", "Ask your supervisor.")
	}
	return p, err
}

// prove charges the guess, compares, and decides after both comparisons.
func (t *Terminal) prove(ctx context.Context, person wire.PersonRow, p pin.PIN, now instant) (attendance.Auth, *refund, error) {
	if p.IsZero() {
		return "", nil, problem.New(problem.Invalid, "This kiosk needs your PIN.", "Type your PIN.")
	}
	universal, err := t.universal(ctx)
	if err != nil {
		return "", nil, err
	}
	c, err := t.charge(ctx, guessOf(person, universal, p, now), p)
	if err != nil {
		return "", nil, err
	}
	isPersonal, isUniversal, err := t.compare(person, universal, p)
	if err != nil {
		return "", nil, err
	}
	switch {
	case isPersonal && !c.lock.closed:
		r := c.personal()
		return attendance.AuthPersonal, &r, nil
	case isUniversal && c.universal:
		r := c.byUniversal()
		return attendance.AuthUniversal, &r, nil
	}
	return "", nil, t.refuse(ctx, c, p)
}

// universal gives the kiosk's Universal PIN, nil where it has none.
func (t *Terminal) universal(ctx context.Context) (*wire.UniversalRow, error) {
	u, err := t.c.Roster.Universal(ctx, t.c.Kiosk)
	if problem.Is(err, problem.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &u, nil
}

// guessOf gives a try at a person's profile as the limits see it.
func guessOf(person wire.PersonRow, u *wire.UniversalRow, p pin.PIN, now instant) guess {
	g := guess{person: person.ID, role: person.Role, unlockVersion: person.UnlockVersion, now: now}
	if person.PIN != nil {
		g.hasPIN, g.pinVersion = true, person.PIN.Version
	}
	if u != nil {
		g.universalVersion = u.PIN.Version
		g.asUniversal = u.PIN.Len == p.Len() && !person.Role.Privileged()
	}
	return g
}

// charge commits the cost of a guess.
func (t *Terminal) charge(ctx context.Context, g guess, p pin.PIN) (charge, error) {
	t.mu.Lock()
	g.online = t.link.connected
	g = t.wrongs.mark(g, p)
	t.mu.Unlock()
	var c charge
	err := t.update(ctx, func(tx *devicedb.JournalTx) (err error) {
		c, err = pay(tx, g)
		return err
	})
	if err != nil {
		return c, fmt.Errorf("charge guess: %w", err)
	}
	if c.wait > 0 {
		return c, problem.New(problem.Limited, "There were too many wrong PINs at this kiosk.",
			"Wait half a minute and try again.").With("wait_ms", c.wait.Milliseconds())
	}
	return c, nil
}

// compare makes exactly two bcrypt comparisons in parallel, against a dummy where
// there is nothing to compare with.
func (t *Terminal) compare(person wire.PersonRow, u *wire.UniversalRow, p pin.PIN) (personal, universal bool, err error) {
	var perr, uerr error
	var both sync.WaitGroup
	both.Go(func() { personal, perr = t.match(pin.Personal, person.ID, string(person.Role), person.PIN, p) })
	both.Go(func() {
		var sealed *wire.SealedPIN
		if u != nil && !person.Role.Privileged() {
			sealed = &u.PIN
		}
		universal, uerr = t.match(pin.Universal, t.c.Kiosk, "", sealed, p)
	})
	both.Wait()
	if perr != nil {
		return false, false, perr
	}
	return personal, universal, uerr
}

// match opens one sealed hash in memory and compares. A seal that does not open
// is a log line and a comparison with the dummy: it must not stop anybody else.
func (t *Terminal) match(kind pin.Kind, subject, role string, sealed *wire.SealedPIN, p pin.PIN) (bool, error) {
	hash := t.c.Dummy
	if sealed != nil {
		b := pin.Binding{
			Org: t.c.Org, Kiosk: t.c.Kiosk, Key: t.c.SealKeyID,
			Kind: kind, Subject: subject, Role: role, Version: sealed.Version,
		}
		opened, err := pin.Open(t.c.Seal, b, sealed.Sealed)
		if err != nil {
			t.log.Error("pin seal does not open", "kind", string(kind), "subject", subject, "err", err)
		} else {
			hash = opened
		}
	}
	ok, err := t.c.Match(hash, kind, subject, p)
	if err != nil {
		return false, fmt.Errorf("compare %s pin: %w", kind, err)
	}
	return ok, nil
}

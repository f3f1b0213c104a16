package device

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/wire"
)

// careSession is the one caretaker who has Maintenance open: there is one screen,
// and a second one who comes ends the first one's.
type careSession struct {
	id     string // "": nobody
	person wire.PersonRow
	used   time.Duration // CLOCK_BOOTTIME
}

// Caretakers gives who may open Maintenance, in name order: owners and admins.
func (t *Terminal) Caretakers(context.Context) ([]local.PersonCard, error) {
	keepers := t.c.Directory.Caretakers()
	out := make([]local.PersonCard, 0, len(keepers))
	for _, l := range keepers {
		out = append(out, local.PersonCard{ID: l.ID, Name: l.Name, Team: l.Team})
	}
	return out, nil
}

// Care opens Maintenance for an owner or admin who types their own PIN, also on a
// kiosk that asks nobody else for one. A guess costs here what it costs in
// Identify, whoever it is made for; what it gives back is on disk before this
// returns. See local.Caretaker for its errors.
func (t *Terminal) Care(ctx context.Context, a local.Attempt) (local.Condition, error) {
	person, err := t.c.Roster.Person(ctx, a.Person)
	if err == nil && !person.Active {
		err = problem.New(problem.NotFound, "This name is not on this kiosk's list.", "Ask your supervisor.")
	}
	if err != nil {
		return local.Condition{}, err
	}
	stamp := t.stamp(ctx)
	back, err := t.proveCare(ctx, person, a, instantOf(stamp))
	if err != nil {
		return local.Condition{}, err
	}
	if err := t.giveBack(ctx, []*session{{refund: &back}}); err != nil {
		return local.Condition{}, err
	}
	b := make([]byte, 16)
	if _, err := io.ReadFull(t.c.Random, b); err != nil {
		return local.Condition{}, fmt.Errorf("draw session: %w", err)
	}
	s := careSession{id: base64.RawURLEncoding.EncodeToString(b), person: person, used: instantOf(t.stamp(ctx)).boot}
	t.mu.Lock()
	t.care = s
	t.mu.Unlock()
	t.log.Info("maintenance opened", "person", person.ID)
	return t.condition(ctx, s)
}

// proveCare charges the guess and compares as Identify does, and lets in only who
// typed their own PIN and may look after the kiosk: that somebody may not shows
// neither in the words nor in what is done.
func (t *Terminal) proveCare(ctx context.Context, person wire.PersonRow, a local.Attempt, now instant) (refund, error) {
	if a.PIN.IsZero() {
		return refund{}, problem.New(problem.Invalid, "Maintenance needs your PIN.", "Type your PIN.")
	}
	universal, err := t.universal(ctx)
	if err != nil {
		return refund{}, err
	}
	c, err := t.charge(ctx, guessOf(person, universal, a.PIN, now), a.PIN)
	if err != nil {
		return refund{}, err
	}
	own, _, err := t.compare(person, universal, a.PIN)
	if err != nil {
		return refund{}, err
	}
	if own && !c.lock.closed && person.Role.Privileged() {
		return c.personal(), nil
	}
	return refund{}, t.refuse(ctx, c, a.PIN)
}

// caretaker gives who has Maintenance open, for whom the time begins anew. Who is
// no owner or admin any more has lost it.
func (t *Terminal) caretaker(ctx context.Context, id string) (careSession, error) {
	s, err := t.caring(id, instantOf(t.stamp(ctx)).boot)
	if err != nil {
		return s, err
	}
	p, err := t.c.Roster.Person(ctx, s.person.ID)
	if problem.Is(err, problem.NotFound) || err == nil && (!p.Active || !p.Role.Privileged()) {
		t.endCare(id)
		return careSession{}, errCareOver()
	}
	return s, err
}

// caring gives the session that is open under id, used now.
func (t *Terminal) caring(id string, now time.Duration) (careSession, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if id == "" || t.care.id != id || now-t.care.used >= local.CareIdle {
		return careSession{}, errCareOver()
	}
	t.care.used = now
	return t.care, nil
}

func errCareOver() error {
	return problem.New(problem.Expired, "Maintenance has been closed.", "Open it again with your PIN.")
}

// endCare closes Maintenance, where id is its session's.
func (t *Terminal) endCare(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if id == "" || t.care.id != id {
		return false
	}
	t.care = careSession{}
	return true
}

// Condition tells the caretaker how the kiosk is doing.
func (t *Terminal) Condition(ctx context.Context, session string) (local.Condition, error) {
	s, err := t.caretaker(ctx, session)
	if err != nil {
		return local.Condition{}, err
	}
	return t.condition(ctx, s)
}

// Facts tells how the kiosk is doing, without a session and nobody's name.
func (t *Terminal) Facts(ctx context.Context) (local.Condition, error) {
	return t.condition(ctx, careSession{})
}

func (t *Terminal) condition(ctx context.Context, s careSession) (local.Condition, error) {
	state, err := t.State(ctx)
	if err != nil {
		return local.Condition{}, err
	}
	c := local.Condition{State: state, Session: s.id, Name: s.person.Name, Speaks: s.person.Lang}
	c.Logo = nil // it says nothing of the kiosk's health
	t.mu.Lock()
	c.Fetched = t.noted.At
	t.mu.Unlock()
	if t.c.Upkeep == nil {
		return c, nil
	}
	f, err := t.c.Upkeep.Facts(ctx)
	if err != nil {
		return local.Condition{}, err
	}
	c.Fetched = max(c.Fetched, f.Current)
	c.Server, c.Addresses, c.Oldest, c.Offset = f.Server, f.Addresses, f.Oldest, f.Offset
	c.KeyTier, c.Software, c.Started, c.DiskFree, c.Cert = f.KeyTier, f.Software, f.Started, f.DiskFree, f.Cert
	c.Readers = f.Readers
	c.Refused, c.HandedIn, c.HandedAt = f.Refused, f.HandedIn, f.HandedAt
	return c, nil
}

// RollCall gives who is in or on a break.
func (t *Terminal) RollCall(ctx context.Context, session string) (local.RollCall, error) {
	s, err := t.caretaker(ctx, session)
	if err != nil {
		return local.RollCall{}, err
	}
	out := local.RollCall{At: t.stamp(ctx).Time().UnixMilli()}
	found, err := t.c.Directory.People(ctx, devicedb.Search{Limit: max(1, t.c.Directory.Count())})
	if err != nil {
		return out, err
	}
	for _, l := range found.People {
		p, err := t.presence(ctx, l.ID)
		if err != nil {
			return out, err
		}
		switch p.State {
		case attendance.StateIn, attendance.StateBreak:
			out.People = append(out.People, card(l.ID, l.Name, l.Team, p.Presence))
		default:
			out.Out++
		}
	}
	t.log.Info("roll-call made", "person", s.person.ID, "people", len(out.People))
	return out, nil
}

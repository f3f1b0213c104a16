package device

import (
	"context"
	"fmt"
	"slices"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// OpenTeam opens a session in which several people are clocked in or out with the
// Universal PIN. A wrong guess costs what one at a person's profile costs: the
// Universal PIN's budget, and an attempt at this kiosk, on disk before anything
// is compared. See local.Teams for its errors.
func (t *Terminal) OpenTeam(ctx context.Context, p pin.PIN) (local.Team, error) {
	settings, err := t.settings(ctx)
	if err != nil {
		return local.Team{}, err
	}
	u, err := t.universal(ctx)
	if err != nil {
		return local.Team{}, err
	}
	if !settings.RequiresPIN || u == nil {
		return local.Team{}, problem.New(problem.Conflict, "This kiosk has no Universal PIN.", "Clock in one by one.")
	}
	now := instantOf(t.c.Clocks(settings.Zone))
	back, err := t.proveTeam(ctx, u, p, now)
	if err != nil {
		return local.Team{}, err
	}
	s := &session{
		crew: true, auth: attendance.AuthUniversal, refund: &back, reason: settings.UniversalReason,
	}
	s.began = instantOf(t.c.Clocks(settings.Zone)).boot
	s.used = s.began
	if err := t.open(ctx, s); err != nil {
		return local.Team{}, err
	}
	t.log.Info("team session opened")
	return local.Team{ID: s.id, NeedNote: s.reason}, nil
}

// proveTeam charges the guess, compares twice as everywhere, and decides after
// both. An empty budget shows neither in the words nor in what is done.
func (t *Terminal) proveTeam(ctx context.Context, u *wire.UniversalRow, p pin.PIN, now instant) (refund, error) {
	if p.IsZero() {
		return refund{}, problem.New(problem.Invalid, "This needs the Universal PIN.", "Type the Universal PIN.")
	}
	c, err := t.charge(ctx, guess{asUniversal: u.PIN.Len == p.Len(), universalVersion: u.PIN.Version, now: now}, p)
	if err != nil {
		return refund{}, err
	}
	nobody := wire.PersonRow{Person: attendance.Person{ID: t.c.Kiosk}} // without a PIN: the dummy's compare takes as long
	_, ok, err := t.compare(nobody, u, p)
	if err != nil {
		return refund{}, err
	}
	if ok && c.universal {
		return c.byUniversal(), nil
	}
	t.remember(c, p)
	t.log.Info("team pin refused")
	return refund{}, problem.New(problem.Unauthenticated, "That PIN is not right.", "Check the digits and try again.")
}

// PunchTeam records the same action for several people in one commit, and ends
// the session: all of it is on disk, or nothing. Who may not do this now is left
// out, and named. See local.Teams for its errors.
func (t *Terminal) PunchTeam(ctx context.Context, r local.TeamPunch) (local.TeamReceipt, error) {
	t.punching.Lock()
	defer t.punching.Unlock()
	stamp := t.stamp(ctx)
	now := instantOf(stamp)
	s, err := t.take(r.Session, now.boot, true)
	if err != nil {
		return local.TeamReceipt{}, err
	}
	out := local.TeamReceipt{Action: r.Action, At: stamp.Time().UnixMilli(), Zone: stamp.Zone}
	bodies, err := t.gather(ctx, s, r, stamp, &out)
	if err != nil {
		t.putBack(s, now.boot)
		return local.TeamReceipt{}, err
	}
	last, err := t.commit(ctx, s, bodies...)
	t.drop(s)
	if err != nil {
		return local.TeamReceipt{}, err
	}
	t.poke()
	t.log.Info("team recorded", "people", len(bodies), "action", string(r.Action), "seq", last.Seq)
	out.Queue = t.queue(ctx, len(bodies))
	return out, nil
}

// gather makes a record for everybody who may do it now, and notes in out who
// that is and who is left out.
func (t *Terminal) gather(ctx context.Context, s *session, r local.TeamPunch, stamp attendance.Stamp, out *local.TeamReceipt) ([]record.Body, error) {
	if err := checkTeam(s, r); err != nil {
		return nil, err
	}
	var bodies []record.Body
	for i, id := range r.People {
		if slices.Contains(r.People[:i], id) {
			continue
		}
		who, project, why, err := t.mayJoin(ctx, id, r.Action, stamp)
		if err != nil {
			return nil, err
		}
		if why != "" {
			out.Left = append(out.Left, local.LeftOut{PersonCard: who, Why: why})
			continue
		}
		out.Done = append(out.Done, who.Name)
		bodies = append(bodies, record.Body{
			Type: record.Punched, Stamp: stamp, Person: id, Action: r.Action, Auth: s.auth, Note: r.Note, Project: project,
		})
	}
	if len(bodies) == 0 {
		return nil, problem.New(problem.Conflict, "None of them can do this now.", "Choose other people, or another action.")
	}
	return bodies, nil
}

func checkTeam(s *session, r local.TeamPunch) error {
	switch {
	case !r.Action.Valid() || r.Action == attendance.Switch:
		return problem.New(problem.Invalid, "A team can't do this together.", "Choose another action.").With("field", "action")
	case len(r.People) == 0 || len(r.People) > local.MaxTeam:
		return problem.New(problem.Invalid, fmt.Sprintf("A team has 1 to %d people.", local.MaxTeam), "Choose the people.").With("field", "people")
	}
	return checkNote(s, r.Note)
}

// mayJoin says why somebody can't be clocked in with a team now, "" where they
// can, and on which project. Owners and admins always use their own PIN.
func (t *Terminal) mayJoin(ctx context.Context, id string, a attendance.Action, stamp attendance.Stamp) (who local.PersonCard, project string, why problem.Code, err error) {
	p, err := t.person(ctx, id)
	switch {
	case problem.Is(err, problem.NotFound):
		return local.PersonCard{ID: id, Name: p.Name}, "", problem.NotFound, nil
	case err != nil:
		return who, "", "", err
	case p.Role.Privileged():
		return local.PersonCard{ID: id, Name: p.Name}, "", problem.Forbidden, nil
	}
	at, err := t.presence(ctx, id)
	if err != nil {
		return who, "", "", err
	}
	who = card(id, p.Name, p.Team, at.Presence)
	if !slices.Contains(t.possible(at, false, t.unconfirmed(at, stamp)), a) {
		return who, "", problem.Conflict, nil
	}
	project, err = t.booked(ctx, p, a, "")
	return who, project, "", err
}

package device

import (
	"context"
	"slices"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
)

// view gives the session as the screen sees it, and notes what was offered.
func (t *Terminal) view(ctx context.Context, s *session, stamp attendance.Stamp) (local.Session, error) {
	// The place comes first: whatever is recorded after it makes another one.
	place, err := t.place(ctx)
	if err != nil {
		return local.Session{}, err
	}
	settings, err := t.settings(ctx)
	if err != nil {
		return local.Session{}, err
	}
	p, err := t.presence(ctx, s.person.ID)
	if err != nil {
		return local.Session{}, err
	}
	history, err := t.history(ctx, p)
	if err != nil {
		return local.Session{}, err
	}
	projects, err := t.bookable(ctx, s.person, history)
	if err != nil {
		return local.Session{}, err
	}
	answers, err := t.answers(ctx, s, stamp)
	if err != nil {
		return local.Session{}, err
	}
	s.unconfirmed = t.unconfirmed(p, stamp)
	if s.shift, err = t.shift(ctx, p, history, stamp); err != nil {
		return local.Session{}, err
	}
	s.place, s.own, s.newest = place, p.own, p.newest
	s.offered, s.project = t.possible(p, others(projects, p.Project), s.unconfirmed), p.Project
	v := local.Session{
		ID: s.id, NeedNote: s.reason,
		Person: card(s.person.ID, s.person.Name, s.person.Team, p.Presence), Role: s.person.Role, Lang: s.person.Lang,
		Auth: s.auth, Actions: slices.Clone(s.offered), Worked: t.worked(s.shift, stamp).Milliseconds(),
		Projects: projects, Default: defaultOf(s.person, settings, projects), Unconfirmed: s.unconfirmed, Answers: answers,
	}
	if v.Project, err = t.projectName(ctx, p.Project); err != nil {
		return local.Session{}, err
	}
	v.BreakShort, v.BreakDue = breaks(ruleOf(s.person, settings), p.Presence, stamp.Time())
	if began := begun(p); t.forgotten(p.State, began, stamp) {
		v.Forgotten = began.UnixMilli()
	}
	v.Double, err = t.double(s, history, settings.Habits.Double, stamp)
	return v, err
}

// Somebody whose last punch was made here is where it left them for the length of
// a shift, unless there is news. Of anybody else a kiosk that has heard nothing for
// an hour can only guess.
const (
	deafAfter = time.Hour
	shiftMost = 16 * time.Hour
)

// unconfirmed says whether where a person stands is only this kiosk's best guess:
// nothing is known of them and central can't be heard; or nothing has been heard
// for deafAfter of running time, people do punch at other kiosks, and the person's
// own last punch here is no help. It never stops anybody.
func (t *Terminal) unconfirmed(p standing, stamp attendance.Stamp) bool {
	t.mu.Lock()
	link := t.link
	t.mu.Unlock()
	switch {
	case link.connected:
		return false
	case !p.known:
		return true
	case !t.c.Roster.Elsewhere() || !link.deaf(instantOf(stamp)):
		return false
	case p.own == 0:
		return true
	}
	ago := stamp.Time().Sub(p.punches[p.own-1].At)
	return ago < 0 || ago >= shiftMost
}

// possible gives what somebody may do now. Where nobody can tell how they stand,
// who came in elsewhere must be able to leave here, and the other way round.
func (t *Terminal) possible(p standing, projects, guess bool) []attendance.Action {
	if !p.known && guess {
		return []attendance.Action{attendance.In, attendance.Out}
	}
	out := p.actions(projects)
	also := attendance.In
	if p.State == attendance.StateOut {
		also = attendance.Out
	}
	if guess && !slices.Contains(out, also) {
		out = append(out, also)
	}
	return out
}

// begun gives when the shift that is open began: with the last In made here, or
// with what central says.
func begun(p standing) time.Time {
	for _, u := range slices.Backward(p.punches[p.counted:]) {
		if u.Action == attendance.In {
			return u.At
		}
	}
	if p.told.State == attendance.StateIn || p.told.State == attendance.StateBreak {
		return p.told.Since
	}
	return p.Since
}

// forgotten says whether an open shift looks like a forgotten clock-out: it began
// before today, and longer ago than anybody works.
func (t *Terminal) forgotten(state attendance.State, began time.Time, stamp attendance.Stamp) bool {
	if state == attendance.StateOut || began.IsZero() {
		return false
	}
	midnight, _ := t.today(stamp)
	return began.Before(midnight) && stamp.Time().Sub(began) > shiftMost
}
